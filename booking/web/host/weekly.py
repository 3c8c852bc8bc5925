"""The weekly rows of a schedule's form: what was typed, to and from the API's form. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from booking.availability.hours import WEEKDAYS
from booking.web.host.forms import SentForm

LABELS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
_MOST_A_DAY = 24
_LAST_MINUTE = "23:59"  # what a time field can say where midnight at the end of a day is meant
_MIDNIGHT = "24:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Two wall times as typed, `HH:MM`; the end of a day is shown as 23:59."""

    start: str
    end: str

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was typed."""
        return not (self.start or self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One weekday with its intervals; none means closed."""

    day: str
    intervals: tuple[Interval, ...] = ()

    @property
    def label(self) -> str:
        """Return the day's name."""
        return LABELS[self.day]


def rows_of(weekly: Iterable[Mapping[str, Any]]) -> tuple[DayRow, ...]:
    """Return the rows that show stored rules."""
    found: dict[str, list[Interval]] = {day: [] for day in WEEKDAYS}
    for rule in weekly:
        for day in rule["days"]:
            found[day].append(Interval(start=rule["start"], end=_shown(rule["end"])))
    return tuple(
        DayRow(day=day, intervals=tuple(sorted(found[day], key=lambda each: each.start)))
        for day in WEEKDAYS
    )


def rows_from(form: SentForm) -> tuple[DayRow, ...]:
    """Return the rows as they were typed, empty ones too."""
    return tuple(DayRow(day=day, intervals=tuple(_typed(form, day))) for day in WEEKDAYS)


def _typed(form: SentForm, day: str) -> Iterable[Interval]:
    for place in range(_MOST_A_DAY):
        start, end = f"{day}-{place}-start", f"{day}-{place}-end"
        if form.is_set(start) or form.is_set(end):
            yield Interval(start=form.text(start).strip(), end=form.text(end).strip())


def wire_of(rows: Sequence[DayRow]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rules in the API's form, equal hours gathered, and the field of each rule.

    The second list names, for the rule at each place, the form's field that it came from first.
    """
    gathered: dict[tuple[str, str], list[str]] = {}
    fields: dict[tuple[str, str], str] = {}
    for row in rows:
        for place, each in enumerate(row.intervals):
            if each.is_empty:
                continue
            hours = (each.start, _stored(each.end))
            fields.setdefault(hours, f"{row.day}-{place}")
            days = gathered.setdefault(hours, [])
            if row.day not in days:
                days.append(row.day)
    rules = [{"days": days, "start": start, "end": end} for (start, end), days in gathered.items()]
    return rules, list(fields.values())


def added(rows: Sequence[DayRow], day: str) -> tuple[DayRow, ...]:
    """Return the rows with one more, empty interval on `day`."""
    empty = Interval(start="", end="")
    return tuple(
        replace(row, intervals=(*row.intervals, empty))
        if row.day == day and len(row.intervals) < _MOST_A_DAY
        else row
        for row in rows
    )


def removed(rows: Sequence[DayRow], day: str, place: int) -> tuple[DayRow, ...]:
    """Return the rows without the interval at `place` of `day`."""
    return tuple(
        replace(row, intervals=row.intervals[:place] + row.intervals[place + 1 :])
        if row.day == day
        else row
        for row in rows
    )


def copied(rows: Sequence[DayRow], source: str, targets: Iterable[str]) -> tuple[DayRow, ...]:
    """Return the rows with the intervals of `source` on the `targets` too."""
    wanted = set(targets)
    pattern = next((row.intervals for row in rows if row.day == source), ())
    return tuple(replace(row, intervals=pattern) if row.day in wanted else row for row in rows)


def summary(weekly: Iterable[Mapping[str, Any]]) -> str:
    """Return rules as a line: `Mon-Fri 09:00-17:00; Sat 10:00-12:00`, with proper dashes."""
    rules, _ = wire_of(rows_of(weekly))
    return "; ".join(
        f"{_days(rule['days'])} {rule['start']}\N{EN DASH}{rule['end']}" for rule in rules
    )


def _days(days: Sequence[str]) -> str:
    """Return days as a line; three or more in a row as a range."""
    places = [WEEKDAYS.index(day) for day in days]
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(_run(run) for run in runs)


def _run(run: Sequence[int]) -> str:
    names = [LABELS[WEEKDAYS[place]][:3] for place in run]
    return f"{names[0]}\N{EN DASH}{names[-1]}" if len(names) > 2 else ", ".join(names)


def _shown(end: str) -> str:
    return _LAST_MINUTE if end == _MIDNIGHT else end


def _stored(end: str) -> str:
    return _MIDNIGHT if end == _LAST_MINUTE else end
