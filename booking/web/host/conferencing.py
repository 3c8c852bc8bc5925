"""Settings, Conferencing: which accounts make video meetings, and which event types need them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template

from booking.calendars.conferences import MAKERS
from booking.calendars.values import CalendarView, ConnectionView
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.host.calendar_cards import GRANTED
from booking.web.policy import host_only

pages = Blueprint("host_conferencing", __name__, url_prefix="/settings/conferencing")
_NAMES = {"google_meet": "Google Meet", "teams": "Microsoft Teams"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """One kind of video meeting, and what stands between the host and its links.

    `calendar` receives bookings and makes them; "" where none does, and `remedy` says what to do.
    """

    name: str
    provider: str
    account: str
    calendar: str
    remedy: str
    is_connected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """An event type that meets by a kind of video meeting; `is_made` while links are made."""

    title: str
    id: int
    name: str
    is_made: bool


@pages.get("")
@host_only
def show() -> str:
    """Show what is connected, and which event types rely on it."""
    services, user_id = current.services(), current.user_id()
    connections = services.connections.list(user_id)
    calendars = {
        row.id: row
        for each in connections
        for row in services.connections.calendars(user_id, each.id)
    }
    makers = [_maker(kind, connections, list(calendars.values())) for kind in MAKERS]
    types = services.event_types.list(user_id)
    wanting = [found for each in types for found in _wanting(each, connections, calendars)]
    return render_template("host/settings_conferencing.html", makers=makers, wanting=wanting)


def _maker(
    kind: str, connections: tuple[ConnectionView, ...], calendars: list[CalendarView]
) -> Maker:
    provider = MAKERS[kind]
    accounts = {each.id: each for each in connections if each.provider == provider}
    receiving = next(
        (row for row in calendars if row.destination and row.connection_id in accounts), None
    )
    account = accounts.get(receiving.connection_id) if receiving is not None else None
    account = account or next(iter(accounts.values()), None)
    return Maker(
        name=_NAMES[kind],
        provider=GRANTED[provider],
        account=account.account if account is not None else "",
        calendar=receiving.name if receiving is not None else "",
        remedy=_remedy(provider, account, has_calendar=receiving is not None),
        is_connected=account is not None,
    )


def _remedy(provider: str, account: ConnectionView | None, *, has_calendar: bool) -> str:
    if account is None:
        return f"Connect {GRANTED[provider]} under Calendars."
    if account.status == "reconnect_required":
        return "The account has to be reconnected under Calendars before links are made again."
    if not has_calendar:
        return (
            "Links are made in the calendar that receives new bookings. Let them go to a calendar "
            "of this account, or choose one at the event type."
        )
    return ""


def _wanting(
    view: EventTypeView,
    connections: tuple[ConnectionView, ...],
    calendars: dict[int, CalendarView],
) -> list[Wanting]:
    """Return the kinds of meetings an event type needs, as far as its owner's calendars tell."""
    location = view.location or {}
    places = [location, *(location.get("options") or ())]
    providers = {each.id: each.provider for each in connections}
    named = calendars.get(view.destination_calendar_id or 0)
    usual = next((row for row in calendars.values() if row.destination), None)
    receiving = named or usual
    made_by = providers.get(receiving.connection_id) if receiving is not None else None
    return [
        Wanting(
            title=view.title,
            id=view.id,
            name=_NAMES[place["type"]],
            is_made=MAKERS[place["type"]] == made_by,
        )
        for place in places
        if place.get("type") in MAKERS
    ]
