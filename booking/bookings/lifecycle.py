"""Which change of a booking is allowed, and what follows from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from booking.core.errors import IllegalTransition
from booking.core.event import EventStatus


class Step(StrEnum):
    """What somebody wants to do with a booking."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    REASSIGN = "reassign"
    NO_SHOW = "no_show"
    EXPIRE = "expire"


class EventKind(StrEnum):
    """What happened to a booking, as its history tells it."""

    CREATED = "created"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    REASSIGNED = "reassigned"
    NO_SHOW = "no_show"
    LINKED = "linked"


EVENT_STATUS: Final[Mapping[str, EventStatus]] = {
    "pending": EventStatus.TENTATIVE,
    "confirmed": EventStatus.CONFIRMED,
    "declined": EventStatus.CANCELLED,
    "cancelled": EventStatus.CANCELLED,
}
"""What calendar files say of a booking by its status."""

_NEXT = {
    ("pending", Step.CONFIRM): "confirmed",
    ("pending", Step.DECLINE): "declined",
    ("pending", Step.EXPIRE): "declined",
    ("pending", Step.CANCEL): "cancelled",
    ("pending", Step.RESCHEDULE): "pending",
    ("pending", Step.REASSIGN): "pending",
    ("confirmed", Step.CANCEL): "cancelled",
    ("confirmed", Step.RESCHEDULE): "confirmed",
    ("confirmed", Step.REASSIGN): "confirmed",
    ("confirmed", Step.NO_SHOW): "confirmed",
}
_KINDS = {
    Step.CONFIRM: EventKind.CONFIRMED,
    Step.DECLINE: EventKind.DECLINED,
    Step.CANCEL: EventKind.CANCELLED,
    Step.RESCHEDULE: EventKind.RESCHEDULED,
    Step.REASSIGN: EventKind.REASSIGNED,
    Step.NO_SHOW: EventKind.NO_SHOW,
    Step.EXPIRE: EventKind.EXPIRED,
}
_WORDS = {
    "pending": "is waiting for the host's answer",
    "confirmed": "is confirmed",
    "declined": "was declined",
    "cancelled": "was cancelled",
}
_VERBS = {
    Step.CONFIRM: "be confirmed",
    Step.DECLINE: "be declined",
    Step.CANCEL: "be cancelled",
    Step.RESCHEDULE: "be moved",
    Step.REASSIGN: "be given to another host",
    Step.NO_SHOW: "be missed",
    Step.EXPIRE: "expire",
}
_WHILE_AHEAD = {Step.CONFIRM, Step.REASSIGN}
_GUESTS_WHILE_AHEAD = {Step.CANCEL, Step.RESCHEDULE}


def next_status(status: str, step: Step, *, asks_again: bool = False) -> str:
    """Return the status after `step`.

    `asks_again`: a guest moved a booking that needs the host's word, so it is pending again.
    Errors: IllegalTransition, naming the present state.
    """
    following = _NEXT.get((status, step))
    if following is None:
        raise IllegalTransition(f"This booking {_WORDS[status]}, so it can't {_VERBS[step]}.")
    return "pending" if asks_again and step is Step.RESCHEDULE else following


def check_time(step: Step, *, starts_at: int, now: int, by_guest: bool = False) -> None:
    """Refuse a step that comes too late or too early; both times are UTC epoch seconds.

    Errors: IllegalTransition.
    """
    if starts_at > now:
        if step is Step.NO_SHOW:
            raise IllegalTransition("This booking has not begun, so nobody has missed it yet.")
        return
    if step in _WHILE_AHEAD or (by_guest and step in _GUESTS_WHILE_AHEAD):
        raise IllegalTransition(f"This booking has begun, so it can't {_VERBS[step]} any more.")


def first_kind(status: str) -> EventKind:
    """Return with what the history of a booking begins that was made with this status."""
    return EventKind.REQUESTED if status == "pending" else EventKind.CREATED


def kind_of(step: Step) -> EventKind:
    """Return what the history calls a step that was taken."""
    return _KINDS[step]


def blocks(status: str, *, pending_blocks: bool) -> bool:
    """Tell whether a booking of this status occupies its time."""
    return status == "confirmed" or (status == "pending" and pending_blocks)


def stands_in_calendar(status: str) -> bool:
    """Tell whether a booking of this status has an event in the destination calendar."""
    return status == "confirmed"


def claimed_span(
    starts_at: int, ends_at: int, *, before_minutes: int, after_minutes: int
) -> tuple[int, int]:
    """Return the span that a claim covers: the slot with both buffers, UTC epoch seconds."""
    return starts_at - before_minutes * 60, ends_at + after_minutes * 60
