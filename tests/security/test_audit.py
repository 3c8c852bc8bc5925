"""The audit chain shows every change to what was written."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.core.clock import FrozenClock
from booking.db import reading, writing
from booking.security import audit
from booking.security.models import AuditEntry


def write(clock: FrozenClock, action: str) -> None:
    with writing() as session:
        audit.record(session, clock.now(), "user:1", action, "user:1", reason="test", count=2)


def entries() -> list[AuditEntry]:
    with reading() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def broken() -> int | None:
    with reading() as session:
        return audit.first_broken(session)


def test_an_untouched_chain_is_whole(either_app: Flask, clock: FrozenClock) -> None:
    for action in ("login.succeeded", "key.created", "key.revoked"):
        write(clock, action)
        clock.advance(seconds=0.25)

    assert broken() is None
    assert len(entries()) == 3


def test_an_empty_chain_is_whole(either_app: Flask) -> None:
    assert broken() is None


@pytest.mark.parametrize("change", [{"action": "nothing"}, {"details": {}}, {"actor": "user:2"}])
def test_a_changed_entry_is_found(
    either_app: Flask, clock: FrozenClock, change: dict[str, object]
) -> None:
    for action in ("a", "b", "c"):
        write(clock, action)
    second = entries()[1].id

    with writing() as session:
        session.execute(update(AuditEntry).where(AuditEntry.id == second).values(**change))

    assert broken() == second


def test_a_removed_entry_is_found(either_app: Flask, clock: FrozenClock) -> None:
    for action in ("a", "b", "c"):
        write(clock, action)
    _, second, third = entries()

    with writing() as session:
        session.delete(second)

    assert broken() == third.id


def test_retention_leaves_a_whole_chain(either_app: Flask, clock: FrozenClock) -> None:
    write(clock, "old")
    clock.advance(days=366)
    write(clock, "new")
    write(clock, "newer")

    with writing() as session:
        assert audit.purge_audit(session, clock.now() - timedelta(days=365)) == 1

    assert broken() is None
    write(clock, "newest")
    assert broken() is None


def test_entries_written_at_once_still_form_one_chain(
    either_app: Flask, clock: FrozenClock
) -> None:
    def work() -> None:
        with either_app.app_context():
            write(clock, "raced")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(entries()) == 8
    assert broken() is None
