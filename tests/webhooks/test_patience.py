"""When a delivery is tried again, when it is given up, and when its endpoint is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from booking.webhooks.patience import Answer, next_try, rested_until

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_delivery_is_tried_eight_times_within_28_hours() -> None:
    now, waits = NOON, []
    for tries in range(1, 9):
        due_at = next_try(tries, NOON, now, 0)
        if due_at is None:
            break
        waits.append(int((due_at - now).total_seconds()))
        now = due_at

    assert waits == [5, 300, 1800, 7200, 18_000, 36_000, 36_000]
    assert now - NOON < timedelta(hours=28)


@pytest.mark.parametrize(("asked", "seconds"), [(0, 5), (60, 60), (90_000, 3600)])
def test_a_receiver_may_ask_for_up_to_an_hour(asked: int, seconds: int) -> None:
    assert next_try(1, NOON, NOON, asked) == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 5), (2, 10), (3, 20), (7, 300), (99, 300)])
def test_an_endpoint_rests_longer_with_each_failure(failures: int, seconds: int) -> None:
    assert rested_until(failures, NOON, 0) == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "said"),
    [(200, ""), (299, ""), (301, "redirect"), (404, "HTTP 404"), (410, "any more"), (500, "2xx")],
)
def test_only_2xx_counts_as_received(status: int, said: str) -> None:
    answer = Answer(status=status)

    assert answer.is_success is (said == "")
    assert said in answer.fault
