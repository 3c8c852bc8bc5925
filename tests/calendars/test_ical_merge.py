"""Writing into a body as it stands: our units change, everything else stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from booking.calendars.ical import BadObject, merge_into, parse_object, render_event
from booking.core.event import (
    Answer,
    Attendee,
    CalendarEvent,
    EventException,
    EventStatus,
    Transparency,
    from_units,
    to_units,
)
from tests.calendars.ical_events import bodies, series
from tests.core.series import local, timed, wall

CORPUS = Path(__file__).parents[1] / "corpus"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
YEAR = ("2026-01-01T00:00", "2027-01-01T00:00")


def text_of(name: str) -> str:
    return (CORPUS / f"{name}.ics").read_bytes().decode()


def lines(body: str) -> list[str]:
    return body.replace("\r\n ", "").split("\r\n")


def merged(name: str, **changes: object) -> str:
    text = text_of(name)
    event: CalendarEvent = replace(parse_object(text), **changes)  # type: ignore[arg-type]
    return merge_into(text, event, dtstamp=NOW)


@settings(max_examples=80, deadline=None)
@given(before=bodies() | series(), after=bodies() | series())
def test_a_merged_body_reads_as_the_event_that_was_written(
    before: CalendarEvent, after: CalendarEvent
) -> None:
    raw = render_event(before, dtstamp=NOW)

    body = merge_into(raw, after, dtstamp=NOW)

    assert to_units(parse_object(body)) == to_units(after)


@settings(max_examples=40, deadline=None)
@given(before=series(), after=series())
def test_lines_and_parts_we_do_not_know_survive_any_change(
    before: CalendarEvent, after: CalendarEvent
) -> None:
    alarm = "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT"
    raw = render_event(before, dtstamp=NOW).replace(
        "SEQUENCE:", "X-UNKNOWN;A=1:keep\\, it\r\nSEQUENCE:"
    )
    raw = raw.replace("END:VEVENT", alarm)

    body = merge_into(raw, after, dtstamp=NOW)

    assert lines(body).count("X-UNKNOWN;A=1:keep\\, it") == lines(body).count("BEGIN:VEVENT")
    assert lines(body).count("ACTION:AUDIO") == lines(body).count("BEGIN:VEVENT")


def test_a_new_title_changes_the_title_and_the_stamps_alone() -> None:
    before, after = lines(text_of("unknown_lines")), lines(merged("unknown_lines", title="Other"))

    assert set(after) - set(before) == {
        "SUMMARY:Other",
        "DTSTAMP:20261121T090000Z",
        "LAST-MODIFIED:20261121T090000Z",
        "SEQUENCE:0",
    }
    assert set(before) - set(after) == {"SUMMARY:With strangers", "DTSTAMP:20260101T000000Z"}


def test_an_outlook_body_keeps_its_zone_and_alarm_when_its_title_changes() -> None:
    body = merged("outlook_windows_zone", title="Other")

    assert "DTSTART;TZID=W. Europe Standard Time:20260323T090000" in lines(body)
    assert "BEGIN:VALARM" in lines(body)
    assert "TZID:Europe/Berlin" not in lines(body)
    assert "METHOD:PUBLISH" not in lines(body)


def test_a_time_in_a_new_zone_brings_the_zone_along() -> None:
    body = merged("unknown_lines", when=timed("2026-03-02T09:00", zone="America/New_York"))

    assert lines(body).count("TZID:America/New_York") == 1
    assert local(parse_object(body), *YEAR) == ["2026-03-02 15:00-16:00"]


def test_a_changed_status_reaches_the_word_that_microsoft_adds() -> None:
    free = merged("outlook_windows_zone", transparency=Transparency.TRANSPARENT)
    tentative = merged("outlook_windows_zone", status=EventStatus.TENTATIVE)

    assert "X-MICROSOFT-CDO-BUSYSTATUS:FREE" in lines(free)
    assert "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE" in lines(tentative)
    assert "X-MICROSOFT-CDO-BUSYSTATUS:OOF" in lines(merged("outlook_windows_zone", title="Other"))


def test_a_cancelled_instance_becomes_an_exdate_and_the_others_stay() -> None:
    event = parse_object(text_of("monthly_last_friday"))
    gone = EventException(original_start=wall("2026-02-27T15:00"), replacement=None)

    body = merge_into(
        text_of("monthly_last_friday"), replace(event, exceptions=(gone,)), dtstamp=NOW
    )

    assert "EXDATE;TZID=Europe/Berlin:20260227T150000" in lines(body)
    assert local(parse_object(body), *YEAR) == ["2026-01-30 15:00-16:00", "2026-03-27 15:00-16:00"]


def test_a_series_shifted_as_a_whole_keeps_what_its_exceptions_carry() -> None:
    raw = text_of("google_export").replace("SEQUENCE:1", "X-KEEP:1\r\nSEQUENCE:1")
    units = to_units(parse_object(raw))
    (gone, moved) = units["exceptions"].items()  # type: ignore[union-attr]
    shifted = {
        **units,
        "when": {
            "start": "2026-03-02T15:00:00",
            "end": "2026-03-02T15:30:00",
            "zone": "Europe/Berlin",
        },
        "exceptions": {
            gone[0].replace("T14", "T15"): gone[1],
            moved[0].replace("T14", "T15"): moved[1],
        },
    }

    body = merge_into(raw, from_units(shifted), dtstamp=NOW)

    assert "X-KEEP:1" in lines(body)
    assert "RECURRENCE-ID;TZID=Europe/Berlin:20260316T150000" in lines(body)
    assert to_units(parse_object(body)) == shifted


def test_one_attendee_s_answer_changes_that_line_and_keeps_its_parameters() -> None:
    event = parse_object(text_of("google_export"))
    accepted = tuple(replace(one, answer=Answer.ACCEPTED) for one in event.attendees)

    body = merge_into(text_of("google_export"), replace(event, attendees=accepted), dtstamp=NOW)

    changed = [line for line in lines(body) if "guest@example.com" in line]
    assert len(changed) == 1
    assert "PARTSTAT=ACCEPTED" in changed[0]
    assert "X-NUM-GUESTS=0" in changed[0]
    assert "ROLE=OPT-PARTICIPANT" in changed[0]


def test_an_added_attendee_is_silent_and_a_dropped_one_is_gone() -> None:
    event = parse_object(text_of("google_export"))
    kept = event.attendees[1]

    body = merge_into(
        text_of("google_export"),
        replace(event, attendees=(kept, Attendee(address="new@example.org"))),
        dtstamp=NOW,
    )

    added = [line for line in lines(body) if "new@example.org" in line]
    assert added == ["ATTENDEE;PARTSTAT=NEEDS-ACTION;SCHEDULE-AGENT=CLIENT:mailto:new@example.org"]
    assert "guest@example.com" not in body


def test_a_mark_is_set_and_taken_off() -> None:
    marked = merged("unknown_lines", mark="pair-1.link-2")

    assert parse_object(marked).mark == "pair-1.link-2"
    assert (
        parse_object(merge_into(marked, parse_object(text_of("unknown_lines")), dtstamp=NOW)).mark
        == ""
    )


def test_the_uid_and_a_higher_sequence_of_the_server_stay() -> None:
    event = replace(parse_object(text_of("outlook_windows_zone")), uid="other", sequence=1)

    body = merge_into(text_of("outlook_windows_zone"), replace(event, title="Other"), dtstamp=NOW)

    assert "UID:outlook-1" in lines(body)
    assert "SEQUENCE:3" in lines(body)


def test_a_body_that_cannot_be_read_is_not_written_over() -> None:
    event = parse_object(text_of("unknown_lines"))

    with pytest.raises(BadObject):
        merge_into("<html></html>", event, dtstamp=NOW)
