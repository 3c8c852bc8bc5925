"""What a host did by hand to a booking's event, and what is to become of it. Pure.

Rules: docs/sync.md, "The calendar answers back". Time and existence are kept in step; title,
description, place and everything else in the event are the host's to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from booking.calendars.content import event_of
from booking.core.event import EventStatus, Timed
from booking.core.instants import DAY, Instant, to_instant
from booking.core.zones import zone
from booking.sync.ports import Item

GRACE = timedelta(minutes=2)
MOST_AT_ONCE = 3
AT_ONCE = timedelta(hours=1)
PUT_BACK_LATELY = timedelta(days=1)

TOO_MANY = "More than three bookings were changed in this calendar within an hour."
AGAIN = "The event was changed again after it had been put back."
SEVERAL_HOSTS = "The booking concerns other hosts too."
_ALL_DAY = "The event now lasts all day, and a booking needs a time of day."
_TOO_LONG = "The event now lasts longer than a day."
_NO_LENGTH = "The event now has no length."
_OVER = "The time to which the event was moved is over."


class ChangeKind(StrEnum):
    """What was done to a booking's event; `deleted` also where it was marked as cancelled."""

    MOVED = "moved"
    DELETED = "deleted"


class ChangeState(StrEnum):
    """What becomes of it.

    `asking` waits for the host, `following` for the end of the grace, `putting_back` for the
    calendar. `followed` has ended, and is kept to count how many were followed lately.
    """

    ASKING = "asking"
    FOLLOWING = "following"
    PUTTING_BACK = "putting_back"
    FOLLOWED = "followed"


UNDECIDED = (ChangeState.ASKING, ChangeState.FOLLOWING)
"""The states in which a host may accept a change or have the event put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How a booking's event differs from the booking.

    `start` and `end`: where a moved one stands, None where it lasts whole days.
    """

    kind: ChangeKind
    start: Instant | None = None
    end: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What decides beside the host's wish (`on_calendar_change`).

    `at_once` counts the changes of this calendar within the last hour, this one among them;
    `put_back_at` is when this event was put back last; `people` counts the booking's hosts and the
    calendar's owner.
    """

    wish: str
    at_once: int
    put_back_at: datetime | None
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a change; `reason` and `decide_by` as in `CalendarChange`."""

    state: ChangeState
    reason: str | None = None
    decide_by: datetime | None = None


def found_in(item: Item | None, span: tuple[int, int], zone_name: str) -> Found | None:
    """Return how an item differs from a booking with this span; None where it does not.

    `zone_name` is that of wall times without one. An item that cannot be read tells nothing.
    """
    if item is None:
        return Found(kind=ChangeKind.DELETED)
    if item.fault or not item.units:
        return None
    event = event_of(item.units, item.uid)
    if event.status is EventStatus.CANCELLED:
        return Found(kind=ChangeKind.DELETED)
    when = event.when
    if not isinstance(when, Timed):
        return Found(kind=ChangeKind.MOVED)
    clocks = zone(when.zone or zone_name)
    start, end = (to_instant(each.replace(tzinfo=clocks)) for each in (when.start, when.end))
    return None if (start, end) == span else Found(kind=ChangeKind.MOVED, start=start, end=end)


def hindrance(found: Found, now: datetime) -> str | None:
    """Return why a change cannot be accepted as it is, None where it can."""
    if found.kind is ChangeKind.DELETED:
        return None
    if found.start is None or found.end is None:
        return _ALL_DAY
    if found.end <= found.start:
        return _NO_LENGTH
    if found.end - found.start > DAY:
        return _TOO_LONG
    return _OVER if found.end <= to_instant(now) else None


def decide(found: Found, around: Circumstances, now: datetime) -> Decision:
    """Return what becomes of a change that was just noticed.

    Many at once are a fault or a misunderstanding more often than a wish, so they are asked about.
    """
    against = hindrance(found, now)
    if around.at_once > MOST_AT_ONCE and around.wish != "ask":
        return Decision(state=ChangeState.ASKING, reason=against or TOO_MANY)
    is_again = around.put_back_at is not None and now - around.put_back_at < PUT_BACK_LATELY
    if is_again and around.wish != "ask":
        return Decision(state=ChangeState.ASKING, reason=against or AGAIN)
    if around.wish == "restore":
        return Decision(state=ChangeState.PUTTING_BACK)
    if around.wish != "follow" or against is not None:
        return Decision(state=ChangeState.ASKING, reason=against)
    if around.people > 1:
        return Decision(state=ChangeState.ASKING, reason=SEVERAL_HOSTS)
    return Decision(state=ChangeState.FOLLOWING, decide_by=now + GRACE)
