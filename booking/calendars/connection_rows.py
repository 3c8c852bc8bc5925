"""Connections and their calendars as rows: filled from what a provider told, shown as values.

Every function works inside its caller's transaction; the network part is `discover` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from booking.accounts.announcements import Announcement
from booking.accounts.notices import Cause, Notice
from booking.calendars import health, store
from booking.calendars.models import Calendar, Connection, ConnectionStatus, SelectedCalendar
from booking.calendars.ports import Account, CalendarProvider, RemoteCalendar
from booking.calendars.refresh_jobs import ask_refresh
from booking.calendars.values import CalendarView, ConnectionView, SignIn
from booking.core.errors import BookingError, BreakerOpen, ReconnectRequired
from booking.core.ids import encode_id, new_id
from booking.core.instants import DAY, to_instant

_LISTED_AT = "listed_at"
_LONGEST_NAME = 500
_LONGEST_ACCOUNT = 500
# Where an account has one list of calendars, whatever address it was found by.
_ONE_LIST = frozenset({"google", "microsoft"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What an account told on the first visit."""

    account: Account
    calendars: tuple[RemoteCalendar, ...]
    can_create: bool


def discover(provider: CalendarProvider) -> Discovered:
    """Ask a provider who we are there, which calendars there are and what can be done.

    Errors: ProviderError with the step that failed.
    """
    account = provider.account()
    calendars = provider.list_calendars()
    return Discovered(
        account=account,
        calendars=calendars,
        can_create=provider.capabilities.can_create_calendar,
    )


def add(session: Session, user_id: int, sign_in: SignIn, *, now: datetime) -> Connection:
    """Insert a connection that knows its owner and address only."""
    row = Connection(
        id=new_id(),
        user_id=user_id,
        provider=sign_in.provider,
        preset=sign_in.preset,
        url=sign_in.url,
        username=sign_in.username,
        details={},
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def same_account(
    session: Session, user_id: int, sign_in: SignIn, found: Discovered
) -> Connection | None:
    """Return the user's connection to this very account, where both see the same calendars.

    Two addresses of one account may list different calendars (a shared one by its own address):
    these stay connections of their own, unless one list contains the other.
    """
    fresh = {calendar.key for calendar in found.calendars}
    for row in store.connections_of(session, user_id):
        if row.provider != sign_in.provider or row.account != _account_key(found):
            continue
        if row.provider in _ONE_LIST:
            return row
        known = {calendar.remote_key for calendar in store.calendars_of(session, row.id)}
        if known <= fresh or fresh <= known:
            return row
    return None


def is_shared(session: Session, row: Connection) -> bool:
    """Tell whether another connection, of whomever, leads to the same account."""
    return any(
        each.id != row.id and each.provider == row.provider and each.account == row.account
        for each in store.all_connections(session)
    )


def keep(row: Connection, sign_in: SignIn, found: Discovered, now: datetime) -> None:
    """Write down what discovery learned; it keeps no secret."""
    row.url = sign_in.url
    row.preset = sign_in.preset
    row.username = sign_in.username
    row.account = _account_key(found)
    row.details = {
        "name": found.account.name,
        "addresses": list(found.account.addresses),
        "can_create_calendar": found.can_create,
        _LISTED_AT: to_instant(now),
    }


def is_listing_due(row: Connection, now: datetime) -> bool:
    """Tell whether a day has passed since the list of calendars was read or tried."""
    return to_instant(now) - int(row.details.get(_LISTED_AT, 0)) >= DAY


def listed(row: Connection, now: datetime) -> None:
    """Note that the list of calendars was asked for."""
    row.details = {**row.details, _LISTED_AT: to_instant(now)}


def sign_in_of(row: Connection, secret: str) -> SignIn:
    """Return what opens the account again."""
    return SignIn(
        provider=row.provider,
        preset=row.preset,
        url=row.url,
        username=row.username,
        secret=secret,
        account=row.account,
        addresses=tuple(str(address) for address in row.details.get("addresses", ())),
    )


def can_create(row: Connection) -> bool:
    """Tell whether the server promised to create calendars."""
    return bool(row.details.get("can_create_calendar", False))


def recovered(row: Connection, now: datetime) -> None:
    """Note that the account answered."""
    row.status = ConnectionStatus.CONNECTED
    row.synced_at = now
    row.failures = 0
    row.error_count = 0
    row.error_at = None
    row.error = None
    row.retry_at = None


def failed(row: Connection, error: BookingError, now: datetime) -> None:
    """Note that a call failed, and when the next one may be tried."""
    verdict = health.after_failure(row.failures, error, now)
    row.status = verdict.status
    row.failures = verdict.failures
    row.retry_at = verdict.retry_at
    row.error_count += 1
    row.error_at = now
    row.error = error.message


def reconnect_notice(row: Connection, now: datetime) -> Notice:
    """Return what tells the host that an account does not let us in any more, since `now`."""
    return Notice(
        user_id=row.user_id,
        cause=Cause.RECONNECT,
        about=_account_name(row),
        detail=row.error or "",
        path="/settings/calendars",
        key=f"reconnect:{row.id}:{to_instant(now)}",
    )


def is_newly_degraded(row: Connection) -> bool:
    """Tell whether the failure just noted is the one that programs of the host hear of.

    That is when the breaker opens, as a single failed call is nothing to act on, and when the
    account must be connected again.
    """
    is_refused = row.status == ConnectionStatus.RECONNECT_REQUIRED
    return is_refused or row.failures == health.FAILURES_TO_OPEN


def degraded_announcement(row: Connection, now: datetime) -> Announcement:
    """Return what programs of the host are told of an account in trouble."""
    return Announcement(
        user_ids=(row.user_id,),
        event="connection.degraded",
        at=now,
        data={
            "connection_id": encode_id(row.id),
            "provider": row.provider,
            "account": _account_name(row),
            "status": row.status,
            "error": row.error,
            "error_count": row.error_count,
        },
        key=f"connection:{row.id}:{row.status}:{to_instant(now)}",
    )


def let_through(row: Connection) -> None:
    """Let the next call through at once: its host wishes it. A failure closes the way again."""
    row.retry_at = None


def refuse_while_closed(row: Connection, now: datetime) -> None:
    """Raise what keeps a call from being made now.

    Errors: ReconnectRequired; BreakerOpen with the seconds left.
    """
    if row.status == ConnectionStatus.RECONNECT_REQUIRED:
        raise ReconnectRequired(row.error or "", provider=row.provider)
    if row.retry_at is not None and row.retry_at > now:
        seconds = int((row.retry_at - now).total_seconds()) + 1
        raise BreakerOpen(seconds, row.error or "", provider=row.provider)


def merge_calendars(
    session: Session, connection_id: int, listed: Sequence[RemoteCalendar], now: datetime
) -> None:
    """Bring a connection's calendars up to its provider's list; what it lacks is marked gone."""
    for remote in listed:
        put_calendar(session, connection_id, remote, now)
    names = {remote.key for remote in listed}
    vanished = [
        row.id for row in store.calendars_of(session, connection_id) if row.remote_key not in names
    ]
    store.mark_gone(session, vanished, now)


def put_calendar(
    session: Session, connection_id: int, remote: RemoteCalendar, now: datetime
) -> Calendar:
    """Insert a calendar or bring its row up to date."""
    row = store.find_calendar_by_key(session, connection_id, remote.key)
    if row is None:
        row = Calendar(
            id=new_id(), connection_id=connection_id, remote_key=remote.key, created_at=now
        )
        session.add(row)
    row.name = remote.name[:_LONGEST_NAME]
    row.color = remote.color
    row.primary = remote.primary
    row.read_only = remote.read_only
    row.time_zone = remote.time_zone
    row.conferences = None if remote.conferences is None else ",".join(remote.conferences)
    row.gone_at = None
    session.flush()
    return row


def ask_refreshes(session: Session, connection_id: int, now: datetime) -> None:
    """Have every selected calendar of a connection refreshed now."""
    ids = [row.id for row in store.calendars_of(session, connection_id)]
    for calendar_id in sorted(store.selected_among(session, ids)):
        ask_refresh(session, calendar_id, now=now)


def connection_view(row: Connection) -> ConnectionView:
    """Return a connection as its host sees it."""
    return ConnectionView(
        id=row.id,
        provider=row.provider,
        preset=row.preset,
        url=row.url,
        username=row.username,
        account=_account_name(row),
        status=row.status,
        can_create_calendars=can_create(row),
        synced_at=row.synced_at,
        error_count=row.error_count,
        error_at=row.error_at,
        error=row.error,
        retry_at=row.retry_at,
        created_at=row.created_at,
    )


def _account_name(row: Connection) -> str:
    return str(row.details.get("name") or row.username or row.url)


def calendar_views(session: Session, user_id: int, connection_id: int) -> tuple[CalendarView, ...]:
    """Return a connection's calendars; a gone one only while something hangs on it."""
    selections = {row.calendar_id: row for row in store.selections_for(session, user_id, None)}
    rows = store.calendars_of(session, connection_id)
    in_use = store.selected_among(session, [row.id for row in rows])
    destination = store.find_destination(session, user_id)
    receives = destination.calendar_id if destination else None
    return tuple(
        calendar_view(row, selection=selections.get(row.id), is_destination=row.id == receives)
        for row in rows
        if row.gone_at is None or row.id in in_use or row.id == receives
    )


def calendar_view(
    row: Calendar, *, selection: SelectedCalendar | None, is_destination: bool
) -> CalendarView:
    """Return a calendar with what it is used for."""
    return CalendarView(
        id=row.id,
        connection_id=row.connection_id,
        name=row.name,
        color=row.color,
        primary=row.primary,
        read_only=row.read_only,
        time_zone=row.time_zone,
        selected=selection is not None,
        destination=is_destination,
        selection_id=selection.id if selection else None,
        tentative_blocks=selection.tentative_blocks if selection else False,
        gone_at=row.gone_at,
    )


def _account_key(found: Discovered) -> str:
    return found.account.key[:_LONGEST_ACCOUNT]
