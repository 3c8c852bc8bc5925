"""The canonical event and its merge units."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from booking.core.event import (
    UNIT_NAMES,
    AllDay,
    Answer,
    Attendee,
    CalendarEvent,
    EventException,
    EventStatus,
    ExtraDate,
    Organizer,
    Recurrence,
    Timed,
    from_record,
    from_units,
    to_record,
    to_units,
)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def nine_to_ten(zone: str | None = "Europe/Berlin") -> Timed:
    return Timed(start=wall("2026-01-05T09:00"), end=wall("2026-01-05T10:00"), zone=zone)


def weekly(**fields: object) -> CalendarEvent:
    master = CalendarEvent(
        uid="series@example",
        when=nine_to_ten(),
        title="Review",
        recurrence=Recurrence(rules=("FREQ=WEEKLY",)),
    )
    return replace(master, **fields)  # type: ignore[arg-type]


def moved_and_cancelled() -> CalendarEvent:
    master = weekly()
    noon = replace(nine_to_ten(), start=wall("2026-01-12T12:00"), end=wall("2026-01-12T13:00"))
    moved = replace(master, when=noon, recurrence=None, exceptions=(), my_answer=Answer.DECLINED)
    return replace(
        master,
        exceptions=(
            EventException(original_start=wall("2026-01-12T09:00"), replacement=moved),
            EventException(original_start=wall("2026-01-19T09:00"), replacement=None),
        ),
    )


def test_units_always_have_every_name() -> None:
    units = to_units(CalendarEvent(uid="a", when=nine_to_ten()))

    assert set(units) == set(UNIT_NAMES)


def test_units_of_an_exception_hold_only_what_differs() -> None:
    units = to_units(moved_and_cancelled())

    assert units["exceptions"] == {
        "2026-01-12T09:00:00": {
            "when": {
                "start": "2026-01-12T12:00:00",
                "end": "2026-01-12T13:00:00",
                "zone": "Europe/Berlin",
            }
        },
        "2026-01-19T09:00:00": {"cancelled": True},
    }


def test_a_changed_title_of_the_series_reaches_exceptions_that_did_not_change_it() -> None:
    units = {**to_units(moved_and_cancelled()), "title": "Planning"}

    event = from_units(units, uid="series@example")

    assert event.exceptions[0].replacement is not None
    assert event.exceptions[0].replacement.title == "Planning"


def test_units_survive_json() -> None:
    event = moved_and_cancelled()

    units = json.loads(json.dumps(to_units(event)))

    assert units == to_units(event)
    assert to_units(from_units(units)) == to_units(event)


def test_units_of_extra_dates_and_periods_survive() -> None:
    extra = (
        ExtraDate(start=wall("2026-02-01T09:00")),
        ExtraDate(start=wall("2026-02-02T09:00"), end=wall("2026-02-02T12:00")),
    )
    event = weekly(recurrence=Recurrence(extra_dates=extra, only_exceptions=True))

    assert from_units(to_units(event)).recurrence == event.recurrence


def test_all_day_units_are_dates() -> None:
    event = CalendarEvent(uid="a", when=AllDay(start=date(2026, 1, 5), end=date(2026, 1, 6)))

    assert to_units(event)["when"] == {"start": "2026-01-05", "end": "2026-01-06"}


def test_from_units_takes_what_is_no_unit_from_the_base() -> None:
    base = weekly(organizer=Organizer(address="a@example.org"), sequence=4, mark="pair-1")

    event = from_units({**to_units(base), "title": "Other"}, base=base)

    assert event == replace(base, title="Other")


def test_a_record_holds_the_whole_event() -> None:
    event = replace(
        moved_and_cancelled(),
        organizer=Organizer(address="a@example.org", name="A"),
        attendees=(Attendee(address="b@example.org", answer=Answer.ACCEPTED),),
        my_answer=Answer.ACCEPTED,
        status=EventStatus.TENTATIVE,
        sequence=2,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        updated_at=datetime(2026, 1, 2, tzinfo=UTC),
        mark="pair-1.link-2",
    )
    record = json.loads(json.dumps(to_record(event)))

    restored = from_record(record)

    assert to_record(restored) == to_record(event)
    assert restored.exceptions[0].replacement is not None
    assert restored.exceptions[0].replacement.my_answer is Answer.DECLINED


@pytest.mark.parametrize(
    "fields",
    [
        {"start": datetime(2026, 1, 5, 9, tzinfo=UTC)},
        {"start": wall("2026-01-05T09:00").replace(fold=1)},
        {"start": wall("2026-01-05T11:00")},
        {"start": wall("9999-01-05T09:00")},
        {"end_zone": "Europe/Berlin"},
        {"zone": None, "end_zone": "Europe/Paris"},
    ],
)
def test_odd_times_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"time|year|zone|ends"):
        replace(nine_to_ten(), **fields)  # type: ignore[arg-type]


def test_an_all_day_event_lasts_at_least_a_day() -> None:
    with pytest.raises(ValueError, match="at least a day"):
        AllDay(start=date(2026, 1, 5), end=date(2026, 1, 5))


def test_attendees_must_be_sorted_and_distinct() -> None:
    twice = (Attendee(address="a@example.org"), Attendee(address="a@example.org"))

    with pytest.raises(ValueError, match="attendees"):
        CalendarEvent(uid="a", when=nine_to_ten(), attendees=twice)


def test_an_exception_of_another_kind_than_its_master_is_refused() -> None:
    event = weekly(
        exceptions=(EventException(original_start=date(2026, 1, 12), replacement=weekly()),)
    )

    with pytest.raises(ValueError, match="kind"):
        to_units(event)
