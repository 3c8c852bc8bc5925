"""The `booking` command: what it refuses, what it prints, how it ends."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from booking.db import db
from booking.settings import Settings, foreign_environment
from tests.cli.console import Console
from tests.servers.booking_server import environment_of

WSGI = Path(__file__).parents[2] / "wsgi.py"
USER = (
    *("user", "create", "--email", "some@example.test", "--name", "Some"),
    *("--username", "some", "--time-zone", "Europe/Berlin"),
)


@pytest.fixture
def empty(settings_template: Settings, tmp_path: Path) -> Console:
    """A console on a database that does not exist yet."""
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    return Console(replace(settings_template, database_url=url))


def _tables(console: Console) -> set[str]:
    engine = sa.create_engine(console.settings.database_url)
    tables = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return tables


def test_migrating_makes_every_table_and_may_be_repeated(empty: Console) -> None:
    first = empty.run("migrate")
    again = empty.run("migrate")

    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert _tables(empty) == {*db.metadata.tables, "alembic_version"}


@pytest.mark.parametrize("command", [("serve", "--port", "1"), ("worker",)])
def test_nothing_is_served_from_a_database_that_is_not_up_to_date(
    empty: Console, command: tuple[str, ...]
) -> None:
    result = empty.run(*command)

    assert result.exit_code == 1
    assert "booking migrate" in result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_a_worker_without_redis_says_what_does_the_work(console: Console) -> None:
    result = console.run("worker")

    assert result.exit_code == 1
    assert "BOOKING_REDIS_URL" in result.stderr
    assert "booking serve" in result.stderr


def test_bad_settings_are_all_listed_at_once(console: Console) -> None:
    bad = {
        "BOOKING_SECRET_KEY": "short",
        "BOOKING_CREDENTIAL_KEYS": "bm90IDMyIGJ5dGVz,also-bad",
        "BOOKING_DATABASE_URL": "mysql://localhost/x",
        "BOOKING_REDIS_URL": "http://localhost",
        "BOOKING_BASE_URL": "book.example.org/path",
        "BOOKING_TRUSTED_PROXIES": "many",
        "BOOKING_SIGNUP": "perhaps",
        "BOOKING_LOG_FORMAT": "xml",
    }

    result = console.run("migrate", environment=bad)

    assert result.exit_code == 1
    assert all(name in result.stderr for name in bad)
    assert "key 1" in result.stderr
    assert "key 2" in result.stderr
    assert "Traceback" not in result.stderr


def test_missing_secrets_are_named_with_what_they_should_be(console: Console) -> None:
    url = {"BOOKING_DATABASE_URL": console.settings.database_url}

    result = console.run("doctor", environment=url)

    assert result.exit_code == 1
    assert "BOOKING_SECRET_KEY is missing (at least 32 random characters)" in result.stderr
    assert "BOOKING_CREDENTIAL_KEYS is missing" in result.stderr


def test_a_made_user_is_one_json_object(either_console: Console) -> None:
    made = either_console.answer(*USER)

    assert set(made) == {"id", "username", "email"}
    assert (made["username"], made["email"]) == ("some", "some@example.test")


def test_an_api_key_is_shown_once_and_works(console: Console) -> None:
    made = console.answer(*USER, "--api-key", "--password-stdin", said="a long enough secret\n")

    app = console._make(console.settings)
    with app.app_context():
        headers = {"Authorization": f"Bearer {made['api_key']}"}
        me = app.test_client().get("/api/v1/me", headers=headers).get_json()
    console._close()
    assert (me["username"], me["time_zone"]) == ("some", "Europe/Berlin")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        (("--email", "nobody"), "email"),
        (("--time-zone", "Mars/Olympus"), "time_zone"),
        (("--username", "Not A Name"), "username"),
    ],
)
def test_each_fault_of_a_user_is_named(console: Console, more: tuple[str, str], field: str) -> None:
    result = console.run(*USER, *more)

    assert result.exit_code == 1
    assert f"  {field}: " in result.stderr
    assert result.stdout == ""


def test_a_user_that_exists_is_not_touched(console: Console) -> None:
    console.answer(*USER)

    result = console.run(*USER)

    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_help_names_every_command(console: Console) -> None:
    text = console.run("--help").stdout

    commands = ("serve", "worker", "migrate", "demo", "user", "sync", "doctor", "backup", "keys")
    assert all(f"  {name}" in text for name in commands)
    assert "embedded-worker" not in text


def test_flask_runs_the_same_commands(sqlite_settings: Settings, tmp_path: Path) -> None:
    environment = foreign_environment() | environment_of(sqlite_settings)

    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", str(WSGI), *USER],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert '"username": "some"' in done.stdout
