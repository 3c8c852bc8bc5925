"""`booking doctor`, `backup`, `restore`, `keys`: as they are typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from booking.app import create_app
from booking.core.clock import SystemClock
from booking.db import db
from booking.jobs.worker import heartbeat
from booking.settings import Settings
from tests.calendars.accounts import make_user
from tests.cli.console import Console
from tests.upkeep.sealed import open_secrets, seal_connections

NEW = bytes([7]) * 32
USER = ("user", "create", "--name", "Some", "--time-zone", "UTC", "--username")


def _beat(settings: Settings) -> None:
    with create_app(settings).app_context():
        heartbeat(SystemClock())()
        db.engine.dispose()


def test_a_healthy_installation_is_told_in_json_and_by_the_exit_code(console: Console) -> None:
    _beat(console.settings)

    answer = console.answer("doctor", "--json")

    assert answer["healthy"] is True
    assert {"check", "level", "detail", "remedy"} == set(answer["findings"][0])


def test_a_broken_one_is_told_in_json_and_by_the_exit_code(either_console: Console) -> None:
    answer = either_console.answer("doctor", "--json", code=1)

    broken = [one["check"] for one in answer["findings"] if one["level"] == "broken"]
    assert answer["healthy"] is False
    assert broken == ["worker"]


def test_people_read_a_line_for_each_finding(console: Console) -> None:
    lines = console.run("doctor").stdout.splitlines()

    assert any(line.startswith("BROKEN   worker: ") for line in lines)
    assert any(line.startswith("ok       schema: ") for line in lines)


def test_a_backup_is_restored_by_hand(either_console: Console, tmp_path: Path) -> None:
    file = str(tmp_path / "backup")
    either_console.run(*USER, "some", "--email", "some@example.test")
    made = either_console.run("backup", file)
    either_console.run(*USER, "edsger", "--email", "edsger@example.test")

    restored = either_console.run("restore", file)

    assert (made.exit_code, restored.exit_code) == (0, 0), made.output + restored.output
    again = either_console.run(*USER, "edsger", "--email", "edsger@example.test")
    assert again.exit_code == 0, again.output
    taken = either_console.run(*USER, "some", "--email", "some@example.test")
    assert taken.exit_code == 1


def test_what_is_no_backup_is_refused_in_one_line(either_console: Console, tmp_path: Path) -> None:
    file = tmp_path / "bad"
    file.write_text("no backup")

    result = either_console.run("restore", str(file))

    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1


def test_keys_are_rotated_and_the_old_one_can_go(console: Console) -> None:
    old = console.settings.credential_keys[0]
    with create_app(console.settings).app_context():
        seal_connections(make_user(), old, 2)
        db.engine.dispose()
    ring = Console(replace(console.settings, credential_keys=(NEW, old)))

    assert ring.answer("keys", "rotate") == {"rotated": 2, "current": 0, "unreadable": 0}
    assert ring.answer("keys", "rotate") == {"rotated": 0, "current": 2, "unreadable": 0}

    alone = replace(console.settings, credential_keys=(NEW,))
    with create_app(alone).app_context():
        assert open_secrets(NEW) == ["secret 0", "secret 1"]
        db.engine.dispose()


def test_a_lost_key_is_told_by_the_exit_code(console: Console) -> None:
    with create_app(console.settings).app_context():
        seal_connections(make_user(), console.settings.credential_keys[0])
        db.engine.dispose()
    ring = Console(replace(console.settings, credential_keys=(NEW,)))

    assert ring.answer("keys", "rotate", code=1)["unreadable"] == 1
