"""The application with a mail server beside it, and the means to post and to send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.app import create_app
from booking.calendars.models import Connection
from booking.core.clock import FrozenClock
from booking.db import db, reading, writing
from booking.jobs.build import build_runner
from booking.mail.models import MailMessage
from booking.mail.outbox import MailOutbox
from booking.mail.values import Mail
from booking.settings import Settings
from tests.servers.smtp_sink import Sink, running_sink


@dataclass
class Post:
    """An installation that sends mails: `post` keeps them, `work` does what is due."""

    app: Flask
    clock: FrozenClock

    @property
    def outbox(self) -> MailOutbox:
        outbox: MailOutbox = self.app.extensions["booking"].mail.outbox
        return outbox

    def post(self, *mails: Mail) -> tuple[int, ...]:
        with writing() as session:
            return self.outbox.post(session, *mails)

    def work(self, **later: float) -> None:
        """Move on by `later`, keep the tick, run the jobs that are due."""
        self.clock.advance(**later)
        self.outbox.ask_due()
        runner = build_runner(self.app)
        for job_id in runner.due():
            runner.run(job_id)

    def row(self, mail_id: int) -> MailMessage:
        with reading() as session:
            return session.get_one(MailMessage, mail_id)

    def state(self, mail_id: int) -> str:
        return self.row(mail_id).state

    def disable(self, session: Session, user_id: int) -> None:
        session.get_one(User, user_id).disabled_at = self.clock.now()

    def connection(self, user_id: int) -> int:
        """Store an account of a host, on a server that never answers; return its id."""
        row = Connection(
            user_id=user_id,
            provider="caldav",
            url="http://127.0.0.1:1/",
            username="host@dav.example",
            created_at=self.clock.now(),
        )
        with writing() as session:
            session.add(row)
        return row.id


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as server:
        yield server


def posting(settings: Settings, clock: FrozenClock, url: str) -> Iterator[Post]:
    """Run an installation whose mails go to `url`."""
    whole = replace(
        settings,
        smtp_url=url,
        mail_from="Booking <booking@book.example>",
        base_url="https://book.example",
    )
    app = create_app(whole, clock)
    with app.app_context():
        yield Post(app, clock)
        db.engine.dispose()


@pytest.fixture
def post(sqlite_settings: Settings, clock: FrozenClock, sink: Sink) -> Iterator[Post]:
    yield from posting(sqlite_settings, clock, f"smtp://127.0.0.1:{sink.port}")


@pytest.fixture
def either_post(either_settings: Settings, clock: FrozenClock, sink: Sink) -> Iterator[Post]:
    yield from posting(either_settings, clock, f"smtp://127.0.0.1:{sink.port}")


@pytest.fixture
def unconfigured(sqlite_settings: Settings, clock: FrozenClock) -> Iterator[Post]:
    yield from posting(sqlite_settings, clock, "")
