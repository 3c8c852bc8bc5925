"""The database itself refuses two active claims of one host that overlap."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import DBAPIError

from booking.bookings.models import Claim
from booking.bookings.store import is_overlap
from booking.db import writing
from tests.bookings.desk import Desk, claims

HOST = 7
OTHER = 8


def _claim(start: int, end: int, subject: int = HOST, *, active: bool = True) -> None:
    """Insert a claim past all of the program's own checks."""
    with writing() as session:
        row = {"subject_id": subject, "starts_at": start, "ends_at": end, "active": active}
        session.connection().execute(insert(Claim), [row])


def _change(start: int, **values: Any) -> None:
    with writing() as session:
        statement = update(Claim).where(Claim.starts_at == start).values(**values)
        session.connection().execute(statement)


@pytest.mark.parametrize(
    ("start", "end"),
    [(100, 200), (150, 160), (50, 101), (199, 300), (0, 1000)],
    ids=["same", "inside", "over the start", "over the end", "around"],
)
def test_an_overlapping_claim_is_refused(either_desk: Desk, start: int, end: int) -> None:
    _claim(100, 200)

    with pytest.raises(DBAPIError) as refusal:
        _claim(start, end)

    assert is_overlap(refusal.value)
    assert claims() == [(100, 200, True)]


def test_claims_that_touch_stand_side_by_side(either_desk: Desk) -> None:
    _claim(100, 200)

    _claim(200, 300)
    _claim(0, 100)

    assert len(claims()) == 3


def test_other_subjects_and_inactive_claims_may_overlap(either_desk: Desk) -> None:
    _claim(100, 200)

    _claim(100, 200, OTHER)
    _claim(100, 200, active=False)

    assert len(claims()) == 3


def test_moving_a_claim_onto_another_is_refused(either_desk: Desk) -> None:
    _claim(100, 200)
    _claim(300, 400)

    with pytest.raises(DBAPIError) as refusal:
        _change(300, starts_at=150, ends_at=250)

    assert is_overlap(refusal.value)
    assert claims() == [(100, 200, True), (300, 400, True)]


def test_activating_a_claim_over_another_is_refused(either_desk: Desk) -> None:
    _claim(100, 200)
    _claim(101, 200, active=False)

    with pytest.raises(DBAPIError) as refusal:
        _change(101, active=True)

    assert is_overlap(refusal.value)


def test_giving_a_claim_to_an_occupied_host_is_refused(either_desk: Desk) -> None:
    _claim(100, 200)
    _claim(101, 200, OTHER)

    with pytest.raises(DBAPIError) as refusal:
        _change(101, subject_id=HOST)

    assert is_overlap(refusal.value)


def test_a_claim_may_move_over_its_own_old_place(either_desk: Desk) -> None:
    _claim(100, 200)

    _change(100, starts_at=150, ends_at=250)

    assert claims() == [(150, 250, True)]


@pytest.mark.parametrize(("start", "end"), [(200, 200), (200, 100), (0, 345_601)])
def test_a_claim_lasts_and_is_no_longer_than_four_days(
    either_desk: Desk, start: int, end: int
) -> None:
    with pytest.raises(DBAPIError):
        _claim(start, end)

    assert claims() == []


def test_a_long_claim_is_guarded_to_its_last_second(either_desk: Desk) -> None:
    _claim(0, 345_600)

    with pytest.raises(DBAPIError):
        _claim(345_599, 345_700)

    _claim(345_600, 345_700)
