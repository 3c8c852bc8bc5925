"""The doctor: what it finds, and what it says to do about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from booking.app import create_app
from booking.core.clock import Clock, FrozenClock, SystemClock
from booking.db import db, writing
from booking.jobs.worker import heartbeat
from booking.mail.models import MailMessage, MailState
from booking.queue import outbox
from booking.security.cipher import Cipher
from booking.settings import Settings
from booking.upkeep.doctor import Doctor, Finding
from tests.calendars.accounts import make_user
from tests.conftest import MONDAY
from tests.servers.process import free_port
from tests.servers.smtp_sink import running_sink
from tests.upkeep.sealed import degrade, seal_connections

GUARD = "double-booking guard"


@pytest.fixture
def settings(either_app: Flask) -> Settings:
    """The settings of an installation whose worker was heard of just now."""
    chosen: Settings = either_app.extensions["booking"].settings
    heartbeat(SystemClock())()
    return chosen


def _examine(
    settings: Settings, clock: Clock | None = None, keys: tuple[bytes, ...] | None = None
) -> dict[str, Finding]:
    doctor = Doctor(settings, clock or SystemClock(), Cipher(keys or settings.credential_keys))
    return {finding.check: finding for finding in doctor.examine()}


def _broken(found: dict[str, Finding]) -> list[str]:
    return [check for check, finding in found.items() if finding.level == "broken"]


def test_an_installation_that_works_has_nothing_broken(settings: Settings) -> None:
    seal_connections(make_user(), settings.credential_keys[0])

    found = _examine(settings)

    assert _broken(found) == []
    assert {"schema", GUARD, "queue", "worker"} <= set(found)
    assert any(check.startswith("connection caldav") for check in found)


def test_everything_broken_comes_with_what_to_do(settings: Settings) -> None:
    (connection,) = seal_connections(make_user(), bytes([9]) * 32)

    found = _examine(settings, FrozenClock(MONDAY - timedelta(days=400)))

    assert connection
    assert all(one.remedy for one in found.values() if one.level != "ok")


def test_a_missing_guard_is_found(settings: Settings) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            "DROP TRIGGER claims_do_not_overlap_update"
            if settings.is_sqlite
            else "ALTER TABLE claims DROP CONSTRAINT claims_do_not_overlap"
        )

    assert GUARD in _broken(_examine(settings))


@pytest.mark.parametrize("revision", [None, "0000"])
def test_another_schema_is_found_and_nothing_else_is_asked(
    settings: Settings, revision: str | None
) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        if revision:
            connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{revision}')")  # noqa: S608

    found = _examine(settings)

    assert _broken(found) == ["schema"] == list(found)
    assert "booking migrate" in found["schema"].remedy


def test_a_silent_worker_is_found(settings: Settings) -> None:
    later = FrozenClock(SystemClock().now() + timedelta(seconds=61))

    found = _examine(settings, later)

    assert "worker" in _broken(found)
    assert "booking serve" in found["worker"].remedy


def test_a_worker_never_heard_of_is_found(app: Flask) -> None:
    found = _examine(app.extensions["booking"].settings)

    assert found["worker"].detail == "No worker has been heard of since ever."


def test_a_clock_that_is_wrong_is_found(postgres_settings: Settings) -> None:
    with create_app(postgres_settings).app_context():
        ahead = FrozenClock(SystemClock().now() + timedelta(seconds=30))
        found = _examine(postgres_settings, ahead)
        db.engine.dispose()

    assert found["clock"].level == "broken"


def test_a_secret_that_no_key_opens_is_found(settings: Settings) -> None:
    user = make_user()
    seal_connections(user, settings.credential_keys[0])

    found = _examine(settings, keys=(bytes([9]) * 32,))

    name = f"connection caldav of user {user}"
    assert _broken(found) == [name]
    assert "CREDENTIAL_KEYS" in found[name].remedy


def test_a_connection_that_waits_for_its_host_is_found(settings: Settings) -> None:
    (connection,) = seal_connections(make_user(), settings.credential_keys[0])
    degrade(connection, "The password was refused.")

    found = _examine(settings)

    (broken,) = _broken(found)
    assert found[broken].detail == "The password was refused."


def test_a_redis_that_does_not_answer_is_found(settings: Settings) -> None:
    away = replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0")

    assert _broken(_examine(away)) == ["queue"]


def test_a_redis_that_answers_is_well(settings: Settings, redis_url: str) -> None:
    found = _examine(replace(settings, redis_url=redis_url))

    assert found["queue"].detail == "Redis answers."


def test_given_up_work_is_a_warning(settings: Settings) -> None:
    with writing() as session:
        job_id = outbox.add(session, "bookings.write", {}, now=MONDAY)
        job = outbox.claim(session, job_id, "worker", MONDAY)
        assert job is not None
        outbox.bury(session, job.id, job.fence, "Given up.", MONDAY)

    found = _examine(settings)

    assert found["jobs"].level == "warning"
    assert "1 of kind bookings.write" in found["jobs"].detail


def test_https_without_a_proxy_is_a_warning(settings: Settings) -> None:
    public = replace(settings, base_url="https://book.example.test")

    assert _examine(public)["address"].level == "warning"
    assert "address" not in _examine(replace(public, trusted_proxies=1))


def test_a_database_that_is_none_ends_the_examination(app: Flask) -> None:
    settings = app.extensions["booking"].settings
    db.engine.dispose()
    Path(settings.database_url.removeprefix("sqlite:///")).write_bytes(b"no database" * 100)

    assert _broken(_examine(settings)) == ["database"]


def test_a_mail_server_that_lets_us_in_is_fine(settings: Settings) -> None:
    with running_sink() as sink:
        found = _examine(replace(settings, smtp_url=f"smtp://127.0.0.1:{sink.port}"))

    assert found["mail"].level == "ok"


def test_a_wrong_mail_setting_is_found(settings: Settings) -> None:
    with running_sink() as sink:
        sink.script.password = "right"
        refused = f"smtp://user:s3cret-pass@127.0.0.1:{sink.port}"
        away = f"smtp://127.0.0.1:{free_port()}"
        found = [_examine(replace(settings, smtp_url=url))["mail"] for url in (refused, away)]

    assert [one.level for one in found] == ["broken", "broken"]
    assert "sign-in" in found[0].detail
    assert "could not be reached" in found[1].detail
    assert all("s3cret" not in one.detail + one.remedy for one in found)


def test_no_mail_server_is_a_warning(settings: Settings) -> None:
    assert _examine(settings)["mail"].level == "warning"


def test_mails_that_were_given_up_are_counted(settings: Settings) -> None:
    now = SystemClock().now()
    with writing() as session:
        session.add_all(
            MailMessage(
                message_id=f"<{number}@test>",
                kind="confirmed",
                part="guest",
                recipient="guest@example.test",
                state=MailState.DEAD,
                due_at=now,
                asked_at=now,
                created_at=now - timedelta(days=5 * number),
            )
            for number in range(3)
        )

    finding = _examine(settings)["mails"]
    assert (finding.level, finding.detail[0]) == ("warning", "2")
