"""What happened along pairs is forgotten in time, however much it is."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, insert, select

from booking.calendars.link_models import SyncPair, SyncRecord
from booking.core.clock import FrozenClock
from booking.db import reading, writing
from booking.sync.policy import MIRROR, TASKS
from tests.calendars.accounts import SIGNED_IN_AT, make_user

MORE_THAN_A_STATEMENT_HAS_PARAMETERS = 66_000


def test_any_number_of_old_records_is_forgotten_at_once(
    either_app: Flask, clock: FrozenClock
) -> None:
    pair_id = _pair(make_user(), MIRROR.name)
    _records(pair_id, clock, days=31, count=MORE_THAN_A_STATEMENT_HAS_PARAMETERS)
    _records(pair_id, clock, days=29, count=1)

    either_app.extensions["booking"].pairs.forget_old()

    assert _count() == 1


def test_records_of_other_policies_stay(app: Flask, clock: FrozenClock) -> None:
    user = make_user()
    _records(_pair(user, MIRROR.name), clock, days=31, count=1)
    _records(_pair(user, TASKS.name), clock, days=31, count=2)

    app.extensions["booking"].pairs.forget_old()

    assert _count() == 2


def _pair(user_id: int, policy: str) -> int:
    with writing() as session:
        pair = SyncPair(policy=policy, user_id=user_id, created_at=SIGNED_IN_AT)
        session.add(pair)
        session.flush()
        return pair.id


def _records(pair_id: int, clock: FrozenClock, *, days: int, count: int) -> None:
    row = {"pair_id": pair_id, "link_id": 1, "kind": "deed", "detail": {}}
    at = clock.now() - timedelta(days=days)
    with writing() as session:
        session.execute(insert(SyncRecord), [{**row, "at": at}] * count)


def _count() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(SyncRecord)) or 0
