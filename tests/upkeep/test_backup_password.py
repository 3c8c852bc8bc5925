"""The database's password is no argument of a program, where every user of a machine sees it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from booking.settings import Settings
from booking.upkeep.backup import back_up, restore

_SPY = """#!/bin/sh
echo "$0 $*" >> "{log}"
echo "password=$PGPASSWORD secret=$BOOKING_SECRET_KEY" >> "{log}"
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What was said to PostgreSQL's programs, which here only write it down."""
    folder, log = tmp_path / "bin", tmp_path / "log"
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        program = folder / name
        program.write_text(_SPY.format(log=log))
        program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("BOOKING_SECRET_KEY", "not for others")
    return log


def test_the_password_travels_in_the_environment(
    settings_template: Settings, tmp_path: Path, log: Path
) -> None:
    url = "postgresql://some:b%40d%3Asecret@db.example.test:5433/booking?sslmode=require"
    settings = replace(settings_template, database_url=url)

    back_up(settings, tmp_path / "backup")
    restore(settings, tmp_path / "backup")

    said = log.read_text()
    assert "postgresql://some@db.example.test:5433/booking?sslmode=require" in said
    assert "b%40d" not in said
    assert said.count("password=b@d:secret") == 2
    assert "not for others" not in said
