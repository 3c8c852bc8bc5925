"""Our expansion against python-dateutil and recurring-ical-events on random series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.calendars.ical import render_event
from booking.core.recurrence import canonical_rule, occurrences
from booking.core.recurrence_dates import Budget, dates_of
from booking.core.recurrence_rule import rule_of
from tests.core.second_opinion import expanded
from tests.core.series import BERLIN, cancelled, series, timed, wall, window, with_exceptions

YEARS = ("2025-01-01T00:00", "2027-01-01T00:00")
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def joined(values: list[int]) -> str:
    return ",".join(str(value) for value in values)


def some(low: int, high: int, *, most: int = 3) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high).filter(bool)
    return st.lists(numbers, min_size=1, max_size=most, unique=True).map(joined)


weekdays = st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True).map(",".join)
ordinal_days = st.tuples(st.sampled_from([-2, -1, 1, 2, 3, 4, 5]), st.sampled_from(DAYS)).map(
    lambda pair: f"{pair[0]}{pair[1]}"
)
month_days = some(-28, 28)
parts_by_frequency = {
    "DAILY": [{}, {"BYMONTH": some(1, 12)}, {"BYDAY": weekdays}, {"BYMONTHDAY": month_days}],
    "WEEKLY": [{}, {"BYDAY": weekdays, "WKST": st.sampled_from(DAYS)}, {"BYMONTH": some(1, 12)}],
    "MONTHLY": [
        {},
        {"BYDAY": weekdays | ordinal_days},
        {"BYMONTHDAY": some(-31, 31)},
        {"BYMONTH": some(1, 12), "BYDAY": weekdays | ordinal_days},
        {"BYDAY": weekdays, "BYMONTHDAY": month_days},
    ],
    "YEARLY": [
        {},
        {"BYMONTH": some(1, 12)},
        {"BYDAY": weekdays | ordinal_days},
        {"BYMONTH": some(1, 12), "BYDAY": weekdays | ordinal_days},
        {"BYMONTH": some(1, 12), "BYMONTHDAY": month_days},
        {"BYYEARDAY": some(-366, 366)},
        {"BYWEEKNO": some(-53, 53), "BYDAY": weekdays, "WKST": st.sampled_from(DAYS)},
    ],
}
"""Combinations that match now and then: dateutil searches to the year 9999 where none does."""


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(sorted(parts_by_frequency)))
    parts = {"FREQ": frequency, "INTERVAL": str(draw(st.integers(1, 4)))}
    for name, values in draw(st.sampled_from(parts_by_frequency[frequency])).items():
        parts[name] = draw(values)
    if draw(st.booleans()) and frequency != "DAILY" and "BYDAY" in parts:
        parts["BYSETPOS"] = draw(st.sampled_from(["1", "-1", "1,-1"]))
    end = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if end == "COUNT":
        parts["COUNT"] = str(draw(st.integers(1, 60)))
    if end == "UNTIL":
        parts["UNTIL"] = (
            f"{draw(st.datetimes(wall('2024-06-01'), wall('2026-12-01'))):%Y%m%dT%H%M%SZ}"
        )
    return ";".join(f"{name}={value}" for name, value in parts.items())


starts = st.datetimes(wall("2023-01-01"), wall("2026-06-01")).map(
    lambda moment: moment.replace(second=0, microsecond=0, fold=0)
)


@settings(max_examples=150, deadline=None)
@given(rule=rules(), start=starts, skipped=st.integers(0, 900))
def test_dates_agree_with_dateutil_wherever_one_begins_to_look(
    rule: str, start: datetime, skipped: int
) -> None:
    text = canonical_rule(rule, timed(start.isoformat(), zone="UTC"))
    first, last = start + timedelta(days=skipped), wall("2027-06-01")

    ours = list(dates_of(rule_of(text, "UTC"), start, first, last, Budget()))

    theirs = rrulestr(text, dtstart=start.replace(tzinfo=UTC))
    limit = last.replace(tzinfo=UTC)
    assert ours == [
        found.replace(tzinfo=None)
        for found in theirs.between(first.replace(tzinfo=UTC), limit, inc=True)
    ]


@settings(max_examples=40, deadline=None)
@given(rule=rules(), start=starts.map(lambda moment: moment.replace(hour=9)))
def test_instances_of_two_years_agree_with_recurring_ical_events(
    rule: str, start: datetime
) -> None:
    event = series(timed(start.isoformat(), minutes=45), rule)
    found = occurrences(event, window(*YEARS), BERLIN)
    gone = [cancelled(str(one.original_start)) for one in found[1:3]]
    event = with_exceptions(event, *gone)
    body = render_event(event, dtstamp=datetime(2026, 1, 1, tzinfo=UTC)).encode()

    ours = [(one.start, one.end) for one in occurrences(event, window(*YEARS), BERLIN)]

    assert ours == expanded(body, *YEARS)


@settings(max_examples=50, deadline=None)
@given(rule=rules(), start=starts)
def test_a_canonical_rule_is_its_own_canonical_form(rule: str, start: datetime) -> None:
    when = timed(start.isoformat())
    text = canonical_rule(rule, when)

    assert canonical_rule(text, when) == text


@settings(max_examples=30, deadline=None)
@given(rule=rules(), start=starts, split=st.integers(1, 600))
def test_two_halves_of_a_window_hold_what_the_whole_holds(
    rule: str, start: datetime, split: int
) -> None:
    event = series(timed(start.isoformat(), minutes=0), rule)
    first, last = window(*YEARS)
    middle = type(first)(first + split * 86_400)

    whole = occurrences(event, (first, last), BERLIN)

    halves = occurrences(event, (first, middle), BERLIN), occurrences(event, (middle, last), BERLIN)
    assert whole == halves[0] + halves[1]
