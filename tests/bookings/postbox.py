"""A desk whose changes are told by mail to a real server."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import icalendar
from flask import Flask
from sqlalchemy import update

from booking.accounts.models import User
from booking.bookings.values import BookingView
from booking.db import db, reading, writing
from booking.jobs import mail
from booking.jobs.build import build_runner
from booking.queue import outbox
from booking.queue.models import Job
from booking.wiring import Services
from tests.bookings.desk import Desk
from tests.mail.scene import parts_of
from tests.servers.smtp_sink import Received, Sink


@dataclass(frozen=True, slots=True, kw_only=True)
class Postbox:
    """The desk, and the server that its mails go to."""

    app: Flask
    desk: Desk
    sink: Sink

    @property
    def services(self) -> Services:
        return self.desk.services

    def work(self, **later: float) -> list[Received]:
        """Move on by `later`, do all jobs that are due; return what has arrived meanwhile."""
        before = len(self.sink.received)
        self.desk.clock.advance(**later)
        mail.ask_due(self.services)()
        runner = build_runner(self.app)
        while due := self._due():
            for job_id in due:
                runner.run(job_id)
        return self.sink.received[before:]

    def _due(self) -> list[int]:
        with reading() as session:
            return [
                job_id
                for job_id in outbox.due(session, self.desk.clock.now())
                if session.get_one(Job, job_id).kind != "bookings.write"
            ]

    def told(self, **later: float) -> dict[str, str]:
        """Work; return what the mails that arrived are headed with, by whom they went to."""
        return {one.recipient: headline(one.message) for one in self.work(**later)}

    def speak(self, desk: Desk, locale: str, time_zone: str) -> None:
        """Let a host have another language and zone."""
        with writing() as session:
            session.execute(
                update(User)
                .where(User.id == desk.host_id)
                .values(locale=locale, time_zone=time_zone)
            )
        db.session.remove()

    def listed(self, booking: BookingView) -> list[tuple[str, str, str]]:
        """Return a booking's mails as its host sees them: kind, to whom, state."""
        found = self.services.telling.mails.list(booking.uid, host_id=self.desk.host_id)
        return [(each.kind, each.recipient, each.state) for each in found]


def headline(message: EmailMessage) -> str:
    """Return the first line that a person reads."""
    (text,) = parts_of(message, "text/plain")
    return text.splitlines()[0]


def words(message: EmailMessage) -> str:
    """Return the text of a mail."""
    (text,) = parts_of(message, "text/plain")
    return text.replace("\r\n", "\n")


def invitation(message: EmailMessage) -> dict[str, Any] | None:
    """Return the calendar object of a mail, as an independent parser reads it; None without."""
    bodies = parts_of(message, "text/calendar")
    if not bodies:
        return None
    (body,) = bodies
    calendar: Any = icalendar.Calendar.from_ical(body)
    (event,) = calendar.walk("VEVENT")
    return {
        "method": str(calendar["METHOD"]),
        "uid": str(event["UID"]),
        "title": str(event["SUMMARY"]),
        "status": str(event["STATUS"]),
        "sequence": int(event["SEQUENCE"]),
        "start": event["DTSTART"].dt,
        "organizer": str(event["ORGANIZER"]),
    }
