"""Slots of an event type: listed, asked for one by one, explained. One validator for all three.

An answer is remembered for as long as it is exactly right: until the host's version counter or a
calendar's age moves, or until time alone would change it (`good_until`).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session

from booking.availability.facts import Answer, Ask
from booking.availability.hosts_facts import TeamAnswer
from booking.availability.rules import OnStale
from booking.availability.series import series_ask
from booking.bookings import store
from booking.bookings.explained import Explanation
from booking.bookings.explained_names import Names, check_may_ask
from booking.bookings.explaining import explained
from booking.bookings.gather import grows_too_old_at, situation_of
from booking.bookings.models import Booking
from booking.bookings.recurring import occurrences
from booking.bookings.subjects import Stamp, Subject, find_subject
from booking.bookings.unchanged import Stamps
from booking.bookings.values import FreshnessView, OfferedSlot, SlotAnswer, SlotQuery
from booking.bookings.verdicts import Checked, check, list_slots
from booking.core.clock import Clock
from booking.core.errors import InvalidInput
from booking.core.instants import DAY, Instant, from_instant, to_instant
from booking.core.zones import is_zone, zone
from booking.db import reading
from booking.eventtypes.private_links import check_open

Nudge = Callable[[Iterable[int], datetime], object]
MOST_DAYS = 92
_LOOK_AHEAD = 366 * DAY
_MOST_REMEMBERED = 256
_ALTERNATIVES = 3
_NEARBY = 14 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remembered:
    stamp: Stamp
    answer: SlotAnswer


class SlotFinder:
    """Asks the calculator, after gathering what it needs.

    `nudge` is told of the calendars behind an answer: a guest's visit has them looked at again.
    """

    def __init__(self, *, clock: Clock, nudge: Nudge) -> None:
        self._clock = clock
        self._nudge = nudge
        self._lock = Lock()
        self._stamps = Stamps()
        self._memory: OrderedDict[SlotQuery, _Remembered] = OrderedDict()

    def find(self, query: SlotQuery) -> SlotAnswer:
        """Return the slots that start in the query's period.

        Errors: NotFound; InvalidInput for a zone, period or duration that cannot be.
        """
        answer = self.recall(query)
        if answer is not None:
            return answer
        now = self._clock.now()
        stamp = self._stamps.of(query.event_type_id)
        # Read after its stamp: what changes in between only makes the stamp old too soon.
        with reading() as session:
            answer = self._find(session, query, to_instant(now))
        if query.entrance is None or query.entrance.private_link_id is None:
            self._remember(query, stamp, answer)  # a private link ends without anybody being told
        self._nudge(stamp.calendars, now)
        return answer

    def recall(self, query: SlotQuery) -> SlotAnswer | None:
        """Return the answer given before, if it is still exactly right: one small query at most.

        Errors: NotFound where the event type is gone.
        """
        if query not in self._memory:
            return None
        now = self._clock.now()
        stamp = self._stamps.of(query.event_type_id)
        answer = self._remembered(query, stamp, to_instant(now))
        if answer is not None:
            self._nudge(stamp.calendars, now)
        return answer

    def _find(self, session: Session, query: SlotQuery, now: Instant) -> SlotAnswer:
        subject = find_subject(session, query.event_type_id)
        check_entrance(session, query, subject, from_instant(now))
        ask = _ask_of(session, query, now)
        situation = situation_of(session, subject, ask, guests=_guests(session, query))
        answer = list_slots(situation, ask)
        edges = (answer.good_until, grows_too_old_at(subject.calendars, now))
        good_until = min((edge for edge in edges if edge is not None), default=None)
        return _answer_of(
            query, subject, replace(answer, good_until=good_until), situation.rules.on_stale
        )

    def _remembered(self, query: SlotQuery, stamp: Stamp, now: Instant) -> SlotAnswer | None:
        with self._lock:
            kept = self._memory.get(query)
            if kept is None or kept.stamp != stamp:
                return None
            self._memory.move_to_end(query)
        until = kept.answer.good_until
        return kept.answer if until is None or now < until else None

    def _remember(self, query: SlotQuery, stamp: Stamp, answer: SlotAnswer) -> None:
        with self._lock:
            self._memory[query] = _Remembered(stamp=stamp, answer=answer)
            self._memory.move_to_end(query)
            while len(self._memory) > _MOST_REMEMBERED:
                self._memory.popitem(last=False)

    def check(
        self,
        session: Session,
        query: SlotQuery,
        start: Instant,
        doubted: frozenset[int] = frozenset(),
        count: int = 1,
    ) -> Checked:
        """Return what can be booked now at `start`, asked under the caller's lock.

        With a `count`, as many occurrences of the event type's series are asked about.

        Whoever holds a slot is judged by the moment the hold was placed: filling in a form takes
        time, which must not make a slot too soon. `doubted`: as in `situation_of`.
        Errors: NotFound, InvalidInput, SlotUnavailable (without alternatives).
        """
        now = to_instant(self._clock.now())
        subject = find_subject(session, query.event_type_id)
        starts = occurrences(session, subject, start, count)
        ask = _ask_of(session, query, _held_since(session, query, start) or now)
        ask = series_ask(ask, starts)
        situation = situation_of(session, subject, ask, doubted, _guests(session, query))
        bookable = check(situation, ask, starts, subject.hosts[0].user.id)
        return Checked(subject=subject, situation=situation, ask=ask, bookable=bookable)

    def series(self, event_type_id: int, start: Instant, count: int) -> tuple[Instant, ...]:
        """Return where `count` occurrences from `start` on fall, free or not.

        Errors: NotFound; InvalidInput where the event type offers fewer, or none.
        """
        with reading() as session:
            return occurrences(session, find_subject(session, event_type_id), start, count)

    def explain(self, query: SlotQuery, asker_id: int) -> Explanation:
        """Return every start of the period with the causes against it, as its asker may know them.

        Errors: as `find`; NotFound too for those who do not take part in the event type.
        """
        now = to_instant(self._clock.now())
        with reading() as session:
            check_may_ask(session, asker_id, query.event_type_id)
            subject = find_subject(session, query.event_type_id)
            ask = _ask_of(session, query, now)
            situation = situation_of(session, subject, ask)
            names = Names.read(session, subject, situation, asker_id)
        return explained(situation, ask, names)

    def nearest(self, query: SlotQuery) -> tuple[OfferedSlot, ...]:
        """Return up to three free slots around the start that was asked for, in order of time."""
        now = to_instant(self._clock.now())
        around = replace(
            query,
            start=Instant(max(now, query.start - _NEARBY)),
            end=Instant(max(now, query.start) + _NEARBY),
        )
        with reading() as session:
            slots = self._find(session, around, now).slots
        others = [slot for slot in slots if slot.start != query.start]
        nearest = sorted(others, key=lambda slot: abs(slot.start - query.start))[:_ALTERNATIVES]
        return tuple(sorted(nearest, key=lambda slot: slot.start))

    def next_available(
        self,
        event_type_id: int,
        after: Instant,
        time_zone: str,
        duration_minutes: int | None = None,
    ) -> OfferedSlot | None:
        """Return the first slot from `after` on, looking a year ahead."""
        end = Instant(after + _LOOK_AHEAD)
        while after < end:
            until = Instant(min(after + MOST_DAYS * DAY, end))
            answer = self.find(
                SlotQuery(
                    event_type_id=event_type_id,
                    start=after,
                    end=until,
                    time_zone=time_zone,
                    duration_minutes=duration_minutes,
                )
            )
            if answer.slots:
                return answer.slots[0]
            after = until
        return None


def _ask_of(session: Session, query: SlotQuery, now: Instant) -> Ask:
    if not is_zone(query.time_zone):
        raise InvalidInput.at("/time_zone", "Use an IANA time zone, such as Europe/Berlin.")
    moving = _moving(session, query)
    own_minutes = None if moving is None else (moving.ends_at - moving.starts_at) // 60
    return Ask(
        now=now,
        start=query.start,
        end=query.end,
        guest_zone=zone(query.time_zone),
        duration_minutes=query.duration_minutes or own_minutes,
        own_hold=query.hold_id,
        moving=None if moving is None else moving.id,
    )


def check_entrance(session: Session, query: SlotQuery, subject: Subject, now: datetime) -> None:
    """Let in whoever asks with a private link, where one is needed, or moves a booking.

    Errors: NotFound.
    """
    if query.entrance is None or not subject.event_type.private_links_only:
        return
    if query.reschedule_uid is None or _moving(session, query) is None:
        check_open(session, subject.event_type.id, query.entrance.private_link_id, now)


def _moving(session: Session, query: SlotQuery) -> Booking | None:
    """Return the booking that is to be moved, if it is one of this event type."""
    found = store.find_by_uid(session, query.reschedule_uid) if query.reschedule_uid else None
    return found if found is not None and found.event_type_id == query.event_type_id else None


def _guests(session: Session, query: SlotQuery) -> int:
    """Return how many guests need seats: those of the query, or of the booking that is moved."""
    moving = _moving(session, query) if query.reschedule_uid else None
    return query.guests if moving is None else 1 + len(moving.additional_guests)


def _held_since(session: Session, query: SlotQuery, start: Instant) -> Instant | None:
    """Return when the asker's own hold on this slot was placed."""
    hold = store.find_hold(session, query.hold_id) if query.hold_id is not None else None
    is_for_it = hold is not None and hold.starts_at == start
    if hold is None or not is_for_it or hold.event_type_id != query.event_type_id:
        return None
    return to_instant(hold.created_at)


def _answer_of(
    query: SlotQuery, subject: Subject, answer: Answer | TeamAnswer, on_stale: OnStale
) -> SlotAnswer:
    event_type = subject.event_type
    show = event_type.show_seats_left
    state = answer.freshness.state.value
    as_of = answer.freshness.as_of
    made = SlotAnswer(
        time_zone=query.time_zone,
        slots=tuple(
            OfferedSlot(start=s.start, end=s.end, seats_left=s.seats_left if show else None)
            for s in answer.slots
        ),
        freshness=FreshnessView(state=state, as_of=None if as_of is None else from_instant(as_of)),
        needs_confirmation=event_type.requires_confirmation
        or (on_stale is OnStale.REQUEST and state != "fresh"),
        hidden_as_stale=on_stale is OnStale.HIDE and state != "fresh" and not answer.slots,
        good_until=answer.good_until,
    )
    return replace(made, etag=_etag(query, made))


def _etag(query: SlotQuery, answer: SlotAnswer) -> str:
    """Name the answer by its content: equal answers have equal names, whoever made them."""
    content = (query, answer.slots, answer.freshness, answer.needs_confirmation)
    return hashlib.blake2b(repr(content).encode(), digest_size=16).hexdigest()
