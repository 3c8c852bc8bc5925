"""What the calendars page shows: cards of connections, and the steps of a first visit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.calendars.providers.caldav.presets import Preset
from booking.calendars.values import (
    CalendarStatus,
    CalendarView,
    ConnectionView,
    FreshnessState,
)
from booking.core.ids import encode_id
from booking.web import english
from booking.web.host import words

FEED = "ics"
GRANTED = {"google": "Google Calendar", "microsoft": "Microsoft 365 and Outlook.com"}
"""Where access is granted at the provider's own page; no password is asked for here."""
_STATES = {
    "connected": ("Connected", "good"),
    "degraded": ("Degraded", "warn"),
    "reconnect_required": ("Reconnect", "bad"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRow:
    """One calendar: what its boxes show, and how its copy stands.

    `blocks` and `receives` are what stands, or, on a first visit, what is proposed.
    """

    calendar: CalendarView
    key: str
    blocks: bool
    receives: bool
    rights: str
    standing: str
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCard:
    """One connection: `cause` and `remedy` are there when something is wrong."""

    connection: ConnectionView
    key: str
    provider: str
    state: str
    kind: str
    standing: str
    cause: str | None
    remedy: str
    rows: tuple[CalendarRow, ...]

    @property
    def may_ask_to_create(self) -> bool:
        """Tell whether the host can allow us to create calendars there."""
        return self.connection.provider == "google" and not self.may_create

    @property
    def may_create(self) -> bool:
        """Tell whether "Create new calendar" is offered."""
        return self.connection.can_create_calendars


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the four steps; `state` is `done`, `now` or `later`."""

    number: int
    title: str
    text: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is ticked on a first visit, when nothing was chosen yet."""

    blocking: frozenset[int] = frozenset()
    destination: int | None = None


def propose(calendars: Sequence[CalendarView]) -> Proposal | None:
    """Return what to propose; None once anything was chosen.

    All calendars that the account can write block; the main one of them receives bookings.
    """
    if any(each.selected or each.destination for each in calendars):
        return None
    own = [each for each in calendars if not each.read_only and each.gone_at is None]
    main = next((each for each in own if each.primary), own[0] if own else None)
    return Proposal(
        blocking=frozenset(each.id for each in own), destination=main.id if main else None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What all cards of a page are filled from."""

    statuses: Mapping[int, CalendarStatus]
    presets: Mapping[str, Preset]
    proposal: Proposal | None
    now: datetime


def card(
    connection: ConnectionView, calendars: Sequence[CalendarView], known: Known
) -> ConnectionCard:
    """Return the card of a connection."""
    state, kind = _STATES.get(connection.status, (connection.status, ""))
    return ConnectionCard(
        connection=connection,
        key=encode_id(connection.id),
        provider=_provider_label(connection, known.presets),
        state=state,
        kind=kind,
        standing=_standing(connection, calendars, known),
        cause=connection.error,
        remedy=_remedy(connection, known.now),
        rows=tuple(_row(each, known) for each in calendars),
    )


def _provider_label(connection: ConnectionView, presets: Mapping[str, Preset]) -> str:
    if connection.provider == FEED:
        return "Calendar feed"
    if connection.provider in GRANTED:
        return GRANTED[connection.provider]
    preset = presets.get(connection.preset)
    return "CalDAV" if preset is None or preset.key == "generic" else preset.label


def _standing(connection: ConnectionView, calendars: Sequence[CalendarView], known: Known) -> str:
    if connection.synced_at is None:
        return "not synced yet"
    return f"synced {words.ago(connection.synced_at, known.now)}, {_ways(calendars, known)}"


def _ways(calendars: Sequence[CalendarView], known: Known) -> str:
    """Say how changes of the calendars that are used reach us."""
    used = [each.id for each in calendars if each.selected or each.destination]
    found = {known.statuses[key].watch.mode for key in used if key in known.statuses}
    return " and ".join(sorted(found, reverse=True)) or "polling"


def _remedy(connection: ConnectionView, now: datetime) -> str:
    if connection.status == "reconnect_required" and connection.provider in GRANTED:
        return "Press Reconnect and allow the access again. Your choices below are kept."
    if connection.status == "reconnect_required":
        return "Press Reconnect and enter the password again. Your choices below are kept."
    if connection.retry_at is not None and connection.retry_at > now:
        return f"We try again {words.until(connection.retry_at, now)}; Refresh asks at once."
    return "We keep trying. If it lasts, check the server, then press Refresh."


def _row(calendar: CalendarView, known: Known) -> CalendarRow:
    status, proposal = known.statuses.get(calendar.id), known.proposal
    blocks = calendar.selected if proposal is None else calendar.id in proposal.blocking
    receives = calendar.destination if proposal is None else calendar.id == proposal.destination
    return CalendarRow(
        calendar=calendar,
        key=encode_id(calendar.id),
        blocks=blocks,
        receives=receives,
        rights="Can be read only" if calendar.read_only else "Can be read and changed",
        standing=_calendar_standing(calendar, status, known.now),
        fault=_calendar_fault(calendar, status),
    )


def _calendar_standing(calendar: CalendarView, status: CalendarStatus | None, now: datetime) -> str:
    if not calendar.selected:
        return "Not checked: its events are not seen."
    if status is None or status.freshness is FreshnessState.UNKNOWN:
        return "Being read for the first time."
    busy = english.counted(status.cached_events, "busy time")
    return f"Checked {words.ago(status.synced_at, now)}, {busy} known."


def _calendar_fault(calendar: CalendarView, status: CalendarStatus | None) -> str | None:
    if calendar.gone_at is not None:
        return "No longer at the server. Choose another one, or Refresh if it is back."
    if calendar.destination and calendar.read_only:
        return (
            "The right to write was lost, so bookings no longer arrive here. "
            "Choose another calendar for new bookings."
        )
    if status is None or not calendar.selected:
        return None
    return status.error or unread(status)


def unread(status: CalendarStatus) -> str | None:
    """Return what a calendar holds that could not be read, None where nothing is."""
    if not status.unread_events:
        return None
    events = english.counted(status.unread_events, "event")
    return f"{events} could not be understood and take no times off your page."


def steps(cards: Sequence[ConnectionCard], has_choice: bool, page_url: str) -> tuple[Step, ...]:
    """Return the four steps of a first visit, empty once they are all done."""
    rows = [row.calendar for each in cards for row in each.rows]
    done = (
        bool(cards),
        has_choice and any(row.selected for row in rows),
        has_choice and any(row.destination for row in rows),
    )
    if all(done):
        return ()
    texts = (
        ("Connect an account", "The server's address, your user name and an app password."),
        ("Choose what blocks", "Events of these calendars take their times off your page."),
        ("Choose where bookings go", "Each new booking is written to exactly one calendar."),
        ("Share your page", f"Guests pick a free time at {page_url}"),
    )
    current = done.index(False)
    return tuple(
        Step(number=place + 1, title=title, text=text, state=_state_of(place, done, current))
        for place, (title, text) in enumerate(texts)
    )


def _state_of(place: int, done: Sequence[bool], current: int) -> str:
    if place < len(done) and done[place]:
        return "done"
    return "now" if place == current else "later"
