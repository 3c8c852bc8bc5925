from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.core.instants import EARLIEST, LATEST, Instant, from_instant, to_instant


def test_an_instant_counts_seconds_since_1970() -> None:
    moment = datetime(1970, 1, 2, tzinfo=UTC)

    assert to_instant(moment) == 86_400


def test_the_offset_of_a_moment_does_not_change_its_instant() -> None:
    india = timezone(timedelta(hours=5, minutes=30))

    assert to_instant(datetime(1970, 1, 1, 5, 30, 7, tzinfo=india)) == 7


def test_a_fraction_of_a_second_is_dropped_towards_the_past() -> None:
    assert to_instant(datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)) == -1


def test_a_naive_moment_has_no_instant() -> None:
    naive = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)

    with pytest.raises(ValueError, match="naive"):
        to_instant(naive)


@given(st.integers(EARLIEST, LATEST))
def test_an_instant_survives_the_way_there_and_back(seconds: int) -> None:
    assert to_instant(from_instant(Instant(seconds))) == seconds
