"""The values a calendar event is made of: when it is, who attends, how it repeats.

Leaves to others: the event as a whole and its merge units (`event`), turning wall times into
instants (`recurrence`), and every wire format (`calendars.ical`, the providers' mappings).

Times here are *wall times*: naive datetimes in a named zone, as a calendar keeps them. A series
at nine stays at nine whatever the clocks do, so nothing is made UTC before it is expanded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeAlias

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"
Units: TypeAlias = Mapping[str, JSON]

FIRST_YEAR, LAST_YEAR = 1600, 9900


class EventStatus(StrEnum):
    """RFC 5545, 3.8.1.11."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


class Transparency(StrEnum):
    """Whether the event takes time: RFC 5545, 3.8.2.7."""

    OPAQUE = "opaque"
    TRANSPARENT = "transparent"


class Visibility(StrEnum):
    """RFC 5545, 3.8.1.3 (CLASS)."""

    PUBLIC = "public"
    PRIVATE = "private"
    CONFIDENTIAL = "confidential"


class Answer(StrEnum):
    """What an attendee answered: RFC 5545, 3.2.12 (PARTSTAT)."""

    NEEDS_ACTION = "needs-action"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"
    DELEGATED = "delegated"


class Role(StrEnum):
    """RFC 5545, 3.2.16."""

    CHAIR = "chair"
    REQUIRED = "req-participant"
    OPTIONAL = "opt-participant"
    INFORMED = "non-participant"


def refuse_odd_wall(moment: datetime) -> None:
    """Raise ValueError unless `moment` is a plain wall time within the years we count with."""
    if moment.tzinfo is not None or moment.fold or moment.microsecond:
        raise ValueError("a wall time has no offset, no fold and whole seconds")
    refuse_odd_year(moment)


def refuse_odd_year(day: date) -> None:
    """Raise ValueError outside the years in which date arithmetic cannot overflow."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A start and an end as wall times.

    `zone`: an IANA name; None means floating, that is the zone of whoever looks. `end_zone` is set
    only where the end is kept in another zone than the start (a flight). Zero length is allowed.
    Errors: ValueError for a value that breaks these rules.
    """

    start: datetime
    end: datetime
    zone: str | None
    end_zone: str | None = None

    def __post_init__(self) -> None:
        refuse_odd_wall(self.start)
        refuse_odd_wall(self.end)
        if self.end_zone is not None and (self.zone is None or self.end_zone == self.zone):
            raise ValueError("an end zone is a second zone")
        if self.end_zone is None and self.end < self.start:
            raise ValueError("an event ends at or after its start")

    @classmethod
    def utc(cls, start: int, end: int) -> "Timed":
        """Return the stretch between two instants, UTC epoch seconds, as wall times of UTC."""
        first, last = (datetime.fromtimestamp(each, UTC) for each in (start, end))
        return cls(start=first.replace(tzinfo=None), end=last.replace(tzinfo=None), zone="UTC")

    def moved_to(self, start: datetime) -> "Timed":
        """Return the same stretch starting at the wall time `start` (an instance of a series)."""
        end = self.end + (start - self.start)
        return Timed(start=start, end=end, zone=self.zone, end_zone=self.end_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllDay:
    """Whole local dates, half-open: `end` is the first date that is free again.

    Errors: ValueError if it does not last at least a day.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if isinstance(self.start, datetime) or isinstance(self.end, datetime):
            raise ValueError("an all-day event has dates")  # noqa: TRY004 - one error for all rules
        refuse_odd_year(self.start)
        refuse_odd_year(self.end)
        if self.end <= self.start:
            raise ValueError("an all-day event lasts at least a day")

    def moved_to(self, start: date) -> "AllDay":
        """Return as many dates from `start` on (an instance of a series)."""
        return AllDay(start=start, end=start + (self.end - self.start))


When: TypeAlias = Timed | AllDay
OriginalStart: TypeAlias = datetime | date


@dataclass(frozen=True, slots=True, kw_only=True)
class Organizer:
    """Who called the meeting. `address` is a lower-case e-mail address or another URI."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """Somebody in an event. `address` is a lower-case e-mail address or another URI."""

    address: str
    name: str = ""
    answer: Answer = Answer.NEEDS_ACTION
    role: Role = Role.REQUIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraDate:
    """An RDATE: a start of the master's kind, and an end only where a period was given."""

    start: OriginalStart
    end: OriginalStart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """How an event repeats.

    `rules`: RRULE values in the canonical form of `recurrence_rule.canonical_rule`.
    `extra_dates`: sorted. Excluded dates are not here: they are cancelled exceptions.
    `only_exceptions`: the calendar holds single instances of somebody else's series and not the
    series itself, so the master's own time is no occurrence.
    """

    rules: tuple[str, ...] = ()
    extra_dates: tuple[ExtraDate, ...] = ()
    only_exceptions: bool = False
