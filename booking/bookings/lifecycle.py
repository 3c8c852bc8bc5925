"""Which change of a booking is allowed, and what follows from it. Pure."""

from __future__ import annotations

from enum import StrEnum

from booking.core.errors import IllegalTransition


class Step(StrEnum):
    """What somebody wants to do with a booking."""

    CONFIRM = "confirm"
    DECLINE = "decline"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    EXPIRE = "expire"


_NEXT = {
    ("pending", Step.CONFIRM): "confirmed",
    ("pending", Step.DECLINE): "declined",
    ("pending", Step.EXPIRE): "declined",
    ("pending", Step.CANCEL): "cancelled",
    ("pending", Step.RESCHEDULE): "pending",
    ("confirmed", Step.CANCEL): "cancelled",
    ("confirmed", Step.RESCHEDULE): "confirmed",
}
_WORDS = {
    "pending": "is waiting for the host's answer",
    "confirmed": "is confirmed",
    "declined": "was declined",
    "cancelled": "was cancelled",
}


def next_status(status: str, step: Step, *, asks_again: bool = False) -> str:
    """Return the status after `step`.

    `asks_again`: a guest moved a booking that needs the host's word, so it is pending again.
    Errors: IllegalTransition, naming the present state.
    """
    following = _NEXT.get((status, step))
    if following is None:
        raise IllegalTransition(f"This booking {_WORDS[status]}, so it can't {step} any more.")
    return "pending" if asks_again and step is Step.RESCHEDULE else following


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
