"""The dates a rule gives, walked period by period within a budget of steps.

Why not python-dateutil's rrule: a rule that never matches (30 February) makes it search to the
year 9999 within one call, where nobody can count its steps, and it walks from the start of the
series each time. Here every day looked at is paid for, so the work is bounded without a second
process, and a rule without COUNT begins at the period asked about.

Wall times only: what a clock change makes of them is left to `recurrence`.
Source: RFC 5545, 3.3.10, whose table of "expand" and "limit" is one filter over each period's days.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import product

from booking.core.recurrence_rule import DAILY, MONTHLY, WEEKLY, YEARLY, Rule, TooComplex

STEPS = 400_000
"""Days looked at and instances counted for one object: about half a second of work."""

_WEEK = 7
_MONTHS = 12


@dataclass(slots=True)
class Budget:
    """The steps that are left for one object. Errors: TooComplex when they are spent."""

    left: int = STEPS

    def spend(self, steps: int) -> None:
        """Pay for `steps` of work."""
        self.left -= steps
        if self.left < 0:
            raise TooComplex("the series needs more work than any real one")


def dates_of(
    rule: Rule, start: datetime, first: datetime, last: datetime, budget: Budget
) -> Iterator[datetime]:
    """Yield, in order, the instances of a series starting at `start` from `first` to `last`.

    Units: wall times, both ends included. A `start` that the rule does not match is not yielded.
    Errors: TooComplex when the budget is spent.
    """
    full = _with_defaults(rule, start)
    end = min(last, rule.until) if rule.until else last
    left = rule.count
    begin = start if rule.count else max(start, first)
    for instances in _periods(full, start, begin, end, budget):
        for instance in instances:
            if instance < start:
                continue
            if instance > end or left == 0:
                return
            left = left - 1 if left is not None else None
            if instance >= first:
                yield instance


def _with_defaults(rule: Rule, start: datetime) -> Rule:
    """Fill in what a rule takes from its start (RFC 5545, 3.3.10: "information from DTSTART")."""
    timed = replace(
        rule,
        by_hour=rule.by_hour or (start.hour,),
        by_minute=rule.by_minute or (start.minute,),
        by_second=rule.by_second or (start.second,),
    )
    if rule.by_week or rule.by_year_day or rule.by_month_day or rule.by_day:
        return timed
    if rule.frequency == YEARLY:
        month = rule.by_month or (start.month,)
        return replace(timed, by_month=month, by_month_day=(start.day,))
    if rule.frequency == MONTHLY:
        return replace(timed, by_month_day=(start.day,))
    return replace(timed, by_day=((0, start.weekday()),)) if rule.frequency == WEEKLY else timed


def _periods(
    rule: Rule, start: datetime, begin: datetime, end: datetime, budget: Budget
) -> Iterator[list[datetime]]:
    """Yield the instances of each period (day, week, month, year) that may reach `begin`."""
    times = tuple(
        time(hour, minute, second)
        for hour, minute, second in product(rule.by_hour, rule.by_minute, rule.by_second)
    )
    origin = _period_of(rule, start.date())
    reached = _period_of(rule, begin.date())
    number = origin + (reached - origin) // rule.interval * rule.interval
    last = _period_of(rule, end.date())
    while number <= last:
        days = _days_in(rule, number)
        budget.spend(max(1, len(days)))
        matching = [day for day in days if _matches(rule, day)]
        budget.spend(len(matching) * len(times))
        yield _chosen(rule, [datetime.combine(day, at) for day in matching for at in times])
        number += rule.interval


def _period_of(rule: Rule, day: date) -> int:
    """Return the number of the period in which `day` lies, counted without gaps."""
    if rule.frequency == DAILY:
        return day.toordinal()
    if rule.frequency == WEEKLY:
        return (day.toordinal() - 1 - rule.week_start) // _WEEK
    return day.year if rule.frequency == YEARLY else day.year * _MONTHS + day.month - 1


def _days_in(rule: Rule, number: int) -> list[date]:
    """Return the days of a period, leaving out whole months that the rule does not name."""
    if rule.frequency == DAILY:
        return [date.fromordinal(number)]
    if rule.frequency == WEEKLY:
        first = number * _WEEK + 1 + rule.week_start
        return [date.fromordinal(first + i) for i in range(_WEEK)]
    if rule.frequency == MONTHLY:
        return _days_of_month(rule, number // _MONTHS, number % _MONTHS + 1)
    months = rule.by_month or range(1, _MONTHS + 1)
    return [day for month in months for day in _days_of_month(rule, number, month)]


def _days_of_month(rule: Rule, year: int, month: int) -> list[date]:
    if rule.by_month and month not in rule.by_month:
        return []
    length = calendar.monthrange(year, month)[1]
    return [date(year, month, day) for day in range(1, length + 1)]


def _matches(rule: Rule, day: date) -> bool:
    """Tell whether every BY part that speaks of days lets `day` pass."""
    return (
        (not rule.by_month or day.month in rule.by_month)
        and (not rule.by_month_day or _in_month(rule.by_month_day, day))
        and (not rule.by_day or _is_weekday(rule, day))
        and (not rule.by_year_day or _in_year(rule.by_year_day, day))
        and (not rule.by_week or _in_week(rule, day))
    )


def _in_month(wanted: tuple[int, ...], day: date) -> bool:
    if day.day in wanted:
        return True
    return wanted[0] < 0 and day.day - calendar.monthrange(day.year, day.month)[1] - 1 in wanted


def _in_year(wanted: tuple[int, ...], day: date) -> bool:
    number = day.timetuple().tm_yday
    return number in wanted or number - _year_length(day.year) - 1 in wanted


def _is_weekday(rule: Rule, day: date) -> bool:
    weekday = day.weekday()
    if rule.frequency in {DAILY, WEEKLY}:
        return any(wanted == weekday for _, wanted in rule.by_day)
    wanted = [ordinal for ordinal, wanted in rule.by_day if wanted == weekday]
    if not wanted:
        return False
    if rule.frequency == YEARLY and not rule.by_month:
        number, length = day.timetuple().tm_yday, _year_length(day.year)
    else:
        number, length = day.day, calendar.monthrange(day.year, day.month)[1]
    return bool({0, (number - 1) // _WEEK + 1, -((length - number) // _WEEK + 1)} & set(wanted))


def _in_week(rule: Rule, day: date) -> bool:
    """Compare week numbers as ISO 8601 counts them, with the rule's own first weekday."""
    for year in (day.year + 1, day.year, day.year - 1):
        first = _first_week(year, rule.week_start)
        if day >= first:
            number = (day - first).days // _WEEK + 1
            weeks = (_first_week(year + 1, rule.week_start) - first).days // _WEEK
            return number in rule.by_week or number - weeks - 1 in rule.by_week
    return False


def _first_week(year: int, week_start: int) -> date:
    """Return the first day of the week that holds 4 January."""
    fourth = date(year, 1, 4)
    return fourth - timedelta(days=(fourth.weekday() - week_start) % _WEEK)


def _year_length(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def _chosen(rule: Rule, instances: list[datetime]) -> list[datetime]:
    """Apply BYSETPOS, which counts within one period, from either end."""
    if not rule.by_position:
        return instances
    total = len(instances)
    wanted = {position - 1 if position > 0 else total + position for position in rule.by_position}
    return [instances[index] for index in sorted(wanted) if 0 <= index < total]
