"""Why a date offers what it offers: the value behind `/slots/explain` and the troubleshooter.

Instants are UTC epoch seconds, stretches are half-open. One form for an event type with one host
and for one with several hosts and resources, called members here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from booking.availability.reasons import ReasonCode
from booking.core.instants import Instant
from booking.core.spans import Spans


class LaneKind(StrEnum):
    """What a lane of a day's timeline shows; the names of the API."""

    WORKING_HOURS = "working_hours"
    OUT_OF_OFFICE = "out_of_office"
    CALENDAR = "calendar"
    BOOKINGS = "bookings"
    HOLDS = "holds"
    RULES = "rules"
    OFFERED = "offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A host, or a resource (which has no time zone), of the event type."""

    member_id: int
    name: str
    time_zone: str | None

    @property
    def is_host(self) -> bool:
        """Tell a host from a resource."""
        return self.time_zone is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason against a start, with the names behind it; None is an end that is not there.

    `rule` as in `availability.reasons.Reason`. `member_id` is set where it concerns one of several
    members. A calendar is named to whom it belongs, a booking (uid and title) to who may open it.
    """

    code: ReasonCode
    start: Instant | None
    end: Instant | None
    rule: str | None = None
    calendar_id: int | None = None
    calendar_name: str | None = None
    booking_uid: str | None = None
    booking_title: str | None = None
    member_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedStart:
    """A start on the grid: offered if and only if it has no `causes`.

    `absent` is why single members cannot serve a start that the others serve without them; `free`
    are the hosts who can, where there are several.
    """

    start: Instant
    end: Instant
    causes: tuple[Cause, ...]
    absent: tuple[Cause, ...] = ()
    free: tuple[int, ...] = ()

    @property
    def is_offered(self) -> bool:
        """Tell whether it can be booked now."""
        return not self.causes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A block of a lane; `before` and `after` are the seconds of buffer that it brings along.

    `uid` and `title` name a booking, `code` and `rule` what a lane of rules shows. A rule may have
    no beginning or no end; everything else has both.
    """

    start: Instant | None
    end: Instant | None
    before: int = 0
    after: int = 0
    uid: str | None = None
    title: str | None = None
    code: ReasonCode | None = None
    rule: str | None = None

    def touches(self, since: int, until: int) -> bool:
        """Tell whether it reaches into `[since, until)`, buffers included."""
        start = since if self.start is None else self.start - self.before
        end = until if self.end is None else self.end + self.after
        return start < until and (end > since or start >= since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One row of a day's timeline; of all members where `member_id` is None."""

    kind: LaneKind
    stretches: tuple[Stretch, ...]
    member_id: int | None = None
    calendar_id: int | None = None
    calendar_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedDate:
    """A date of the asker's calendar, its ends, and all that was considered in it.

    `host_hours` are each host's own working hours, where there are several members.
    """

    date: date
    since: Instant
    until: Instant
    hours: Spans
    host_hours: tuple[tuple[int, Spans], ...]
    starts: tuple[ExplainedStart, ...]
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Dates in order; `members` are the hosts, then the resources, one alone among them."""

    members: tuple[Member, ...]
    dates: tuple[ExplainedDate, ...]

    @property
    def is_shared(self) -> bool:
        """Tell whether more than one host or resource is needed or can be chosen."""
        return len(self.members) > 1
