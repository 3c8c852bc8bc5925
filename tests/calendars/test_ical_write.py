"""Writing bodies: they read back as the same event and hold nothing a server refuses."""

from __future__ import annotations

from datetime import UTC, datetime

import icalendar
import pytest
import vobject
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from booking.calendars.ical import parse_object, render_event
from booking.core.event import Attendee, CalendarEvent, Organizer, Timed, to_units
from booking.core.recurrence import occurrences
from tests.calendars.ical_events import bodies, series
from tests.core.second_opinion import expanded
from tests.core.series import BERLIN, timed, wall, window
from tests.core.series import series as series_of

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
MEETING = CalendarEvent(uid="meeting@example.org", when=timed("2026-03-02T09:00"), title="Intro")


def lines(body: str) -> list[str]:
    return body.replace("\r\n ", "").split("\r\n")


@settings(max_examples=120, deadline=None)
@given(event=bodies() | series())
def test_what_is_written_reads_back_with_equal_units(event: CalendarEvent) -> None:
    again = parse_object(render_event(event, dtstamp=NOW))

    assert to_units(again) == to_units(event)
    assert (again.uid, again.mark, again.sequence) == (event.uid, event.mark, event.sequence)


@settings(max_examples=40, deadline=None)
@given(event=series())
def test_another_library_reads_what_is_written_and_finds_its_zones(event: CalendarEvent) -> None:
    calendar = icalendar.Calendar.from_ical(render_event(event, dtstamp=NOW))

    assert calendar.get_missing_tzids() == set()
    assert {str(part["UID"]) for part in calendar.walk("VEVENT")} == {event.uid}
    assert all("DTEND" in part and "DTSTAMP" in part for part in calendar.walk("VEVENT"))


@settings(max_examples=40, deadline=None)
@given(event=bodies() | series())
def test_the_library_that_radicale_rewrites_bodies_with_keeps_every_unit(
    event: CalendarEvent,
) -> None:
    assume("VALUE=PERIOD" not in (body := render_event(event, dtstamp=NOW)))

    rewritten = vobject.readOne(body).serialize()

    assert to_units(parse_object(rewritten)) == to_units(event)


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=80))
@example(text="a\r\nATTENDEE:mailto:stranger@example.org")
@example(text="a\x00\x07\x85\u2028b")
@example(text="\ud800")
@example(text='";X=1:b,\\n')
def test_no_text_breaks_out_of_its_line(text: str) -> None:
    event = CalendarEvent(
        uid="meeting@example.org",
        when=timed("2026-03-02T09:00"),
        title=text,
        description=text,
        location=text,
        url=text,
        attendees=(Attendee(address="guest@example.org", name=text),),
        organizer=Organizer(address="host@example.org", name=text),
    )

    body = render_event(event, dtstamp=NOW)

    assert not [letter for letter in body if ord(letter) < 32 and letter not in "\r\n\t"]
    names = [line.partition(":")[0].partition(";")[0] for line in lines(body)]
    assert names.count("ATTENDEE") == names.count("ORGANIZER") == names.count("BEGIN") - 5 == 1
    assert max(len(line.encode()) for line in body.split("\r\n")) <= 75


def test_an_address_cannot_add_a_line() -> None:
    sly = Attendee(address="a@example.org\r\nX-SLY:1")
    event = CalendarEvent(uid="a", when=timed("2026-03-02T09:00"), attendees=(sly,))

    assert not [line for line in lines(render_event(event, dtstamp=NOW)) if line.startswith("X-")]


def test_attendees_and_organizer_are_not_written_to_by_the_server() -> None:
    people = {
        "attendees": (Attendee(address="guest@example.org"),),
        "organizer": Organizer(address="host@example.org"),
    }
    event = CalendarEvent(uid="a", when=timed("2026-03-02T09:00"), **people)  # type: ignore[arg-type]

    named = [line for line in lines(render_event(event, dtstamp=NOW)) if "mailto:" in line]

    assert len(named) == 2
    assert all(";SCHEDULE-AGENT=CLIENT" in line for line in named)


def test_a_body_for_caldav_has_no_method_and_one_for_mail_has() -> None:
    assert "METHOD" not in render_event(MEETING, dtstamp=NOW)
    assert "METHOD:REQUEST" in lines(
        render_event(MEETING, dtstamp=NOW, method="REQUEST", silent=False)
    )


def test_the_zone_s_changes_are_written_in_the_offset_before_them() -> None:
    body = lines(render_event(MEETING, dtstamp=NOW))

    daylight = body[body.index("BEGIN:DAYLIGHT") : body.index("END:DAYLIGHT")]

    assert "DTSTART:20250330T020000" in daylight


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_the_written_zone_alone_gives_the_right_instants(zone: str) -> None:
    event = series_of(timed("2026-01-05T09:00", zone=zone), "FREQ=DAILY;COUNT=364")
    period = ("2026-01-01T00:00", "2027-01-01T00:00")
    body = render_event(event, dtstamp=NOW).replace(f"TZID={zone}", f"TZID=Unheard of {zone}")
    renamed = body.replace(f"TZID:{zone}", f"TZID:Unheard of {zone}").encode()

    ours = [one.start for one in occurrences(event, window(*period), BERLIN)]

    assert [start for start, _ in expanded(renamed, *period)] == ours


def test_utc_floating_and_dates_need_no_zone() -> None:
    utc = Timed(start=wall("2026-03-02T09:00"), end=wall("2026-03-02T10:00"), zone="UTC")

    for when in (utc, timed("2026-03-02T09:00", zone=None)):
        assert "TZID" not in render_event(CalendarEvent(uid="a", when=when), dtstamp=NOW)


@pytest.mark.parametrize("mark", ["a,b", "a\nb", "a;b", "ü"])
def test_a_mark_that_a_server_would_cut_is_refused(mark: str) -> None:
    event = CalendarEvent(uid="a", when=timed("2026-03-02T09:00"), mark=mark)

    with pytest.raises(ValueError, match="mark"):
        render_event(event, dtstamp=NOW)


def test_an_extra_property_is_written_once_for_the_series() -> None:
    body = render_event(MEETING, dtstamp=NOW, extra=[("X-BOOKING-UID", "abc-1")])

    assert lines(body).count("X-BOOKING-UID:abc-1") == 1


@pytest.mark.parametrize(
    ("name", "value"), [("SUMMARY", "a"), ("X-A", "a,b"), ("X-A", "a\nb"), ("X-A:B", "a")]
)
def test_an_extra_property_cannot_be_anything_else(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="extra property"):
        render_event(MEETING, dtstamp=NOW, extra=[(name, value)])


def test_a_long_lived_series_names_its_zone_in_a_few_kilobytes() -> None:
    event = series_of(timed("1930-01-06T09:00"), "FREQ=WEEKLY;UNTIL=21000101")

    assert len(render_event(event, dtstamp=NOW)) < 8_000
