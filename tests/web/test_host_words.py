"""How the host's pages write moments, lengths and lists."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.core.instants import to_instant
from booking.web import english
from booking.web.host import words

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=4), "4 days ago"),
    ],
)
def test_the_past_is_told_in_one_unit(passed: timedelta, told: str) -> None:
    assert words.ago(NOW - passed, NOW) == told


def test_what_never_was_is_told_so() -> None:
    assert words.ago(None, NOW) == "never"


def test_names_are_told_as_a_sentence_has_them() -> None:
    assert [english.listed(names) for names in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == [
        "",
        "A",
        "A and B",
        "A, B and C",
    ]


def test_lengths_are_told_in_hours_and_days() -> None:
    told = [words.length(each) for each in (0, 45, 60, 90, 1440, 2880)]

    assert told == ["0 min", "45 min", "1 h", "1 h 30 min", "1 day", "2 days"]


def test_a_span_over_midnight_names_the_later_date() -> None:
    start = to_instant(datetime(2026, 11, 23, 22, 30, tzinfo=UTC))

    told = words.span(start, start + 7200, "Europe/Berlin")

    assert told == f"23:30{words.DASH}01:30 (24 November)"


def test_a_zone_stands_with_its_offset_of_that_day() -> None:
    summer = datetime(2026, 7, 1, tzinfo=UTC)

    assert words.zone_label("Europe/Berlin", NOW) == "Berlin (UTC+1)"
    assert words.zone_label("Europe/Berlin", summer) == "Berlin (UTC+2)"
    assert words.zone_label("Asia/Kolkata", NOW) == "Kolkata (UTC+5:30)"
    assert words.zone_label("America/New_York", NOW) == f"New York (UTC{english.MINUS}5)"


def test_the_next_change_of_clocks_is_found_or_none_is() -> None:
    assert words.next_clock_change(ZoneInfo("Europe/Berlin"), NOW) == date(2027, 3, 28)
    assert words.next_clock_change(ZoneInfo("Asia/Kolkata"), NOW) is None
