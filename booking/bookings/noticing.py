"""Noticing what hosts do by hand to bookings' events, and having them put back.

Everything here happens inside a unit of the pair between bookings and a calendar, under its lease:
what is compared was read by its own address, and nobody writes it meanwhile. Leaves to others: when
to look (`looks`), what to do about it (`deciding`), accepting it (`answering`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.accounts.notices import Cause, Notice, TellHost
from booking.bookings import change_store, choosing, copies, jobs, store
from booking.bookings.deciding import (
    MOST_AT_ONCE,
    ChangeKind,
    ChangeState,
    Circumstances,
    Decision,
    Found,
    decide,
    found_in,
)
from booking.bookings.lifecycle import stands_in_calendar
from booking.bookings.models import Booking, BookingCopy, CalendarState
from booking.bookings.replica import BookingsSide
from booking.calendars.models import Calendar
from booking.calendars.pair_store import PairRows
from booking.core.instants import to_instant
from booking.sync.ports import Side
from booking.sync.revive import given_back
from booking.sync.rows import Link, LinkState

_KEPT = ("when", "status")
"""The units of an event that are kept in step with the booking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """A booking as its event in the calendar shows it; `found` of None: as it should be."""

    booking: Booking
    link: Link
    found: Found | None


class Noticer:
    """Compares bookings with their events in one calendar, which belongs to `owner`."""

    def __init__(self, calendar: Calendar, owner: User, now: datetime, tell_host: TellHost) -> None:
        self._calendar = calendar
        self._owner = owner
        self._now = now
        self._tell_host = tell_host

    def note(self, state: PairRows, booking_ids: Sequence[int]) -> None:
        """Write down what is different from what was known, and decide what becomes of it."""
        session = state.session
        sights = self._sights(state, booking_ids)
        known = change_store.of_calendar(session, self._calendar.id, list(sights))
        fresh, is_changed = [], False
        for booking_id, sight in sights.items():
            row = known.get(booking_id)
            is_open = row is not None and row.state != ChangeState.FOLLOWED
            if sight.found is None:
                if row is not None and is_open:
                    change_store.drop(session, row)
                    is_changed = True
            elif row is None or not is_open or change_store.found_of(row) != sight.found:
                fresh.append(sight)
        self._decide(session, fresh)
        if fresh or is_changed:
            store.touch(session, [self._owner.id])

    def _sights(self, state: PairRows, booking_ids: Sequence[int]) -> Mapping[int, _Sight]:
        """Return those bookings whose events in the calendar are settled, and how they stand."""
        bookings = self._settled(state.session, booking_ids)
        links = state.links_at(Side.LEFT, [str(key) for key in bookings])
        busy = {intent.link_id for intent in state.intents_of([one.id for one in links.values()])}
        keys = [link.right.key for link in links.values() if link.right.key is not None]
        items = state.replica(Side.RIGHT).items(keys)
        found = {}
        for booking_id, booking in bookings.items():
            link = links.get(str(booking_id))
            if link is None or link.id in busy or link.right.key is None:
                continue
            span = (booking.starts_at, booking.ends_at)
            seen = found_in(items.get(link.right.key), span, self._owner.time_zone)
            found[booking_id] = _Sight(booking=booking, link=link, found=seen)
        return found

    def _settled(self, session: Session, booking_ids: Sequence[int]) -> dict[int, Booking]:
        """Return those bookings that are still to come and have been written as they are."""
        query = (
            select(Booking)
            .join(BookingCopy, BookingCopy.booking_id == Booking.id)
            .where(
                Booking.id.in_(booking_ids),
                Booking.ends_at > to_instant(self._now),
                BookingCopy.calendar_id == self._calendar.id,
                BookingCopy.is_wanted.is_(True),
                BookingCopy.state == CalendarState.WRITTEN,
            )
            .order_by(Booking.starts_at)
            .execution_options(populate_existing=True)
        )
        return {row.id: row for row in session.scalars(query) if stands_in_calendar(row.status)}

    def _decide(self, session: Session, fresh: Sequence[_Sight]) -> None:
        before = change_store.lately(session, self._calendar.id, self._now)
        at_once = len(before | {sight.booking.id for sight in fresh})
        if at_once > MOST_AT_ONCE and fresh:
            change_store.stop_following(session, self._calendar.id)
        asked = [sight for sight in fresh if self._settle(session, sight, at_once)]
        if len(asked) > MOST_AT_ONCE:
            self._tell_of_many(session, asked)
            return
        for sight in asked:
            self._tell_of(session, sight)

    def _settle(self, session: Session, sight: _Sight, at_once: int) -> bool:
        """Keep what was found with what becomes of it; tell whether the host is asked."""
        if sight.found is None:
            return False
        decision = self._decision(session, sight, sight.found, at_once)
        place = (sight.booking.id, self._calendar.id)
        change_store.put(session, place, sight.found, decision, self._now)
        if decision.state is ChangeState.PUTTING_BACK:
            ask_put_back(session, *place, self._now)
        return decision.state is ChangeState.ASKING

    def _decision(self, session: Session, sight: _Sight, found: Found, at_once: int) -> Decision:
        people = {self._owner.id, *choosing.hosts_of(session, sight.booking.id)}
        around = Circumstances(
            wish=self._owner.on_calendar_change,
            at_once=at_once,
            put_back_at=sight.link.put_back_at,
            people=len(people),
        )
        return decide(found, around, self._now)

    def _tell_of(self, session: Session, sight: _Sight) -> None:
        is_moved = sight.found is not None and sight.found.kind is ChangeKind.MOVED
        what = "moved" if is_moved else "deleted"
        self._tell(
            session,
            about=sight.booking.title,
            detail=f"Its event was {what} in your calendar “{self._calendar.name}”.",
            path=f"/bookings/{sight.booking.uid}",
            key=f"calendar-change:{sight.booking.id}:{self._calendar.id}",
        )

    def _tell_of_many(self, session: Session, asked: Sequence[_Sight]) -> None:
        self._tell(
            session,
            about=f"{len(asked)} bookings",
            detail=f"Their events were moved or deleted in your calendar “{self._calendar.name}”.",
            path="/bookings",
            key=f"calendar-changes:{self._calendar.id}",
        )

    def _tell(self, session: Session, *, about: str, detail: str, path: str, key: str) -> None:
        notice = Notice(
            user_id=self._owner.id,
            cause=Cause.CALENDAR_CHANGED,
            about=about,
            detail=detail,
            path=path,
            key=f"{key}:{to_instant(self._now)}",
        )
        self._tell_host(session, notice)


def ask_put_back(session: Session, booking_id: int, calendar_id: int, now: datetime) -> None:
    """Have a calendar written in which an event is to be put back."""
    copy = copies.one(session, booking_id, calendar_id)
    copy.state, copy.error = CalendarState.PENDING, None
    session.flush()
    jobs.ask_calendar(session, calendar_id, now)


def put_back(state: PairRows, side: BookingsSide, calendar_id: int, now: datetime) -> None:
    """Let the next plan bring back, or make again, what is to be put back in a calendar.

    Nothing was sent for it yet that has not been settled. Repeating it does no harm.
    """
    keys = [str(key) for key in change_store.to_put_back(state.session, calendar_id)]
    links = state.links_at(Side.LEFT, keys)
    busy = {intent.link_id for intent in state.intents_of([link.id for link in links.values()])}
    wanted = side.items(state, keys)
    shown = state.replica(Side.RIGHT).items([link.right.key or "" for link in links.values()])
    for key, link in links.items():
        if link.right.key is None or link.id in busy or key not in wanted:
            continue
        units = {name: wanted[key].units[name] for name in _KEPT}
        is_gone = link.state is LinkState.MUTED or link.right.key not in shown
        state.save(given_back(link, Side.RIGHT, units, now, is_gone=is_gone))
