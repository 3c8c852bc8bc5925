"""Backups: consistent while written to, verified, and restored whole or not at all."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.calendars.sync_models import Cursor
from booking.core.clock import FrozenClock
from booking.core.errors import BookingError
from booking.db import db, reading, writing
from booking.queue import outbox
from booking.queue.models import Job
from booking.settings import Settings
from booking.upkeep.backup import back_up, forget_places, restore
from tests.bookings.desk import Desk, bookings, open_desk
from tests.conftest import MONDAY

pytestmark = pytest.mark.usefixtures("either_app")


@pytest.fixture
def desk(either_app: Flask, clock: FrozenClock) -> Desk:
    return open_desk(either_app, clock)


def _restore(settings: Settings, source: Path) -> None:
    """Restore with no connection left open, as after the server was stopped."""
    db.engine.dispose()
    restore(settings, source)


def test_what_is_restored_is_what_was_there(
    desk: Desk, either_settings: Settings, tmp_path: Path
) -> None:
    talk = desk.offer()
    kept = desk.book(talk, "10:00")
    target = tmp_path / "backup"

    size = back_up(either_settings, target)
    desk.cancel(kept)
    desk.book(talk, "12:00")
    _restore(either_settings, target)

    assert size == target.stat().st_size > 0
    assert [booking.uid for booking in bookings()] == [kept.uid]
    assert desk.now(kept).status == "confirmed"


def test_the_guard_against_double_booking_is_restored_too(
    desk: Desk, either_settings: Settings, tmp_path: Path
) -> None:
    back_up(either_settings, tmp_path / "backup")

    _restore(either_settings, tmp_path / "backup")

    findings = {one.check: one.level for one in desk.services.doctor.examine()}
    assert findings["double-booking guard"] == "ok"


def test_a_backup_is_readable_by_its_owner_alone_and_nothing_else_is_left(
    either_settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()

    back_up(either_settings, folder / "backup")

    assert [path.name for path in folder.iterdir()] == ["backup"]
    assert (folder / "backup").stat().st_mode & 0o777 == 0o600


def _add_twins(number: int) -> None:
    """Write two rows in one transaction."""
    with writing() as session:
        for side in ("left", "right"):
            outbox.add(session, "twin", {}, now=MONDAY, dedup_key=f"{side}-{number}")


def test_a_backup_made_while_others_write_is_one_moment(
    either_app: Flask, either_settings: Settings, tmp_path: Path
) -> None:
    acknowledged: list[int] = []
    stop = threading.Event()

    def write() -> None:
        with either_app.app_context():
            while not stop.is_set() and len(acknowledged) < 2000:
                _add_twins(len(acknowledged))
                acknowledged.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    while len(acknowledged) < 5:
        stop.wait(0.01)
    before = len(acknowledged)
    back_up(either_settings, tmp_path / "backup")
    stop.set()
    writer.join()
    _restore(either_settings, tmp_path / "backup")

    with reading() as session:
        rows = session.scalar(select(func.count()).select_from(Job)) or 0
    assert rows % 2 == 0
    assert before * 2 <= rows <= len(acknowledged) * 2


@pytest.mark.parametrize("content", [b"", b"no backup at all", b"SQLite format 3\0" + b"\0" * 2000])
def test_a_file_that_is_no_backup_changes_nothing(
    desk: Desk, either_settings: Settings, tmp_path: Path, content: bytes
) -> None:
    kept = desk.book(desk.offer(), "10:00")
    bad = tmp_path / "bad"
    bad.write_bytes(content)

    with pytest.raises(BookingError):
        _restore(either_settings, bad)

    assert desk.now(kept) == kept


def test_half_a_backup_changes_nothing(
    desk: Desk, either_settings: Settings, tmp_path: Path
) -> None:
    kept = desk.book(desk.offer(), "10:00")
    whole, half = tmp_path / "whole", tmp_path / "half"
    back_up(either_settings, whole)
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    with pytest.raises(BookingError):
        _restore(either_settings, half)

    assert desk.now(kept) == kept


def test_a_file_that_is_not_there_is_named(either_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BookingError, match="absent"):
        restore(either_settings, tmp_path / "absent")


def test_a_backup_that_fails_leaves_the_older_one(
    either_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "backup"
    target.write_text("older")
    monkeypatch.setenv("PATH", str(tmp_path))
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")

    with pytest.raises(BookingError):
        back_up(either_settings, target)

    assert target.read_text() == "older"
    assert not list(tmp_path.glob("backup.part*"))


def test_after_a_restore_every_calendar_is_listed_once_more(desk: Desk) -> None:
    calendar = desk.put_calendar()
    with writing() as session:
        cursor = session.get_one(Cursor, calendar)
        cursor.token, cursor.full_at = "17", MONDAY - timedelta(hours=1)

    forget_places()

    with reading() as session:
        cursor = session.get_one(Cursor, calendar)
    assert (cursor.token, cursor.full_at) == (None, None)
    assert cursor.synced_at == MONDAY
