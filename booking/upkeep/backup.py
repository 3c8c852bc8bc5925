"""Backups that are consistent while serving, and verified before they count.

SQLite: its online backup API. PostgreSQL: pg_dump and pg_restore. Credentials stay sealed in a
backup; the keys are not in it.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url, update

from booking.calendars.sync_models import Cursor
from booking.core.errors import BookingError
from booking.db import writing
from booking.settings import Settings, foreign_environment

_AFRESH = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
_VERIFY = "SELECT count(*) FROM alembic_version"


def back_up(settings: Settings, target: Path) -> int:
    """Write a backup to `target` (mode 0600), verify it, and return its size in bytes.

    Errors: BookingError where it cannot be made or does not verify; an older file at `target`
    stays as it was.
    """
    part = target.with_name(target.name + ".part")
    part.touch(mode=0o600)
    part.chmod(0o600)
    try:
        if settings.is_sqlite:
            _copy_sqlite(_sqlite_path(settings), part)
            _verify_sqlite(part)
        else:
            _run(
                "pg_dump",
                "--format=custom",
                f"--file={part}",
                _shown_url(settings),
                secret=settings,
            )
            _run("pg_restore", "--list", str(part))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def restore(settings: Settings, source: Path) -> None:
    """Replace the database by a backup. Stop the server first.

    Errors: BookingError where the file is no sound backup; the database then stays as it was.
    """
    if not source.is_file():
        raise BookingError(f"There is no file {source}.")
    if settings.is_sqlite:
        _verify_sqlite(source)
        _copy_sqlite(source, _sqlite_path(settings))
        return
    _run("pg_restore", "--list", str(source))
    _run("pg_restore", *_AFRESH, f"--dbname={_shown_url(settings)}", str(source), secret=settings)


def forget_places() -> None:
    """Have every calendar listed once more: feeds went on while the backup lay still."""
    with writing() as session:
        session.execute(update(Cursor).values(token=None, full_at=None))


def _sqlite_path(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def _shown_url(settings: Settings) -> str:
    """Return the address for libpq without its password: arguments are seen by all users."""
    url = make_url(settings.database_url)._replace(drivername="postgresql", password=None)
    return url.render_as_string(hide_password=False)


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
        read.backup(write)
        # One file alone, which can be read where nothing can be written.
        write.execute("PRAGMA journal_mode=DELETE")


def _verify_sqlite(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            rows = connection.execute(_VERIFY).fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BookingError(f"{path} is not a sound backup.") from error
    if verdict != "ok" or rows != 1:
        raise BookingError(f"{path} is not a sound backup.")


def _run(program: str, *arguments: str, secret: Settings | None = None) -> None:
    """Run a program of PostgreSQL's; the password of `secret` travels in its environment."""
    password = make_url(secret.database_url).password if secret is not None else None
    environment = foreign_environment() | ({"PGPASSWORD": password} if password else {})
    found = shutil.which(program)
    if found is None:
        raise BookingError(f"{program} is needed for this and was not found.")
    done = subprocess.run(  # noqa: S603 - a fixed program, arguments are not a shell's
        [found, *arguments], capture_output=True, check=False, umask=0o077, env=environment
    )
    if done.returncode != 0:
        raise BookingError(f"{program} failed (exit {done.returncode}).")
