"""What a replica keeps of an event: enough for its times, and nothing of what it is about."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.calendars.busy import blocks
from booking.calendars.content import content_of, event_of
from booking.core.event import UNIT_NAMES, CalendarEvent, canonical, from_units, to_units
from booking.core.instants import Instant
from booking.core.recurrence import TooComplex, occurrences
from booking.core.zones import zone
from tests.bookings.desk import at
from tests.calendars.ical_events import bodies, series

WINDOW = (Instant(at("2024-01-01 00:00")), Instant(at("2025-07-01 00:00")))


def _blocking(event: CalendarEvent) -> list[tuple[object, ...]] | None:
    """Return what an event blocks and how, None where it is too much to say."""
    try:
        found = occurrences(event, WINDOW, zone("Europe/Berlin"))
    except TooComplex:
        return None
    return [
        (one.start, one.end, one.all_day, one.status, one.event.my_answer)
        for one in found
        if blocks(one)
    ]


@settings(max_examples=60)
@given(series())
def test_times_alone_block_what_the_whole_event_blocks(event: CalendarEvent) -> None:
    kept = json.loads(json.dumps(content_of(event, times_only=True)))

    assert _blocking(event_of(kept, event.uid)) == _blocking(event)


@settings(max_examples=60)
@given(series())
def test_the_whole_content_is_the_event_again(event: CalendarEvent) -> None:
    kept = json.loads(json.dumps(content_of(event, times_only=False)))

    again = event_of(kept, event.uid)

    assert content_of(again, times_only=False) == content_of(event, times_only=False)


@settings(max_examples=60)
@given(series())
def test_times_alone_say_nothing_else(event: CalendarEvent) -> None:
    kept = content_of(event, times_only=True)

    assert set(kept) == {"when", "recurrence", "status", "transparency", "exceptions", "answers"}
    names = {name for exception in kept["exceptions"].values() for name in exception}
    assert names <= {"when", "status", "transparency", "cancelled", "and_future"}


@settings(max_examples=60)
@given(
    one=bodies() | series(),
    other=bodies() | series(),
    taken=st.sets(st.sampled_from(UNIT_NAMES)),
    unsaid=st.sets(st.sampled_from(UNIT_NAMES)),
)
def test_units_of_two_events_are_as_canonical_as_the_event_they_make(
    one: CalendarEvent, other: CalendarEvent, taken: set[str], unsaid: set[str]
) -> None:
    mixed = to_units(one) | {name: to_units(other)[name] for name in taken - {"when", "exceptions"}}
    said = {name: value for name, value in mixed.items() if name not in unsaid - {"when"}}

    assert canonical(said) == to_units(from_units(said, uid="any"))
