"""When a failed job is tried again, and when it is given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.core.errors import (
    BadAnswer,
    BookingError,
    BreakerOpen,
    InvalidInput,
    NotFound,
    PermissionDenied,
    ReconnectRequired,
    Throttled,
    Unreachable,
    Unsupported,
    VersionConflict,
)
from booking.jobs.retry import RULES, judge
from tests.conftest import MONDAY


def _delay(
    error: Exception, attempts: int = 1, *, kind: str = "other", age: timedelta = timedelta()
) -> float | None:
    """Return after how many seconds it is tried again, None for never."""
    verdict = judge(kind, error, attempts=attempts, created_at=MONDAY - age, now=MONDAY)
    return None if verdict.due_at is None else (verdict.due_at - MONDAY).total_seconds()


@pytest.mark.parametrize(
    ("attempts", "step"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (10, 900), (500, 900)]
)
def test_each_failure_waits_twice_as_long_up_to_a_quarter_of_an_hour(
    attempts: int, step: float
) -> None:
    for _ in range(50):
        delay = _delay(Unreachable(), attempts)
        assert delay is not None
        assert step / 2 <= delay <= step


def test_jobs_that_fail_together_do_not_come_back_together() -> None:
    assert len({_delay(Unreachable(), 5) for _ in range(20)}) > 10


@pytest.mark.parametrize("error", [Unreachable(), BadAnswer(), VersionConflict(), BookingError()])
def test_what_may_pass_is_tried_again(error: BookingError) -> None:
    assert _delay(error, attempts=100) is not None


@pytest.mark.parametrize(
    "error",
    [ReconnectRequired(), PermissionDenied(), Unsupported(), NotFound(), InvalidInput()],
    ids=lambda error: type(error).__name__,
)
def test_what_only_a_person_can_mend_is_given_up_at_once(error: BookingError) -> None:
    assert _delay(error) is None


@pytest.mark.parametrize(("asked", "least"), [(60, 60), (3600, 3600), (86_400, 3600)])
def test_a_server_that_asks_for_patience_gets_it_up_to_an_hour(asked: int, least: int) -> None:
    assert _delay(Throttled(asked)) == least


def test_patience_never_shortens_the_wait() -> None:
    delay = _delay(Throttled(1), attempts=9)

    assert delay is not None
    assert delay >= 450


def test_a_wait_of_our_own_making_is_not_made_longer() -> None:
    delay = _delay(BreakerOpen(7), attempts=100)

    assert delay is not None
    assert 7 <= delay <= 9


def test_a_job_is_given_up_after_three_days() -> None:
    assert _delay(Unreachable(), kind="other", age=timedelta(hours=72)) is not None
    assert _delay(Unreachable(), kind="other", age=timedelta(hours=72, seconds=1)) is None


@pytest.mark.parametrize("kind", ["calendars.refresh", "bookings.write"])
def test_what_serves_a_whole_calendar_is_never_given_up_for_its_age(kind: str) -> None:
    assert _delay(Unreachable(), kind=kind, age=timedelta(days=365)) is not None


def test_an_error_nobody_knows_is_given_up_after_eight_tries() -> None:
    assert _delay(ZeroDivisionError(), attempts=7) is not None
    assert _delay(ZeroDivisionError(), attempts=8) is None


def test_a_kind_without_a_rule_of_its_own_has_the_usual_one() -> None:
    assert _delay(Unreachable(), kind="unheard of", age=timedelta(hours=73)) is None


def test_the_reason_is_our_own_sentence_or_the_errors_name_alone() -> None:
    known = judge("other", Unreachable("Away."), attempts=1, created_at=MONDAY, now=MONDAY)
    unknown = judge(
        "other", ValueError("secret of a guest"), attempts=1, created_at=MONDAY, now=MONDAY
    )

    assert (known.reason, unknown.reason) == ("Away.", "ValueError")


def test_no_rule_waits_longer_than_it_lives() -> None:
    assert all(rule.base <= rule.cap <= rule.max_age.total_seconds() for rule in RULES.values())


def test_a_calendar_that_came_back_is_written_within_half_a_minute() -> None:
    delay = _delay(Unreachable(), attempts=20, kind="bookings.write")

    assert delay is not None
    assert delay <= 30
