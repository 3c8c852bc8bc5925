"""Looking after bookings' events: when hosts may have moved or deleted them, and who reads them.

A calendar that the busy cache reads anyway costs nothing more: when what it blocks has changed, the
cache is compared with the bookings, and only what differs is read by its own address. In a calendar
that nothing else reads, the events of the bookings to come are read every quarter of an hour, and
when its provider announces a change.
Guests never wait for any of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking.accounts.notices import Cause, Notice, TellHost
from booking.bookings import change_store, jobs
from booking.bookings.answering import Answers
from booking.bookings.change_models import CalendarLook
from booking.bookings.comparing import differing_from_cache, standing
from booking.bookings.models import Booking, BookingCopy
from booking.bookings.writer import BookingWriter
from booking.calendars.models import Calendar, Connection, ConnectionStatus
from booking.calendars.sync_models import Cursor
from booking.core.clock import Clock
from booking.core.errors import CalendarGone, ItemGone, ProviderError, Throttled
from booking.core.instants import to_instant
from booking.db import reading, writing

LOOK_EVERY = timedelta(minutes=15)
READ_LATELY = timedelta(minutes=30)
AT_LEAST_EVERY = timedelta(hours=6)
AGAIN_AFTER = timedelta(minutes=1)
AFTER_A_LOOK = timedelta(minutes=1)
AHEAD = timedelta(days=60)
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A calendar with bookings to come, how it was last looked after, and how it was last read."""

    calendar_id: int
    revision: int | None
    looked_at: datetime | None
    retry_at: datetime | None
    cache_revision: int | None
    synced_at: datetime | None
    failing_since: datetime | None

    def is_waiting(self, now: datetime) -> bool:
        """Tell whether the last look failed too short a while ago."""
        return self.retry_at is not None and now < self.retry_at

    def is_due(self, now: datetime) -> bool:
        """Tell whether its bookings' events are to be read by their own addresses."""
        if self.looked_at is None:
            return False
        is_well = self.synced_at is not None and self.failing_since is None
        is_read = is_well and now - (self.synced_at or now) < READ_LATELY
        return now - self.looked_at >= (AT_LEAST_EVERY if is_read else LOOK_EVERY)

    def is_changed(self) -> bool:
        """Tell whether what the busy cache knows of it has changed since it was compared."""
        return self.cache_revision is not None and self.cache_revision != self.revision


class Lookout:
    """Finds calendars whose bookings' events need a look, and looks."""

    def __init__(
        self, *, writer: BookingWriter, answers: Answers, clock: Clock, tell_host: TellHost
    ) -> None:
        self._writer = writer
        self._answers = answers
        self._clock = clock
        self._tell_host = tell_host

    def ask_due(self) -> int:
        """Ask for a look at every calendar that needs one; return how many."""
        now = self._clock.now()
        with reading() as session:
            places = _places(session, now)
            due = {place.calendar_id for place in places if place.is_due(now)}
            due |= {place.calendar_id for place in places if place.is_changed()}
            due |= set(change_store.grace_over(session, now))
            due -= {place.calendar_id for place in places if place.is_waiting(now)}
            fresh = [place.calendar_id for place in places if place.looked_at is None]
        if not due and not fresh:
            return 0
        with writing() as session:
            for calendar_id in fresh:
                # A look at what was just written would tell nothing.
                session.merge(CalendarLook(calendar_id=calendar_id, revision=0, looked_at=now))
            for calendar_id in sorted(due):
                jobs.ask_look(session, calendar_id, now)
        return len(due)

    def hint(self, calendar_id: int) -> None:
        """Follow up a provider's word that a calendar changed which nothing else reads.

        What we write is announced like anything else, so looks keep a distance.
        """
        now = self._clock.now()
        with reading() as session:
            place = next(iter(_places(session, now, calendar_id)), None)
        if place is None:
            return
        due_at = now if place.looked_at is None else max(now, place.looked_at + AFTER_A_LOOK)
        with writing() as session:
            jobs.ask_whole_look(session, calendar_id, now, due_at)

    def look(self, calendar_id: int, *, whole: bool = False) -> None:
        """Look after a calendar's bookings, and follow what their hosts had time to undo.

        `whole`: read the events of all bookings to come, due or not. A provider's failure ends it
        until the next time: nothing is concluded from it.
        Errors: writer.CalendarBusy.
        """
        now = self._clock.now()
        with reading() as session:
            place = next(iter(_places(session, now, calendar_id)), None)
            followed = change_store.grace_over(session, now, calendar_id)
            is_whole = place is not None and (whole or place.is_due(now))
            soonest = _soonest(session, calendar_id, now) if is_whole else []
            differing = differing_from_cache(session, calendar_id, now)
        ids = list(dict.fromkeys((*followed, *differing, *soonest)))
        if ids:
            try:
                self._writer.look(calendar_id, ids)
            except ProviderError as error:
                self._failed(calendar_id, error, now)
                return
        self._looked(calendar_id, place, now, is_whole=is_whole, has_read=bool(ids))
        self._answers.follow(calendar_id, followed)

    def _failed(self, calendar_id: int, error: ProviderError, now: datetime) -> None:
        """Wait for the next time; of a calendar that is gone, tell its host once."""
        with writing() as session:
            row = _row(session, calendar_id, now)
            asked = error.retry_after if isinstance(error, Throttled) else 0
            row.looked_at, row.retry_at = now, now + max(AGAIN_AFTER, timedelta(seconds=asked))
            if not isinstance(error, CalendarGone | ItemGone) or row.missing_since is not None:
                return
            row.missing_since = now
            self._tell_host(session, _missing_notice(session, calendar_id, now))

    def _looked(
        self,
        calendar_id: int,
        place: _Place | None,
        now: datetime,
        *,
        is_whole: bool,
        has_read: bool,
    ) -> None:
        with writing() as session:
            row = _row(session, calendar_id, now)
            if place is not None and place.cache_revision is not None:
                row.revision = place.cache_revision
            if is_whole:
                row.looked_at = now
            if has_read:
                row.missing_since = row.retry_at = None


def _places(session: Session, now: datetime, calendar_id: int | None = None) -> Sequence[_Place]:
    """Return the calendars, or the one, in which bookings to come stand.

    Accounts that wait for their host are left alone.
    """
    query = (
        select(
            BookingCopy.calendar_id,
            CalendarLook.revision,
            CalendarLook.looked_at,
            CalendarLook.retry_at,
            Cursor.revision.label("cache_revision"),
            Cursor.synced_at,
            Cursor.failing_since,
        )
        .join(Booking, Booking.id == BookingCopy.booking_id)
        .join(Calendar, Calendar.id == BookingCopy.calendar_id)
        .join(Connection, Connection.id == Calendar.connection_id)
        .outerjoin(CalendarLook, CalendarLook.calendar_id == BookingCopy.calendar_id)
        .outerjoin(Cursor, Cursor.calendar_id == BookingCopy.calendar_id)
        .where(*standing(now), Connection.status != ConnectionStatus.RECONNECT_REQUIRED)
        .distinct()
    )
    if calendar_id is not None:
        query = query.where(BookingCopy.calendar_id == calendar_id)
    return [_Place(**row) for row in session.execute(query).mappings()]


def _soonest(session: Session, calendar_id: int, now: datetime) -> list[int]:
    """Return the next bookings in a calendar, as many as one look reads."""
    query = (
        select(Booking.id)
        .join(BookingCopy, BookingCopy.booking_id == Booking.id)
        .where(
            *standing(now),
            BookingCopy.calendar_id == calendar_id,
            Booking.starts_at < to_instant(now + AHEAD),
        )
        .order_by(Booking.starts_at)
        .limit(MOST)
    )
    return list(session.scalars(query))


def _row(session: Session, calendar_id: int, now: datetime) -> CalendarLook:
    row = session.get(CalendarLook, calendar_id)
    if row is None:
        row = CalendarLook(calendar_id=calendar_id, revision=0, looked_at=now)
        session.add(row)
    return row


def _missing_notice(session: Session, calendar_id: int, now: datetime) -> Notice:
    calendar = session.get_one(Calendar, calendar_id)
    owner = session.get_one(Connection, calendar.connection_id).user_id
    count = (
        select(func.count())
        .select_from(BookingCopy)
        .join(Booking, Booking.id == BookingCopy.booking_id)
    )
    ahead = session.scalar(count.where(*standing(now), BookingCopy.calendar_id == calendar_id))
    return Notice(
        user_id=owner,
        cause=Cause.CALENDAR_CHANGED,
        about=calendar.name,
        detail=(
            "The calendar cannot be found at its server any more. "
            f"Bookings to come that were written to it: {ahead}. None of them was cancelled."
        ),
        path="/settings/calendars",
        key=f"calendar-missing:{calendar_id}:{to_instant(now)}",
    )
