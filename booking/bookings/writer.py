"""Keeps a destination calendar in step with its bookings: the BOOKINGS use of the sync engine.

One worker at a time writes to a calendar. What a crash left half done is settled by reading
before anything is sent again, so an event never stands there twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.accounts.notices import TellHost
from booking.bookings import conferences, copies, store
from booking.bookings.jobs import ask_link
from booking.bookings.lifecycle import stands_in_calendar
from booking.bookings.models import BEHIND, Booking, BookingCopy, CalendarState
from booking.bookings.noticing import Noticer, put_back
from booking.bookings.replica import BookingsSide, waiting
from booking.calendars import pair_store
from booking.calendars.connections import ConnectionService
from booking.calendars.models import Calendar, Connection
from booking.calendars.pair_store import PairRows, PairStore
from booking.calendars.replica import CalendarRemote
from booking.core.clock import Clock
from booking.core.errors import Conflict, NotFound, ProviderError, Unreachable
from booking.core.event import Organizer
from booking.core.ids import new_id
from booking.core.instants import to_instant
from booking.db import reading, writing
from booking.sync.engine import Engine, Pair
from booking.sync.policy import BOOKINGS
from booking.sync.ports import Side
from booking.sync.rows import Lease, Link, LinkState

_LEFT_PLACE = "bookings"
TRIED_FOR = timedelta(hours=72)
_AT_REST = (LinkState.LINKED, LinkState.MUTED)


class CalendarBusy(Conflict):
    """Another worker is writing to this calendar right now."""

    default_message = "Another worker is writing to this calendar."


class BookingWriter:
    """Writes bookings to their destination calendars."""

    def __init__(
        self,
        *,
        connections: ConnectionService,
        clock: Clock,
        base_url: str,
        owner: str,
        tell_host: TellHost,
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._base_url = base_url
        self._owner = owner
        self._tell_host = tell_host

    def write(self, calendar_id: int) -> None:
        """Bring a calendar in step with all its bookings that are not yet.

        Errors: ProviderError where some could not be written and should be tried again, after it
        was noted at the bookings; CalendarBusy.
        """
        self._visit(calendar_id, ())

    def look(self, calendar_id: int, booking_ids: Sequence[int]) -> None:
        """Read these bookings' events by their own addresses, and note what was done to them.

        What is not in step is written on the way. Errors: as `write`; then nothing was noted.
        """
        self._visit(calendar_id, booking_ids)

    def _visit(self, calendar_id: int, looked_at: Sequence[int]) -> None:
        now = self._clock.now()
        with writing() as session:
            if not looked_at and not waiting(session, calendar_id):
                return
            calendar, host = _target(session, calendar_id)
            pair = pair_store.find_or_make_pair(session, BOOKINGS.name, host.id, calendar_id, now)
            lease = pair_store.take_lease(session, pair.id, self._owner, now)
        if lease is None:
            raise CalendarBusy
        try:
            self._work(pair.id, calendar, host, lease, looked_at)
        finally:
            with writing() as session:
                pair_store.release_lease(session, pair.id, lease)

    def _work(
        self, pair_id: int, calendar: Calendar, host: User, lease: Lease, looked_at: Sequence[int]
    ) -> None:
        side = BookingsSide(calendar.id, self._base_url)
        rows = PairStore(pair_id=pair_id, calendars={Side.RIGHT: calendar.id}, lease=lease)
        failure: ProviderError | None = None
        try:
            # A breaker's own refusal is no failure of the account: it must not feed the breaker.
            self._connections.wait_until_allowed(calendar.connection_id)
            self._run(calendar, host, side, rows, looked_at)
        except ProviderError as error:
            failure = error
        with rows.writing() as state:
            now = self._clock.now()
            touched = [*waiting(state.session, calendar.id), *looked_at]
            left_over = _note_outcome(state, side, calendar.id, failure, now)
            if failure is None:
                Noticer(calendar, host, now, self._tell_host).note(state, touched)
        if failure is not None:
            raise failure
        if left_over:
            raise Unreachable("Some bookings could not be written yet.", step="write")

    def _run(
        self,
        calendar: Calendar,
        host: User,
        side: BookingsSide,
        rows: PairStore,
        looked_at: Sequence[int],
    ) -> None:
        try:
            engine = self._engine(calendar, host, side, rows)
            engine.settle()
            if looked_at:
                engine.look(Side.RIGHT, _keys_of(rows, looked_at))
            with rows.writing() as state:
                put_back(state, side, calendar.id, self._clock.now())
            engine.work()
        except ProviderError as error:
            self._connections.record_failure(calendar.connection_id, error)
            raise
        self._connections.record_success(calendar.connection_id)

    def _engine(
        self, calendar: Calendar, host: User, side: BookingsSide, rows: PairStore
    ) -> Engine[PairRows]:
        provider = self._connections.open_provider(calendar.connection_id)
        remote = CalendarRemote(
            provider,
            calendar.remote_key,
            organizer=Organizer(address=host.email, name=host.name),
            sequence_of=_sequence_of,
            conference_of=partial(_conference_with, calendar.id),
        )
        pair = Pair(
            id=rows.pair_id,
            policy=BOOKINGS,
            remotes={Side.RIGHT: remote},
            ours={Side.LEFT: side},
            places={Side.LEFT: _LEFT_PLACE, Side.RIGHT: f"calendar:{calendar.id}"},
            scoped=frozenset({Side.RIGHT}),
        )
        return Engine(pair, rows, now=self._clock.now(), new_id=new_id)

    def give_up(self, calendar_id: int, reason: str) -> None:
        """Note at its bookings that a calendar cannot be written, for a reason that is ours."""
        with writing() as session:
            session.execute(
                update(BookingCopy)
                .where(BookingCopy.calendar_id == calendar_id, BookingCopy.state.in_(BEHIND))
                .values(state=CalendarState.DEAD, error=reason)
                .execution_options(synchronize_session=False)
            )


def _target(session: Session, calendar_id: int) -> tuple[Calendar, User]:
    query = (
        select(Calendar, User)
        .join(Connection, Connection.id == Calendar.connection_id)
        .join(User, User.id == Connection.user_id)
        .where(Calendar.id == calendar_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such calendar.")
    return found[0], found[1]


def _keys_of(rows: PairStore, booking_ids: Sequence[int]) -> list[str]:
    """Return under which keys these bookings' events were written."""
    with rows.reading() as state:
        links = state.links_at(Side.LEFT, [str(key) for key in booking_ids])
    return [link.right.key for link in links.values() if link.right.key is not None]


def _sequence_of(ical_uid: str) -> int:
    with reading() as session:
        return store.sequence_of(session, ical_uid)


def _conference_with(calendar_id: int, ical_uid: str) -> str:
    with reading() as session:
        return conferences.wanted_with(session, ical_uid, calendar_id)


def _note_outcome(
    state: PairRows,
    side: BookingsSide,
    calendar_id: int,
    failure: ProviderError | None,
    now: datetime,
) -> bool:
    """Write at each booking how its copy stands; tell whether any is still behind.

    What came up while we wrote has been asked for by whoever made it so: it is nobody's failure.
    """
    ids = waiting(state.session, calendar_id)
    links = state.links_at(Side.LEFT, [str(key) for key in ids])
    busy = {intent.link_id for intent in state.intents_of([link.id for link in links.values()])}
    is_behind = False
    for booking_id in ids:
        booking = state.session.get_one(Booking, booking_id, populate_existing=True)
        copy = copies.one(state.session, booking_id, calendar_id)
        link = links.get(str(booking_id))
        is_wanted = copy.is_wanted and stands_in_calendar(booking.status)
        is_read = side.seen.get(booking_id) == (booking.revision, copy.is_wanted)
        if is_read and _is_in_step(link, busy, is_wanted=is_wanted):
            copies.settle(state.session, copy, is_written=is_wanted)
            state.session.flush()
            ask_link(state.session, booking, calendar_id, now)
            continue
        if failure is None and side.is_news(booking, is_wanted=copy.is_wanted):
            continue
        is_behind = True
        _note_failure(booking, copy, link, failure, now)
    state.session.flush()
    return is_behind


def _is_in_step(link: Link | None, busy: set[int], *, is_wanted: bool) -> bool:
    if not is_wanted:
        return link is None
    return (
        link is not None
        and link.id not in busy
        and link.state in _AT_REST
        and link.right.key is not None
    )


def _note_failure(
    booking: Booking,
    copy: BookingCopy,
    link: Link | None,
    failure: ProviderError | None,
    now: datetime,
) -> None:
    reason = failure.message if failure else (link.reason if link else "")
    if not reason:
        return
    copy.failing_since = copy.failing_since or now
    is_over = booking.ends_at <= to_instant(now) or now - booking.updated_at > TRIED_FOR
    copy.state = CalendarState.DEAD if is_over else CalendarState.FAILING
    copy.error = reason
