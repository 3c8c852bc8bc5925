"""Checks an installation; each finding says what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from booking.calendars.models import Connection, ConnectionStatus
from booking.core.clock import Clock
from booking.db import db, reading
from booking.mail.errors import MailServerAway
from booking.mail.models import MailMessage, MailState
from booking.mail.smtp import opened, relay_of
from booking.queue.models import Job, JobState
from booking.queue.workers import last_seen
from booking.security.cipher import Cipher, SealBroken, place
from booking.settings import Settings
from booking.upkeep import schema
from booking.webhooks.models import Webhook
from booking.webhooks.sending import secret_place

_SAFE_SQLITE = (3, 51, 3)
_WORKER_SILENCE = timedelta(minutes=1)
_MAIL_NEWS = timedelta(days=7)
_CLOCK_DRIFT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's outcome: level `ok`, `warning` or `broken`, and what to do."""

    check: str
    level: str
    detail: str
    remedy: str = ""


class Doctor:
    """Looks at database, schema, queue, worker, clock, mail, secrets and every connection."""

    def __init__(self, settings: Settings, clock: Clock, cipher: Cipher) -> None:
        self._settings = settings
        self._clock = clock
        self._cipher = cipher

    def examine(self) -> tuple[Finding, ...]:
        """Return all findings; a database that is away, or of another schema, is the only one."""
        try:
            findings = [*self._database()]
            if findings[0].level == "broken":
                return tuple(findings)
            checks: tuple[Callable[[], Iterator[Finding]], ...] = (
                self._redis,
                self._worker,
                self._dead_jobs,
                self._mail_server,
                self._dead_mails,
                self._address,
                self._connections,
                self._webhooks,
            )
            for check in checks:
                findings.extend(check())
        except DBAPIError:
            return (_broken("database", "The database does not answer.", "Check DATABASE_URL."),)
        return tuple(findings)

    def _database(self) -> Iterator[Finding]:
        present, wanted = schema.present_revision(), schema.wanted_revision()
        if present != wanted:
            yield _broken(
                "schema", f"It stands at {present}, not {wanted}.", "Run `booking migrate`."
            )
            return
        yield _ok("schema", f"At {present}.")
        yield self._guard()
        if self._settings.is_sqlite:
            yield _sqlite_version()
        else:
            yield self._database_clock()

    def _guard(self) -> Finding:
        with reading() as session:
            if session.get_bind().dialect.name == "postgresql":
                query = "SELECT count(*) FROM pg_constraint WHERE conname = 'claims_do_not_overlap'"
                present = session.scalar(text(query)) == 1
            else:
                query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE "
                present = session.scalar(text(query + "'claims_do_not_overlap_%'")) == 2
        if present and "claims" in inspect(db.engine).get_table_names():
            return _ok("double-booking guard", "The database refuses overlapping claims.")
        return _broken(
            "double-booking guard",
            "The database's guard against overlapping claims is missing.",
            "Restore a backup, or migrate down and up again on a copy.",
        )

    def _database_clock(self) -> Finding:
        with reading() as session:
            theirs: datetime = session.execute(text("SELECT now()")).scalar_one()
        drift = abs(theirs - self._clock.now())
        if drift > _CLOCK_DRIFT:
            return _broken("clock", f"It differs from the database's by {drift}.", "Use NTP.")
        return _ok("clock", "It agrees with the database's.")

    def _redis(self) -> Iterator[Finding]:
        if self._settings.redis_url is None:
            yield _ok("queue", "The embedded worker asks the database itself.")
            return
        from redis.exceptions import RedisError  # noqa: PLC0415 - eight megabytes

        from booking.queue.redis_bell import connect_redis  # noqa: PLC0415 - see above

        try:
            connect_redis(self._settings.redis_url).ping()
        except RedisError:
            yield _broken("queue", "Redis does not answer.", "Check REDIS_URL and the server.")
        else:
            yield _ok("queue", "Redis answers.")

    def _worker(self) -> Iterator[Finding]:
        with reading() as session:
            seen = last_seen(session)
        if seen is None or self._clock.now() - seen > _WORKER_SILENCE:
            since = seen.isoformat(timespec="seconds") if seen else "ever"
            yield _broken(
                "worker",
                f"No worker has been heard of since {since}.",
                "Start `booking serve`, or `booking worker` where Redis is configured.",
            )
        else:
            yield _ok("worker", f"Last heard of at {seen.isoformat(timespec='seconds')}.")

    def _dead_jobs(self) -> Iterator[Finding]:
        with reading() as session:
            query = select(Job.kind, func.count()).where(Job.state == JobState.DEAD)
            for kind, number in session.execute(query.group_by(Job.kind)):
                yield Finding(
                    check="jobs",
                    level="warning",
                    detail=f"{number} of kind {kind} were given up.",
                    remedy="See the bookings or calendars they belong to.",
                )

    def _mail_server(self) -> Iterator[Finding]:
        if not self._settings.smtp_url:
            yield Finding(
                check="mail",
                level="warning",
                detail="No mail server is set, so mails are listed and not sent.",
                remedy="Set SMTP_URL and MAIL_FROM.",
            )
            return
        try:
            with opened(relay_of(self._settings.smtp_url, self._settings.provider_ca_bundle)):
                yield _ok("mail", "The mail server lets us in.")
        except MailServerAway as error:
            yield _broken("mail", error.message, "Check SMTP_URL: address, port, TLS, password.")

    def _dead_mails(self) -> Iterator[Finding]:
        with reading() as session:
            query = select(func.count()).where(
                MailMessage.state == MailState.DEAD,
                MailMessage.created_at > self._clock.now() - _MAIL_NEWS,
            )
            number = session.scalar(query)
        if number:
            yield Finding(
                check="mails",
                level="warning",
                detail=f"{number} of the last week were given up.",
                remedy="Hosts see them with the reason under Bookings, and send them again.",
            )

    def _address(self) -> Iterator[Finding]:
        if self._settings.is_https and self._settings.trusted_proxies == 0:
            yield Finding(
                check="address",
                level="warning",
                detail="BASE_URL is https, yet no proxy is trusted.",
                remedy="Set TRUSTED_PROXIES to the number of proxies, or limits per address fail.",
            )

    def _connections(self) -> Iterator[Finding]:
        with reading() as session:
            for row in session.scalars(select(Connection).order_by(Connection.id)):
                yield self._connection(row)

    def _connection(self, row: Connection) -> Finding:
        check = f"connection {row.provider} of user {row.user_id}"
        if row.secret is not None:
            try:
                self._cipher.open(row.secret, place("connections", row.id, "secret"))
            except SealBroken as error:
                return _broken(check, error.message, "Put the key back into CREDENTIAL_KEYS.")
        if row.status == ConnectionStatus.CONNECTED:
            return _ok(check, "Connected.")
        return _broken(check, row.error or row.status, "See the host's calendar settings.")

    def _webhooks(self) -> Iterator[Finding]:
        with reading() as session:
            for row in session.scalars(select(Webhook).order_by(Webhook.id)):
                yield self._webhook(row)

    def _webhook(self, row: Webhook) -> Finding:
        check = f"webhook {row.id} of user {row.user_id}"
        try:
            self._cipher.open(row.secret, secret_place(row.id))
        except SealBroken:
            return _broken(
                check,
                "Its secret cannot be read with the present keys.",
                "Put the key back into CREDENTIAL_KEYS, or let the host make a new secret.",
            )
        if row.disabled_at is None and not row.failures:
            return _ok(check, "Delivering.")
        return Finding(
            check=check,
            level="warning",
            detail=row.disabled_reason or f"Failing since {row.failing_since}.",
            remedy="See its deliveries in the host's settings, under Webhooks.",
        )


def _ok(check: str, detail: str) -> Finding:
    return Finding(check=check, level="ok", detail=detail)


def _broken(check: str, detail: str, remedy: str) -> Finding:
    return Finding(check=check, level="broken", detail=detail, remedy=remedy)


def _sqlite_version() -> Finding:
    version = sqlite3.sqlite_version_info
    if version < _SAFE_SQLITE:
        return Finding(
            check="sqlite",
            level="warning",
            detail=f"SQLite {sqlite3.sqlite_version} has the WAL-reset race (mended in 3.51.3).",
            remedy="Back up daily; use a newer Python build or PostgreSQL for a busy site.",
        )
    return _ok("sqlite", f"SQLite {sqlite3.sqlite_version}.")
