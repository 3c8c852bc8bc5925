"""Strokes, links, colours and times: what a task wears as an event, and takes off again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.calendars.ical import merge_into, parse_object, render_event
from booking.core.event import CalendarEvent, Timed
from booking.core.text import clean_line
from booking.sync.ports import JSON
from booking.tasks.dress import (
    Stroke,
    dressed,
    link_of,
    struck,
    undressed,
    unstruck,
    without_link,
)
from booking.tasks.looking import MOST_FAR, MOST_NEAR, chosen, to_read
from booking.tasks.times import due_of, unit_of

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
LINK = link_of("https://book.example.test/", 12345)
NINE = datetime.fromisoformat("2026-11-24T09:00")
WHEN = Timed(start=NINE, end=NINE + timedelta(hours=1), zone="UTC")


@given(st.text(max_size=60).map(clean_line).filter(bool), st.sampled_from(Stroke))
def test_a_stroke_is_taken_off_again_and_leaves_what_was_there(title: str, stroke: Stroke) -> None:
    plain, _ = unstruck(title)

    again, is_struck = unstruck(struck(plain, stroke)) if plain else ("", True)

    assert (again, is_struck) == (plain, True)


@pytest.mark.parametrize(
    ("title", "lined"),
    [("Pay", "P\u0336a\u0336y\u0336"), ("été", "é\u0336t\u0336é\u0336"), ("🎉", "✓ 🎉")],
)
def test_letters_are_struck_and_a_title_without_any_gets_a_tick(title: str, lined: str) -> None:
    assert unstruck(struck(title, Stroke.LINE)) == (title, True)
    assert struck(title, Stroke.LINE) == clean_line(lined)


def test_a_title_that_is_struck_in_part_is_not_struck() -> None:
    assert unstruck("P\u0336ay") == ("Pay", False)


@pytest.mark.parametrize(
    "text",
    [
        f"Words\n\n{LINK}",
        f"{LINK}\n\nWords",
        f"Words\n\n<{LINK}>",
        f"Words\n\n{LINK}<{LINK}>\n",
        f"Words\n\n\n{LINK}\n\n\n",
    ],
)
def test_the_link_is_found_wherever_people_and_servers_put_it(text: str) -> None:
    assert without_link(text) == ("Words", LINK)


def test_another_address_is_no_link_of_ours() -> None:
    text = "See https://example.test/tasks/ and https://example.test/tasks/short"

    assert without_link(text) == (text, "")


def test_dressing_and_undressing_is_the_same_task() -> None:
    task: dict[str, JSON] = {
        "title": "Pay",
        "description": "Words",
        "struck": True,
        "link": LINK,
        "color": "red",
    }

    for stroke in Stroke:
        assert undressed(dressed(task, stroke)) == task


@pytest.mark.parametrize(
    ("unit", "due", "minutes"),
    [
        ({"start": "2026-11-24", "end": "2026-11-26"}, "2026-11-23T23:00", 2880),
        (
            {"start": "2026-11-24T09:00:00", "end": "2026-11-24T09:00:00", "zone": None},
            "2026-11-24T08:00",
            1,
        ),
        (
            {
                "start": "2026-11-24T09:00:00",
                "end": "2026-11-24T10:00:30",
                "zone": "America/New_York",
            },
            "2026-11-24T14:00",
            61,
        ),
        (
            {"start": "2026-01-01T00:00:00", "end": "2026-12-31T00:00:00", "zone": "UTC"},
            "2026-01-01T00:00",
            43_200,
        ),
    ],
)
def test_what_people_make_of_the_time_is_read_on_the_hosts_clocks(
    unit: dict[str, str | None], due: str, minutes: int
) -> None:
    assert due_of(unit, "Europe/Berlin") == (
        datetime.fromisoformat(due).replace(tzinfo=UTC),
        minutes,
    )


def test_a_due_time_is_read_as_it_was_written() -> None:
    assert due_of(unit_of(NOW, 45), "Asia/Tokyo") == (NOW, 45)


def test_a_category_takes_the_place_of_ours_and_leaves_the_hosts_own() -> None:
    event = CalendarEvent(uid="u", when=WHEN, color="red", labels=("Urgent", "Low"))
    raw = render_event(event, dtstamp=NOW).replace(
        "CATEGORIES:Urgent", "CATEGORIES:Home\\, garden,Urgent"
    )
    calm = CalendarEvent(uid="u", when=WHEN, color="gray", labels=("Low", "Urgent"))

    merged = merge_into(raw, calm, dtstamp=NOW)

    assert "CATEGORIES:Low\r\nCATEGORIES:Home\\, garden\r\n" in merged
    assert parse_object(merged).color == "gray"


def test_of_many_events_those_near_now_are_looked_at_each_minute_and_all_in_turn() -> None:
    number = MOST_NEAR + 3 * MOST_FAR
    ends = [(str(n), f"/e/{n}") for n in range(number)]
    due = {str(n): NOW + timedelta(hours=n) for n in range(number)}

    rounds = [set(chosen(ends, due, NOW + timedelta(minutes=n))) for n in range(3)]

    assert {len(one) for one in rounds} == {MOST_NEAR + MOST_FAR}
    assert all({f"/e/{n}" for n in range(MOST_NEAR - 1)} <= one for one in rounds)
    assert set.union(*rounds) == {right for _, right in ends}


def test_only_what_changed_or_was_not_told_of_is_read() -> None:
    keys, known = ["same", "new", "blind", "missing"], {"same": "1", "new": "1", "blind": "1"}

    assert to_read(keys, {"same": "1", "new": "2", "blind": None}, known) == [
        "new",
        "blind",
        "missing",
    ]
