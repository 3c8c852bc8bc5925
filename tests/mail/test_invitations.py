"""Invitations as two independent parsers read them, and as a calendar follows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import icalendar
import pytest
import vobject

from booking.core.instants import Instant
from booking.mail.values import (
    Cancelled,
    Confirmed,
    Doer,
    Meeting,
    News,
    Person,
    Reassigned,
    Requested,
    Rescheduled,
)
from tests.mail.scene import (
    GUEST,
    HALF_HOUR,
    MEETING,
    OTHER,
    FollowingCalendar,
    composed,
    parts_of,
)

_TITLE = (
    "Caf\u00e9 \u2013 first, long talk; with \\ and a title that has to be folded more than once"
)
_GOLDEN = replace(MEETING, title=_TITLE, sequence=3, meeting_url="https://meet.example/x?a=1,2;b")


def _moved(meeting: Meeting, sequence: int) -> Meeting:
    start = Instant(meeting.start + 86_400 * sequence)
    return replace(meeting, sequence=sequence, start=start, end=Instant(start + HALF_HOUR))


def _by_icalendar(body: str) -> dict[str, Any]:
    calendar: Any = icalendar.Calendar.from_ical(body)
    (event,) = calendar.walk("VEVENT")
    attendees = event["ATTENDEE"]
    attendees = attendees if isinstance(attendees, list) else [attendees]
    return {
        "method": str(calendar["METHOD"]),
        "uid": str(event["UID"]),
        "title": str(event["SUMMARY"]),
        "start": event["DTSTART"].dt,
        "end": event["DTEND"].dt,
        "stamp": event["DTSTAMP"].dt,
        "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
        "place": str(event["LOCATION"]),
        "organizer": str(event["ORGANIZER"]),
        "attendees": {str(one): one.params["PARTSTAT"] for one in attendees},
    }


def _by_vobject(body: str) -> dict[str, Any]:
    calendar = vobject.readOne(body)
    event = calendar.vevent
    return {
        "method": calendar.method.value,
        "uid": event.uid.value,
        "title": event.summary.value,
        "start": event.dtstart.value,
        "end": event.dtend.value,
        "stamp": event.dtstamp.value,
        "sequence": int(event.sequence.value),
        "status": event.status.value,
        "place": event.location.value,
        "organizer": event.organizer.value,
        "attendees": {one.value: one.params["PARTSTAT"][0] for one in event.attendee_list},
    }


def _golden(method: str, status: str) -> dict[str, Any]:
    return {
        "method": method,
        "uid": "b00k1ng@book.example",
        "title": _TITLE,
        "start": datetime(2026, 7, 7, 12, 0, tzinfo=UTC),
        "end": datetime(2026, 7, 7, 12, 30, tzinfo=UTC),
        "stamp": datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
        "sequence": 3,
        "status": status,
        "place": "Room 1",
        "organizer": "mailto:booking@book.example",
        "attendees": {
            "mailto:guest1@example.org": "ACCEPTED",
            "mailto:guest2@example.org": "NEEDS-ACTION",
            "mailto:host@example.org": "ACCEPTED",
        },
    }


@pytest.mark.parametrize("read", [_by_icalendar, _by_vobject])
@pytest.mark.parametrize(
    ("news", "method", "status"),
    [
        (Confirmed(meeting=_GOLDEN), "REQUEST", "CONFIRMED"),
        (Reassigned(meeting=_GOLDEN, old_hosts=()), "REQUEST", "CONFIRMED"),
        (Cancelled(meeting=_GOLDEN, by=Doer.GUEST), "CANCEL", "CANCELLED"),
    ],
    ids=["confirmed", "reassigned", "cancelled"],
)
def test_two_parsers_read_the_same(read: Any, news: News, method: str, status: str) -> None:
    message = composed(news)
    (body,), (attached,) = parts_of(message, "text/calendar"), parts_of(message, "application/ics")

    read_back = read(body)
    for moment in ("start", "end", "stamp"):
        read_back[moment] = read_back[moment].astimezone(UTC)
    assert read_back == _golden(method, status)
    assert attached == body


def test_the_part_names_its_method_and_charset_and_lines_are_crlf_and_folded() -> None:
    message = composed(Cancelled(meeting=_GOLDEN, by=Doer.HOST))
    (part,) = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    (body,) = parts_of(message, "text/calendar")

    assert part.get_param("method") == "CANCEL"
    assert str(part.get_content_charset()) == "utf-8"
    assert "\n" not in body.replace("\r\n", "")
    assert max(len(line.encode()) for line in body.split("\r\n")) <= 75
    assert "VTIMEZONE" not in body
    assert "SCHEDULE-AGENT" not in body


def test_a_third_party_stands_alone_with_the_hosts() -> None:
    (body,) = parts_of(composed(Confirmed(meeting=_GOLDEN), OTHER), "text/calendar")

    assert set(_by_icalendar(body)["attendees"]) == {
        "mailto:guest2@example.org",
        "mailto:host@example.org",
    }


def _story() -> list[EmailMessage]:
    """Request, confirm, move, move, another host, cancel: what the guest is sent."""
    asked = replace(MEETING, is_ours_to_invite=False)
    first, second = _moved(MEETING, 1), _moved(MEETING, 2)
    third = replace(
        second, sequence=3, hosts=(Person(address="host2@example.org", name="Host Two"),)
    )
    told: list[News] = [
        Requested(meeting=asked),
        Confirmed(meeting=MEETING),
        _move(MEETING, first),
        _move(first, second),
        Reassigned(meeting=third, old_hosts=MEETING.hosts),
        Cancelled(meeting=replace(third, sequence=4), by=Doer.GUEST),
    ]
    return [composed(news, GUEST, key=str(place)) for place, news in enumerate(told)]


def _move(before: Meeting, after: Meeting) -> Rescheduled:
    return Rescheduled(meeting=after, old_start=before.start, old_end=before.end, by=Doer.GUEST)


def test_a_calendar_that_only_follows_mails_has_one_event_and_then_none() -> None:
    calendar = FollowingCalendar()
    counts, starts = [], []
    for message in _story():
        calendar.read(message)
        counts.append(len(calendar.events))
        starts += [event["DTSTART"].dt.day for event in calendar.events.values()]

    assert counts == [0, 1, 1, 1, 1, 0]
    assert starts == [7, 8, 9, 9]
    assert calendar.organizers == {"mailto:booking@book.example"}


def test_mails_that_come_twice_or_late_change_nothing() -> None:
    story = _story()
    calendar = FollowingCalendar()
    for message in (story[3], story[1], story[2], story[3]):
        calendar.read(message)

    (event,) = calendar.events.values()
    assert event["SEQUENCE"] == 2
