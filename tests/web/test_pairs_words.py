"""How events of a pair and their changed fields are told."""

from __future__ import annotations

from typing import Any

import pytest

from booking.web.host import pairs_words as told

BERLIN = "Europe/Berlin"
MONDAY = "Mon 30 November 2026"


def timed(start: str, end: str, zone: str | None = BERLIN) -> dict[str, Any]:
    return {"start": start, "end": end, "zone": zone}


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        (
            timed("2026-11-24T10:00:00", "2026-11-24T11:00:00"),
            "Tue 24 November 2026, 10:00\N{EN DASH}11:00",
        ),
        (
            timed("2026-11-24T10:00:00", "2026-11-24T11:00:00", "America/New_York"),
            "Tue 24 November 2026, 16:00\N{EN DASH}17:00",
        ),
        (
            timed("2026-11-24T23:00:00", "2026-11-25T01:00:00"),
            "Tue 24 November 2026, 23:00 \N{EN DASH} Wed 25 November 2026, 01:00",
        ),
        (
            timed("2026-11-24T10:00:00", "2026-11-24T11:00:00", None),
            "Tue 24 November 2026, 10:00\N{EN DASH}11:00, in any zone",
        ),
        ({"start": "2026-11-24", "end": "2026-11-25"}, "Tue 24 November 2026, all day"),
        (
            {"start": "2026-11-24", "end": "2026-11-27"},
            "Tue 24 November 2026 \N{EN DASH} Thu 26 November 2026, all day",
        ),
        (None, "time unknown"),
        ({"start": "soon", "end": "later"}, "time unknown"),
        (timed("9999-12-31T23:30:00", "9999-12-31T23:59:00", "America/New_York"), None),
    ],
)
def test_times_stand_on_the_hosts_clocks(unit: Any, words: str | None) -> None:
    assert told.when(unit, BERLIN) == (words or "time unknown")


@pytest.mark.parametrize(
    ("leaf", "given", "words"),
    [
        ("title", "Talk", "“Talk”"),
        ("title", None, "nothing"),
        ("description", "one\ntwo", "“one two”"),
        ("transparency", "transparent", "free"),
        ("attendees/a@example.org", {"name": "A", "answer": "accepted"}, "A, accepted"),
        ("attendees/a@example.org", {"answer": "needs-action"}, "not answered"),
        ("exceptions/2026-11-24", {"cancelled": True}, "cancelled"),
        ("exceptions/2026-11-24", {"title": "Other"}, "title “Other”"),
        ("recurrence", {"rules": ["FREQ=WEEKLY;INTERVAL=2;COUNT=5"]}, "every 2 weeks, 5 times"),
        (
            "recurrence",
            {"rules": ["FREQ=DAILY;UNTIL=20261130"]},
            "every day, until Mon 30 November 2026",
        ),
        ("recurrence", {"rules": [], "extra_dates": ["2026-11-24"]}, "on 1 further date"),
        ("recurrence", {"rules": ["NONSENSE"]}, "NONSENSE"),
        ("priority", 5, "5"),
    ],
)
def test_values_are_told_in_words(leaf: str, given: Any, words: str) -> None:
    assert told.value(leaf, given, BERLIN) == words


def test_long_texts_are_cut() -> None:
    assert len(told.value("description", "x" * 5000, BERLIN)) < 250


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        ("location", "Place"),
        ("attendees/a@example.org", "Attendee a@example.org"),
        ("exceptions/2026-11-24T10:00:00", "Occurrence of Tue 24 November 2026, 10:00"),
        ("exceptions/2026-11-24", "Occurrence of Tue 24 November 2026"),
        ("exceptions/odd", "Occurrence of odd"),
    ],
)
def test_fields_have_names(leaf: str, words: str) -> None:
    assert told.label(leaf) == words


def test_reasons_are_sentences_whatever_their_code() -> None:
    assert told.reason("name_taken").endswith(".")
    assert told.reason("The event could not be read.") == "The event could not be read."
    assert told.reason("") == "It could not be copied."
