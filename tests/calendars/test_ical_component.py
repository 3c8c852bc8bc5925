"""A component's lines are those that the icalendar library writes, whoever wrote them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar.prop import vCalAddress, vRecur

from booking.calendars.ical_component import Component
from booking.calendars.ical_lines import block_of

_Property = tuple[str, Any, dict[str, str]]

_texts = st.text(
    st.one_of(
        st.sampled_from('\\;,:"\n\tnN\u00e9\u20ac\U0001f600'),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=120,
)
_lines = _texts.map(lambda text: text.replace("\n", " "))
_walls = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))  # noqa: DTZ001
_zones = st.sampled_from(("Europe/Berlin", "Etc/GMT+5", "UTC", "Old: zone", "Mars/Olympus, Mons"))
_aware = st.sampled_from((UTC, timezone(timedelta(hours=2)), ZoneInfo("Asia/Kolkata")))


def _named(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from(names)


def _one(
    names: st.SearchStrategy[str],
    values: st.SearchStrategy[Any],
    parameters: st.SearchStrategy[dict[str, str]] | None = None,
) -> st.SearchStrategy[_Property]:
    return st.tuples(names, values, st.just({}) if parameters is None else parameters)


_properties = st.one_of(
    _one(_named("SUMMARY", "DESCRIPTION", "LOCATION"), _texts),
    # The library escapes nothing in these, which we give no value that needs it.
    _one(_named("COLOR", "UID", "X-BOOKING-MARK"), st.text("azAZ09 -@.#\u00e9", max_size=120)),
    _one(_named("STATUS", "TRANSP", "CLASS"), _named("CONFIRMED", "OPAQUE", "PRIVATE")),
    _one(_named("URL", "X-OTHER", "CONTACT"), st.just("https://example.test/a?b=c,d;e")),
    _one(_named("SEQUENCE", "PRIORITY"), st.integers(0, 2**31 - 1)),
    _one(
        _named("DTSTAMP", "CREATED", "LAST-MODIFIED"),
        st.datetimes(min_value=datetime(1970, 1, 2), timezones=_aware),  # noqa: DTZ001
    ),
    _one(_named("DTSTART", "DTEND", "RECURRENCE-ID"), st.dates(min_value=date(1, 1, 2))),
    _one(_named("DTSTART", "DTEND", "RECURRENCE-ID"), _walls),
    _one(_named("DTSTART", "DTEND"), _walls, st.builds(lambda name: {"TZID": name}, _zones)),
    _one(_named("DTSTART", "DTEND"), st.datetimes(timezones=st.just(UTC))),
    _one(
        _named("RECURRENCE-ID"),
        _walls,
        st.just({"TZID": "Europe/Berlin", "RANGE": "THISANDFUTURE"}),
    ),
    _one(_named("RRULE"), st.just(vRecur.from_ical("FREQ=WEEKLY;COUNT=3"))),
    _one(_named("ATTENDEE"), st.just(vCalAddress("mailto:guest@example.test"))),
    _one(_named("EXDATE"), _walls, st.just({"TZID": "Europe/Berlin"})),
)


@given(st.lists(_properties, max_size=12, unique_by=lambda one: one[0]))
def test_the_lines_are_those_of_the_library(properties: list[_Property]) -> None:
    ours, theirs = Component(), icalendar.Event()
    for name, value, parameters in properties:
        ours.add(name, value, parameters)
        theirs.add(name, value, parameters=dict(parameters))
    assert ours.lines() == block_of(theirs.content_lines()).lines


@pytest.mark.parametrize("name", ["EXDATE", "ATTENDEE"])
def test_what_stands_several_times_keeps_its_order(name: str) -> None:
    component = Component()
    component.add("SUMMARY", "Standup")
    values: dict[str, list[Any]] = {
        "EXDATE": [date(2027, 1, 2), date(2027, 1, 1)],
        "ATTENDEE": [vCalAddress("mailto:z@example.test"), vCalAddress("mailto:a@example.test")],
    }
    for value in values[name]:
        component.add(name, value)
    first, *others = component.lines()
    assert first == "SUMMARY:Standup"
    assert [line.rpartition(":")[2].replace("@example.test", "") for line in others] == (
        ["20270102", "20270101"] if name == "EXDATE" else ["z", "a"]
    )
