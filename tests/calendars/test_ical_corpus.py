"""Odd bodies as servers and exporters really write them: what a host in Berlin sees of each."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest

from booking.calendars.ical import merge_into, parse_feed, parse_object, render_event
from booking.calendars.ical_lines import blocks_of, decoded, text_of
from booking.core.event import EventStatus, to_units
from booking.core.recurrence import occurrences
from tests.core.second_opinion import expanded
from tests.core.series import BERLIN, local, window

CORPUS = Path(__file__).parents[1] / "corpus"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = ("2026-01-01T00:00", "2027-01-01T00:00")

SEEN = {
    "all_day_series": ["2026-03-02 00:00-00:00", "2026-03-16 00:00-00:00"],
    "apple_birthday": ["2026-11-21 00:00-00:00"],
    "apple_travel": ["2026-03-05 11:00-12:00"],
    "bare_line_feeds": ["2026-03-02 10:00-11:00"],
    "cancelled_instance": ["2026-03-02 09:00-10:00", "2026-03-04 09:00-10:00"],
    "count_with_exdate": ["2026-03-02 09:00-10:00", "2026-03-04 09:00-10:00"],
    "dst_night_series": [
        "2026-03-28 02:30-04:00",
        "2026-03-29 03:30-04:00",
        "2026-03-30 02:30-04:00",
    ],
    "duration_instead_of_end": ["2026-03-29 01:30-04:30"],
    "end_before_start": ["2026-03-02 10:00-11:00"],
    "end_on_the_same_date": ["2026-03-02 00:00-00:00"],
    "exchange_all_day_flag": ["2026-03-02 00:00-00:00"],
    "exchange_custom_zone": ["2026-07-06 09:00-10:00"],
    "exchange_display_zone": ["2026-07-06 09:00-09:30"],
    "exdate_in_another_zone": ["2026-03-02 09:00-10:00", "2026-03-06 09:00-10:00"],
    "flight": ["2026-03-02 10:00-18:00"],
    "floating": ["2026-03-02 12:00-13:00", "2026-03-03 12:00-13:00"],
    "fold_inside_a_character": ["2026-03-02 10:00-11:00"],
    "google_export": [
        "2026-03-02 14:00-14:30",
        "2026-03-17 16:00-16:30",
        "2026-03-23 14:00-14:30",
    ],
    "instances_without_master": ["2026-03-02 09:30-10:00", "2026-03-09 09:00-10:00"],
    "leap_day": [],
    "missing_end": ["2026-03-02 09:00-09:00"],
    "missing_end_all_day": ["2026-03-02 00:00-00:00"],
    "monthly_last_friday": [
        "2026-01-30 15:00-16:00",
        "2026-02-27 15:00-16:00",
        "2026-03-27 15:00-16:00",
    ],
    "monthly_last_working_day": [
        "2026-01-30 15:00-16:00",
        "2026-02-27 15:00-16:00",
        "2026-03-31 15:00-16:00",
    ],
    "outlook_windows_zone": [
        "2026-03-23 09:00-10:00",
        "2026-03-30 09:00-10:00",
        "2026-04-06 09:00-10:00",
    ],
    "rdate_periods": [
        "2026-03-02 09:00-10:00",
        "2026-03-03 09:00-10:00",
        "2026-03-04 09:00-10:00",
        "2026-03-05 09:00-12:00",
        "2026-03-06 09:00-09:30",
    ],
    "this_and_future": [
        "2026-03-02 09:00-10:00",
        "2026-03-09 09:00-10:00",
        "2026-03-16 11:00-13:00",
        "2026-03-23 11:00-13:00",
    ],
    "unknown_lines": ["2026-03-02 10:00-11:00"],
    "until_as_a_date": [
        "2026-03-02 23:00-23:30",
        "2026-03-03 23:00-23:30",
        "2026-03-04 23:00-23:30",
    ],
    "windows_1252": ["2026-03-02 10:00-11:00"],
    "zone_of_fixed_offset": ["2026-03-02 04:15-05:15"],
    "zone_unknown": ["2026-03-02 09:00-10:00"],
    "zone_with_vendor_prefix": ["2026-03-02 09:00-10:00"],
    "zone_with_wrong_definition": ["2026-03-02 01:00-02:00"],
    "zone_without_definition": ["2026-03-02 15:00-16:00", "2026-03-09 14:00-15:00"],
}

OF_ANOTHER_OPINION = {
    "cancelled_instance",  # it reports a cancelled instance and leaves the status to its reader
    "duration_instead_of_end",  # RFC 5545, 3.3.6: a duration in hours is exact over a clock change
    "end_on_the_same_date",  # RFC 5545, 3.6.1: a date that ends as it begins would last no time
    "until_as_a_date",  # it takes a bare date as midnight UTC; calendars include that day
}


def body_of(name: str) -> bytes:
    return (CORPUS / f"{name}.ics").read_bytes()


def test_every_file_of_the_corpus_is_in_the_table() -> None:
    assert {path.stem for path in CORPUS.glob("*.ics")} == set(SEEN) | {"mixed_feed"}


@pytest.mark.parametrize("name", sorted(SEEN))
def test_a_host_in_berlin_sees(name: str) -> None:
    event = parse_object(body_of(name))

    assert local(event, *YEAR) == SEEN[name]


@pytest.mark.parametrize("name", sorted(set(SEEN) - OF_ANOTHER_OPINION))
def test_another_library_sees_the_same_in_two_years(name: str) -> None:
    period = ("2025-01-01T00:00", "2027-01-01T00:00")
    event = parse_object(body_of(name))
    ours = [
        (one.start, one.end)
        for one in occurrences(event, window(*period), BERLIN)
        if one.status is not EventStatus.CANCELLED
    ]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert sorted(ours) == expanded(body_of(name), *period)


@pytest.mark.parametrize("name", sorted(SEEN))
def test_what_we_write_of_it_reads_as_the_same_event(name: str) -> None:
    event = parse_object(body_of(name))

    again = parse_object(render_event(event, dtstamp=NOW))

    assert to_units(again) == to_units(event)


@pytest.mark.parametrize("name", sorted(SEEN))
def test_writing_it_back_unchanged_changes_no_line(name: str) -> None:
    text = decoded(body_of(name))
    before = blocks_of(text)[0]
    before.lines = [line for line in before.lines if not line.startswith("METHOD")]

    merged = merge_into(text, parse_object(text), dtstamp=NOW)

    assert sorted(merged.splitlines()) == sorted(text_of(before).splitlines())


@pytest.mark.parametrize("name", sorted(SEEN))
def test_a_body_reordered_and_refolded_has_equal_units(name: str) -> None:
    calendar = blocks_of(decoded(body_of(name)))[0]
    for block in calendar.children:
        if block.name == "VEVENT":
            block.lines.sort(key=lambda line: line[::-1])
    calendar.children.reverse()

    reordered = text_of(calendar).replace("\r\n ", "").replace("\r\n", "\n")

    assert to_units(parse_object(reordered)) == to_units(parse_object(body_of(name)))


def test_a_bad_object_of_a_feed_is_quarantined_and_the_rest_counts() -> None:
    parsed = {one.uid: one for one in parse_feed(body_of("mixed_feed"))}

    assert parsed["good"].event is not None
    assert parsed["bad"].quarantine == "the rule repeats more often than daily"
    assert parsed["odd"].quarantine == "DTSTART is no date that exists"
    assert [uid[:7] for uid in parsed] == ["good", "bad", "odd", "no-uid-"]


def test_texts_in_old_encodings_and_split_characters_are_read() -> None:
    titles = {
        parse_object(body_of(name)).title for name in ("windows_1252", "fold_inside_a_character")
    }

    assert titles == {"Grüße"}


def test_an_apple_attendee_is_known_by_the_email_parameter() -> None:
    event = parse_object(body_of("apple_travel"), owner=frozenset({"host@example.org"}))

    assert event.my_answer == "accepted"


def test_a_google_instance_that_the_owner_declined_says_so() -> None:
    event = parse_object(body_of("google_export"), owner=frozenset({"host@example.org"}))

    declined = [one.declined for one in occurrences(event, window(*YEAR), BERLIN)]

    assert declined == [False, True, False]
