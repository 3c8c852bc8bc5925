"""The event that stands for a booking in its host's calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from booking.accounts.models import User
from booking.bookings.models import Booking
from booking.bookings.replica import event_of
from booking.core.event import CalendarEvent, Timed, Visibility
from booking.eventtypes.models import EventType
from tests.bookings.desk import at

MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)


def _event(
    zone: str = "Europe/Berlin",
    *,
    visibility: str = "busy",
    questions: Sequence[dict[str, Any]] = (),
    **fields: Any,
) -> CalendarEvent:
    start = fields.pop("start", at("2026-11-24 10:00"))
    booking = Booking(
        **{
            "ical_uid": "abc@book.example.test",
            "title": "Talk: Guest",
            "starts_at": start,
            "ends_at": start + 3600,
            "guest_name": "Guest",
            "guest_email": "Guest@Example.test",
            "additional_guests": [],
            "answers": {},
            "sequence": 0,
            **fields,
        }
    )
    host = User(name="Some", email="some@example.test", time_zone=zone)
    event_type = EventType(visibility=visibility, questions=list(questions))
    return event_of(booking, host, event_type, "https://book.example.test")


def _when(event: CalendarEvent) -> tuple[str, str, str | None]:
    assert isinstance(event.when, Timed)
    return (f"{event.when.start:%H:%M}", f"{event.when.end:%H:%M}", event.when.zone)


def test_it_keeps_the_bookings_name_and_count_of_changes() -> None:
    event = _event(sequence=3)

    assert (event.uid, event.sequence, event.title) == (
        "abc@book.example.test",
        3,
        "Talk: Guest",
    )


def test_it_stands_at_the_hosts_wall_time() -> None:
    assert _when(_event()) == ("11:00", "12:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-10-25 00:00", ("00:00", "01:00", "UTC")),
        ("2026-10-25 00:30", ("00:30", "01:30", "UTC")),
        ("2026-10-25 01:00", ("01:00", "02:00", "UTC")),
        ("2026-10-24 23:00", ("01:00", "02:00", "Europe/Berlin")),
        ("2026-10-25 02:00", ("03:00", "04:00", "Europe/Berlin")),
        ("2026-03-29 00:30", ("00:30", "01:30", "UTC")),
        ("2026-03-29 01:00", ("03:00", "04:00", "Europe/Berlin")),
    ],
    ids=[
        "ends with the first of two hours",
        "from the first to the second",
        "the second of two hours",
        "ends where the first begins",
        "after the night's change",
        "over the gap",
        "after the gap",
    ],
)
def test_on_the_nights_clocks_change_the_hour_meant_is_told(
    start: str, expected: tuple[str, str, str]
) -> None:
    assert _when(_event(start=at(start))) == expected


def test_a_private_event_type_writes_private_events() -> None:
    assert _event(visibility="private").visibility is Visibility.PRIVATE
    assert _event(visibility="busy").visibility is Visibility.PUBLIC


def test_every_guest_stands_there_once_in_order() -> None:
    event = _event(additional_guests=["zed@b.test", "GUEST@example.test", "any@b.test"])

    assert [(person.address, person.name) for person in event.attendees] == [
        ("any@b.test", ""),
        ("guest@example.test", "Guest"),
        ("zed@b.test", ""),
    ]


def test_the_host_reads_who_comes_what_was_answered_and_where_to_look() -> None:
    answers = {"topic": "Compilers", "tags": ["a", "b"], "agreed": True, "vegan": False}

    asked = [
        {"key": "topic", "label": "What shall we talk about?"},
        {"key": "agreed", "label": "I agree"},
        {"key": "vegan", "label": "I eat no meat"},
    ]

    event = _event(guest_phone="+49 30 1234567", answers=answers, questions=asked)

    assert event.description.splitlines() == [
        "Guest <Guest@Example.test>",
        "+49 30 1234567",
        "What shall we talk about? Compilers",
        "tags: a, b",
        "I agree: ✓",
        "I eat no meat: —",
        "https://book.example.test/bookings",
    ]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (None, ""),
        ({"type": "link", "url": "https://meet.example.test/x"}, "https://meet.example.test/x"),
        ({"type": "in_person", "address": "Room 4"}, "Room 4"),
        ({"type": "phone", "phone": "+49 30 1"}, "+49 30 1"),
        ({"type": "phone", "label": "By phone"}, "By phone"),
        ({"type": "guest_choice"}, ""),
    ],
)
def test_its_place_is_the_bookings_in_words(location: Any, expected: str) -> None:
    assert _event(location=location).location == expected
