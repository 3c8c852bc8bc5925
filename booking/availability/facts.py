"""What the engine is given: the question, the host's facts, and nothing it must fetch itself.

All instants are UTC epoch seconds, all other lengths here are seconds too unless the name says
minutes. Which rows count at all (transparent, declined, expired, a booking's own copy in a
calendar) is decided by those who gather them; see `docs/availability.md`, "Busy".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.availability.hours import WorkingHours
from booking.availability.rules import Limits, OnStale, SlotRules
from booking.core.errors import InvalidInput
from booking.core.instants import EARLIEST, LATEST, MINUTE, Instant


class CalendarBlock(NamedTuple):
    """An occurrence in a calendar that blocks; `ref` names its row for those who explain.

    A tuple, as thousands are read for one answer.
    """

    start: int
    end: int
    calendar_id: int = 0
    ref: int | None = None


class Source(StrEnum):
    """Who stands behind a block of our own."""

    BOOKING = "booking"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBlock:
    """A booking or a guest's hold, with the buffers it brings along.

    `seats` is how many of a seated slot it takes; a hold, or a pending booking that lapses, blocks
    while `now < expires_at`.
    """

    start: int
    end: int
    source: Source
    ref: int
    before: int = 0
    after: int = 0
    event_type_id: int | None = None
    seats: int = 1
    expires_at: Instant | None = None

    def __post_init__(self) -> None:
        if self.end < self.start or self.before < 0 or self.after < 0:
            raise ValueError("A block cannot end before it starts, nor have a negative buffer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """All that blocks one host; `calendar` sorted by start, `own` in any order."""

    calendar: tuple[CalendarBlock, ...] = ()
    own: tuple[OwnBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How well one selected calendar is known: `[start, end)`, as of `synced_at`.

    None was never read. Older than `max_age` seconds, all of it is unknown.
    """

    calendar_id: int
    start: Instant
    end: Instant
    synced_at: Instant | None
    max_age: int


class Counted(NamedTuple):
    """A booking that counts against limits, by its start."""

    start: int
    minutes: int
    booking_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Limits, and the bookings that they count: an event type's, or all of a team's."""

    limits: Limits
    counted: tuple[Counted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """One host as the engine sees it; `floor_minutes` is the user's smallest gap.

    `on_stale`, where it is set, holds for this host instead of the event type's.
    """

    hours: WorkingHours
    busy: Busy = Busy()
    floor_minutes: int = 0
    coverage: tuple[Coverage, ...] = ()
    tallies: tuple[Tally, ...] = ()
    on_stale: OnStale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """An event type with its host: what every question about its slots is answered from."""

    rules: SlotRules
    host: HostFacts
    restriction: WorkingHours | None = None
    event_type_id: int | None = None

    @property
    def schedules(self) -> tuple[WorkingHours, ...]:
        """All schedules a slot must lie inside; the first one's clocks and dates count."""
        return (
            (self.host.hours,) if self.restriction is None else (self.host.hours, self.restriction)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question: which slots start in `[start, end)`, seen from `now`.

    `guest_zone` gives the dates of `first_slot_only`. `own_hold` is the asker's hold, `moving`
    the booking that is being rescheduled: neither blocks nor counts.
    Errors: InvalidInput for a period outside 1900 to 2199, or one that ends before it starts.
    """

    now: Instant
    start: Instant
    end: Instant
    guest_zone: ZoneInfo
    duration_minutes: int | None = None
    own_hold: int | None = None
    moving: int | None = None

    def __post_init__(self) -> None:
        if not EARLIEST <= self.start < LATEST:
            raise InvalidInput.at("/start", "Ask about a time from 1900 to 2199.")
        if not self.start <= self.end < LATEST:
            raise InvalidInput.at("/end", "The end must follow the start, before 2200.")


class Slot(NamedTuple):
    """A time that can be booked; `on_request` where a calendar is not known well enough.

    A tuple, as a season has thousands. `seats_left` is None unless the event type has seats.
    """

    start: Instant
    end: Instant
    seats_left: int | None = None
    on_request: bool = False


class FreshnessState(StrEnum):
    """How well the calendars behind an answer are known."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The worst state of any calendar, and when the oldest was read; None is never, or none."""

    state: FreshnessState
    as_of: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Slots in order. Until `good_until` the same facts give the same answer; None is for ever."""

    slots: tuple[Slot, ...]
    freshness: Freshness
    good_until: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """The seconds that one question reckons with, worked out once."""

    duration: int
    step: int
    before: int
    after: int
    floor: int
    offset: int
    notice: int

    @classmethod
    def of(cls, situation: Situation, ask: Ask) -> Lengths:
        """Return the lengths for the duration asked for.

        Errors: InvalidInput for a duration that is not offered.
        """
        rules = situation.rules
        minutes = rules.chosen_duration(ask.duration_minutes)
        return cls(
            duration=minutes * MINUTE,
            step=(rules.slot_interval_minutes or minutes) * MINUTE,
            before=rules.buffer_before_minutes * MINUTE,
            after=rules.buffer_after_minutes * MINUTE,
            floor=situation.host.floor_minutes * MINUTE,
            offset=rules.start_offset_minutes * MINUTE,
            notice=rules.minimum_notice_minutes * MINUTE,
        )

    def gap_after(self, other_before: int = 0) -> int:
        """Return the least distance from a slot's end to what follows it."""
        return max(self.floor, self.after + other_before)

    def gap_before(self, other_after: int = 0) -> int:
        """Return the least distance from what precedes a slot to its start."""
        return max(self.floor, self.before + other_after)
