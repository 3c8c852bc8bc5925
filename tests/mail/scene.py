"""Values that the tests of mails share, and a calendar that only follows its mails."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import icalendar

from booking.core.instants import Instant
from booking.mail.messages import compose
from booking.mail.values import House, Mail, Meeting, News, Part, Person, Recipient

NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
START = Instant(1_783_425_600)  # 7 July 2026, 12:00 UTC
HALF_HOUR = 1800
HOUSE = House(sender=Person(address="booking@book.example", name="Booking"), domain="book.example")

MEETING = Meeting(
    uid="b00k1ng",
    ical_uid="b00k1ng@book.example",
    sequence=0,
    title="Intro",
    start=START,
    end=Instant(START + HALF_HOUR),
    hosts=(Person(address="host@example.org", name="Host One"),),
    guest=Person(address="guest1@example.org", name="Guest One"),
    additional_guests=("guest2@example.org",),
    place="Room 1",
    answers=(("What is it about?", "words of the guest"),),
)

GUEST = Recipient(
    address="guest1@example.org", name="Guest One", part=Part.GUEST, time_zone="Europe/Berlin"
)
OTHER = Recipient(address="guest2@example.org", part=Part.OTHER, time_zone="Europe/Berlin")
HOST = Recipient(
    address="host@example.org",
    name="Host One",
    part=Part.HOST,
    time_zone="America/New_York",
    is_verified=True,
)


def mail_of(news: News, to: Recipient = GUEST, *, key: str = "event-1") -> Mail:
    """Return a mail whose recipient has a link to go on."""
    return Mail(event_key=key, news=news, recipient=to, link="https://book.example/b?token=t0ken")


def composed(news: News, to: Recipient = GUEST, *, key: str = "event-1") -> EmailMessage:
    """Return the finished mail."""
    return compose(mail_of(news, to, key=key), HOUSE, NOW)


def speaking(to: Recipient, locale: str, zone: str | None = None) -> Recipient:
    """Return the same person with another language, and maybe zone."""
    return replace(to, locale=locale, time_zone=zone or to.time_zone)


def parts_of(message: EmailMessage, kind: str) -> list[str]:
    """Return the bodies of a content type, decoded."""
    found = [part for part in message.walk() if part.get_content_type() == kind]
    return [_text(part.get_payload(decode=True)) for part in found]


def _text(payload: object) -> str:
    assert isinstance(payload, bytes)
    return payload.decode()


def words_of(message: EmailMessage) -> str:
    """Return everything a person reads in a mail: subject, text, HTML."""
    (text,), (html,) = parts_of(message, "text/plain"), parts_of(message, "text/html")
    return "\n".join((str(message["Subject"]), text, html))


def everything_in(message: EmailMessage) -> str:
    """Return headers and all decoded parts."""
    bodies = [
        _text(part.get_payload(decode=True)) for part in message.walk() if not part.is_multipart()
    ]
    return "\n".join((*(f"{name}: {value}" for name, value in message.items()), *bodies))


@dataclass
class FollowingCalendar:
    """A calendar program that knows nothing but its mails (RFC 5546, 3.2.2 and 3.2.5)."""

    events: dict[str, Any] = field(default_factory=dict)
    organizers: set[str] = field(default_factory=set)

    def read(self, message: EmailMessage) -> None:
        """Do as a mail says; one that is older than what is known does nothing."""
        for body in parts_of(message, "text/calendar"):
            calendar: Any = icalendar.Calendar.from_ical(body)
            (event,) = calendar.walk("VEVENT")
            self._apply(str(calendar["METHOD"]), event)

    def _apply(self, method: str, event: Any) -> None:
        uid = str(event["UID"])
        self.organizers.add(str(event["ORGANIZER"]))
        known = self.events.get(uid)
        if known is not None and event["SEQUENCE"] <= known["SEQUENCE"]:
            return
        if method == "CANCEL":
            self.events.pop(uid, None)
        else:
            self.events[uid] = event
