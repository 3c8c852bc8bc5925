"""Which step leads where from which status, and when it comes too late or too early."""

from __future__ import annotations

import pytest

from booking.bookings.lifecycle import (
    EventKind,
    Step,
    check_time,
    first_kind,
    kind_of,
    next_status,
)
from booking.core.errors import IllegalTransition

STATUSES = ("pending", "confirmed", "declined", "cancelled")
LEADS_TO = {
    Step.CONFIRM: ("confirmed", None, None, None),
    Step.DECLINE: ("declined", None, None, None),
    Step.EXPIRE: ("declined", None, None, None),
    Step.CANCEL: ("cancelled", "cancelled", None, None),
    Step.RESCHEDULE: ("pending", "confirmed", None, None),
    Step.REASSIGN: ("pending", "confirmed", None, None),
    Step.NO_SHOW: (None, "confirmed", None, None),
}
TABLE = [
    (status, step, following)
    for step, row in LEADS_TO.items()
    for status, following in zip(STATUSES, row, strict=True)
]
START = 1000


def test_the_table_knows_every_step() -> None:
    assert set(LEADS_TO) == set(Step)


@pytest.mark.parametrize(("status", "step", "following"), TABLE)
def test_every_step_from_every_status(status: str, step: Step, following: str | None) -> None:
    if following is None:
        with pytest.raises(IllegalTransition, match="This booking"):
            next_status(status, step)
    else:
        assert next_status(status, step) == following


@pytest.mark.parametrize("step", Step)
def test_only_a_move_asks_the_host_again(step: Step) -> None:
    following = "pending" if step is Step.RESCHEDULE else LEADS_TO[step][1]
    if following is not None:
        assert next_status("confirmed", step, asks_again=True) == following


@pytest.mark.parametrize(
    ("step", "host_while_ahead", "host_from_its_start_on", "guest_from_its_start_on"),
    [
        (Step.CONFIRM, True, False, False),
        (Step.DECLINE, True, True, True),
        (Step.EXPIRE, True, True, True),
        (Step.CANCEL, True, True, False),
        (Step.RESCHEDULE, True, True, False),
        (Step.REASSIGN, True, False, False),
        (Step.NO_SHOW, False, True, True),
    ],
)
def test_when_a_step_can_be_taken(
    step: Step,
    host_while_ahead: bool,
    host_from_its_start_on: bool,
    guest_from_its_start_on: bool,
) -> None:
    assert _may(step, START - 1) is host_while_ahead
    assert _may(step, START) is host_from_its_start_on
    assert _may(step, START, by_guest=True) is guest_from_its_start_on


def _may(step: Step, now: int, *, by_guest: bool = False) -> bool:
    try:
        check_time(step, starts_at=START, now=now, by_guest=by_guest)
    except IllegalTransition:
        return False
    return True


def test_every_kind_of_the_history_is_a_beginning_a_step_or_a_late_link() -> None:
    beginnings = {first_kind("pending"), first_kind("confirmed")}
    steps = {kind_of(step) for step in Step}

    assert beginnings | steps | {EventKind.LINKED} == set(EventKind)
