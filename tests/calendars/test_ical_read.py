"""Reading: what blocks, who answered, and bodies made to hurt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from booking.calendars.ical import (
    BadObject,
    merge_into,
    parse_feed,
    parse_feed_header,
    parse_object,
    render_event,
)
from booking.calendars.ical_lines import decoded
from booking.core.event import Answer, EventStatus, Timed, Transparency, Visibility
from booking.core.recurrence import TooComplex, occurrences
from tests.core.series import BERLIN, local, wall, window

YEAR = ("2026-01-01T00:00", "2027-01-01T00:00")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event_of(*lines: str, start: str = "DTSTART:20260302T090000Z") -> str:
    return "\r\n".join(["BEGIN:VEVENT", "UID:a", start, *lines, "END:VEVENT"])


def body_of(*events: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""])


@pytest.mark.parametrize(
    ("lines", "transparency", "status"),
    [
        ((), Transparency.OPAQUE, EventStatus.CONFIRMED),
        (("TRANSP:TRANSPARENT",), Transparency.TRANSPARENT, EventStatus.CONFIRMED),
        (("STATUS:TENTATIVE",), Transparency.OPAQUE, EventStatus.TENTATIVE),
        (("STATUS:CANCELLED",), Transparency.OPAQUE, EventStatus.CANCELLED),
        (("STATUS:NEEDS-ACTION",), Transparency.OPAQUE, EventStatus.CONFIRMED),
        (("X-MICROSOFT-CDO-BUSYSTATUS:FREE",), Transparency.TRANSPARENT, EventStatus.CONFIRMED),
        (("X-MICROSOFT-CDO-BUSYSTATUS:OOF",), Transparency.OPAQUE, EventStatus.CONFIRMED),
        (("X-MICROSOFT-CDO-BUSYSTATUS:NEW",), Transparency.OPAQUE, EventStatus.CONFIRMED),
        (
            ("TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"),
            Transparency.TRANSPARENT,
            EventStatus.CONFIRMED,
        ),
        (
            ("STATUS:CONFIRMED", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"),
            Transparency.OPAQUE,
            EventStatus.TENTATIVE,
        ),
    ],
)
def test_busy_free_and_tentative(
    lines: tuple[str, ...], transparency: Transparency, status: EventStatus
) -> None:
    event = parse_object(body_of(event_of(*lines)))

    assert (event.transparency, event.status) == (transparency, status)


@pytest.mark.parametrize("partstat", ["DECLINED", "declined"])
def test_an_invitation_that_the_owner_declined(partstat: str) -> None:
    body = body_of(event_of(f"ATTENDEE;PARTSTAT={partstat}:MAILTO:Host@Example.ORG"))

    assert parse_object(body, owner=frozenset({"host@example.org"})).my_answer is Answer.DECLINED
    assert parse_object(body, owner=frozenset({"else@example.org"})).my_answer is None


def test_words_nobody_knows_take_their_defaults() -> None:
    event = parse_object(
        body_of(
            event_of("CLASS:X-SECRET", "PRIORITY:high", "ATTENDEE;PARTSTAT=X;ROLE=Y:mailto:a@b.c")
        )
    )

    assert event.visibility is Visibility.PUBLIC
    assert event.priority == 0
    assert event.attendees[0].answer is Answer.NEEDS_ACTION


def test_a_line_that_only_describes_may_be_broken() -> None:
    event = parse_object(body_of(event_of('SUMMARY;X="unclosed:a', "no line at all", "ATTENDEE")))

    assert event.title == ""


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("RRULE:FREQ=MINUTELY",), "more often than daily"),
        (("RRULE:FREQ=DAILY;INTERVAL=0",), "interval"),
        (("RRULE:nonsense",), "rule"),
        (("RDATE:soon",), "RDATE"),
        (("EXDATE:20260230T000000Z",), "EXDATE"),
        (("DTEND:later",), "DTEND"),
        (("DURATION:long",), "duration"),
        (("DURATION:P9999999999D",), "duration"),
        (("EXRULE:FREQ=DAILY",), "EXRULE"),
        (("DTEND:99991231T000000Z",), "year"),
        ((f"UID:{'x' * 3_000}",), "UID"),
    ],
)
def test_what_blocks_time_must_be_understood(lines: tuple[str, ...], reason: str) -> None:
    start = "X-NOTHING:1" if lines[0].startswith("UID") else "DTSTART:20260302T090000Z"
    body = body_of(
        event_of(*lines, start=start).replace("UID:a\r\n", "" if start[0] == "X" else "UID:a\r\n")
    )

    with pytest.raises(BadObject, match=reason):
        parse_object(body)


def test_an_event_without_a_start_is_refused() -> None:
    with pytest.raises(BadObject, match="no start"):
        parse_object(body_of(event_of(start="X-NOTHING:1")))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "no calendar"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "no calendar"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n", "cut off"),
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "no event"),
        ("BEGIN:VCALENDAR\r\n" + "BEGIN:A\r\n" * 50, "nested"),
        ("x" * (10 * 1024 * 1024 + 1), "10 MiB"),
    ],
)
def test_what_is_no_whole_calendar_is_refused(body: str, reason: str) -> None:
    with pytest.raises(BadObject, match=reason):
        parse_object(body)


def test_an_object_holds_one_uid() -> None:
    other = event_of().replace("UID:a", "UID:b")

    with pytest.raises(BadObject, match="not one event"):
        parse_object(body_of(event_of(), other))


def test_a_feed_that_was_cut_off_is_no_feed() -> None:
    whole = body_of(event_of(), event_of().replace("UID:a", "UID:b"))

    with pytest.raises(BadObject, match="cut off"):
        parse_feed(whole[: len(whole) // 2])


def test_an_empty_feed_is_a_feed() -> None:
    assert parse_feed(body_of()) == ()


def test_a_feed_s_digest_changes_with_the_object_alone() -> None:
    other = event_of().replace("UID:a", "UID:b")
    before = parse_feed(body_of(event_of(), other))
    after = parse_feed(body_of(other, event_of("SUMMARY:New")))

    digests = {one.uid: one.digest for one in before}, {one.uid: one.digest for one in after}

    assert digests[0]["b"] == digests[1]["b"]
    assert digests[0]["a"] != digests[1]["a"]


def test_a_feed_says_its_name_and_zone() -> None:
    header = parse_feed_header(
        body_of("X-WR-CALNAME:Work\\, mine", "X-WR-TIMEZONE:W. Europe Standard Time", "COLOR:teal")
    )

    assert (header.name, header.time_zone, header.color) == ("Work, mine", "Europe/Berlin", "teal")


def test_of_two_masters_the_higher_sequence_counts() -> None:
    newer = event_of("SEQUENCE:2", "SUMMARY:Newer")
    older = event_of("SEQUENCE:1", "SUMMARY:Older")

    assert parse_object(body_of(newer, older)).title == "Newer"


def test_an_excluded_instance_stays_out_even_if_it_was_moved_before() -> None:
    master = event_of("RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260303T090000Z")
    moved = event_of("RECURRENCE-ID:20260303T090000Z", start="DTSTART:20260401T090000Z")

    assert len(local(parse_object(body_of(master, moved)), *YEAR)) == 1


def test_z_beats_a_zone_that_stands_beside_it() -> None:
    event = parse_object(body_of(event_of(start="DTSTART;TZID=Asia/Tokyo:20260302T090000Z")))

    assert event.when == Timed(
        start=wall("2026-03-02T09:00"), end=wall("2026-03-02T09:00"), zone="UTC"
    )


def test_an_end_in_utc_is_told_in_the_zone_of_the_start() -> None:
    event = parse_object(
        body_of(
            event_of("DTEND:20260302T090000Z", start="DTSTART;TZID=Europe/Berlin:20260302T090000")
        )
    )

    assert event.when == Timed(
        start=wall("2026-03-02T09:00"), end=wall("2026-03-02T10:00"), zone="Europe/Berlin"
    )


def test_an_hour_inside_the_repeated_hour_keeps_its_length() -> None:
    start = "DTSTART;TZID=Europe/Berlin:20261025T023000"
    event = parse_object(body_of(event_of("DURATION:PT1H", start=start)))

    found = occurrences(event, window(*YEAR), BERLIN)

    assert [one.end - one.start for one in found] == [3_600]


@pytest.fixture
def in_time() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < 2.0


@pytest.mark.usefixtures("in_time")
def test_a_hundred_thousand_extra_dates_are_refused_at_once() -> None:
    dates = ",".join(["20260302T090000Z"] * 100_000)

    with pytest.raises(BadObject, match="5000 single dates"):
        parse_object(body_of(event_of(f"RDATE:{dates}")))


@pytest.mark.usefixtures("in_time")
def test_a_hundred_thousand_instances_are_refused_at_once() -> None:
    instances = event_of("RECURRENCE-ID:20260302T090000Z") + "\r\n"

    with pytest.raises(BadObject, match="5000 single dates"):
        parse_object(body_of(event_of("RRULE:FREQ=DAILY"), *[instances.strip()] * 10_000))


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize(
    "text",
    ["\r\n" * 500_000, " \r\n" * 300_000, "\r\n " * 300_000, "A" * 2_000_000, ";" * 500_000],
)
def test_text_made_to_be_slow_is_read_in_time(text: str) -> None:
    body = body_of(event_of(f"X-A:{text}", f"SUMMARY:{text}"))

    assert parse_object(body).when is not None


@pytest.mark.usefixtures("in_time")
def test_a_million_openings_are_refused_at_once() -> None:
    with pytest.raises(BadObject, match="nested"):
        parse_feed("BEGIN:VCALENDAR\r\n" * 400_000)


def test_a_rule_that_costs_too_much_reads_and_is_refused_when_expanded() -> None:
    hours = ",".join(str(hour) for hour in range(24))
    event = parse_object(body_of(event_of(f"RRULE:FREQ=DAILY;BYHOUR={hours}")))

    with pytest.raises(TooComplex):
        occurrences(event, window(*YEAR), BERLIN)


pieces = st.sampled_from(
    [
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE",
        "END:VTIMEZONE", "UID:a", "UID:", "DTSTART:20260302T090000Z", "DTSTART;VALUE=DATE:20260302",
        "DTSTART;TZID=X:20260302T090000", "DTEND:20260302", "DURATION:-P1D", "TZID:X",
        "RRULE:FREQ=DAILY;COUNT=3", "RRULE:", "EXDATE:20260302", "RDATE;VALUE=PERIOD:a/b",
        "RECURRENCE-ID:20260303T090000Z", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260302",
        "SEQUENCE:99999999999999999999", "ATTENDEE:", 'ATTENDEE;CN=":mailto:a@b', "ORGANIZER;:x",
        "SUMMARY", ":", ";", " folded", "\x00", "STATUS:CANCELLED", "PRIORITY:10",
        "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "CREATED:never", "DTSTAMP:20269999T999999Z",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(lines=st.lists(pieces | st.text(max_size=20), max_size=25))
@example(lines=["UID:a", "DTSTART:20260302T090000Z", "RECURRENCE-ID:20260302"])
def test_no_text_does_more_than_be_refused(lines: list[str]) -> None:
    body = body_of("BEGIN:VEVENT", *lines, "END:VEVENT")

    with suppress(BadObject):
        event = parse_object(body)
        again = merge_into(body, event, dtstamp=NOW)
        assert parse_object(again).when == event.when
        assert render_event(event, dtstamp=NOW)
        local(event, *YEAR)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_text(body: bytes) -> None:
    assert isinstance(decoded(body), str)
