"""Schedules as the host's pages show them, and sentences about what changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from booking.availability.hours import parse_overrides, parse_weekly
from booking.availability.values import ScheduleView
from booking.core.zones import zone
from booking.web import english
from booking.web.host import weekly, words
from booking.web.host.forms import SentForm
from booking.web.host.week_picture import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A schedule in the overview."""

    schedule: ScheduleView
    summary: str
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOverride:
    """A changed date: `iso` for its address, the rest in words."""

    iso: str
    day: str
    hours: str


def listed(view: ScheduleView, *, is_default: bool) -> Listed:
    """Return a schedule for the overview."""
    summary = weekly.summary(view.weekly) or "Closed on all days"
    return Listed(schedule=view, summary=summary, is_default=is_default)


def hours_of(view: ScheduleView, away: Sequence[tuple[date, date]]) -> Hours:
    """Return what opens the days of a stored schedule."""
    overrides = parse_overrides(view.overrides)
    return Hours(
        zone=zone(view.time_zone),
        weekly=parse_weekly(view.weekly),
        overrides={each.date: each for each in overrides},
        away=away,
    )


def overrides_of(view: ScheduleView) -> tuple[ShownOverride, ...]:
    """Return a schedule's changed dates in order."""
    entries = sorted(view.overrides, key=lambda each: str(each["date"]))
    return tuple(
        ShownOverride(
            iso=entry["date"],
            day=words.day(date.fromisoformat(entry["date"])),
            hours=_hours_words(entry["intervals"]) or "Closed all day",
        )
        for entry in entries
    )


def override_from(form: SentForm) -> dict[str, Any]:
    """Return the changed date of the form, in the API's form."""
    pairs = [(form.text(f"start-{place}"), form.text(f"end-{place}")) for place in range(2)]
    intervals = [
        {"start": start, "end": "24:00" if end == "23:59" else end}
        for start, end in pairs
        if (start or end) and form.text("kind") == "hours"
    ]
    return {"date": form.text("date"), "intervals": intervals}


def override_told(entry: Mapping[str, Any]) -> str:
    """Return what a stored override means, as a sentence."""
    day = words.day(date.fromisoformat(entry["date"]))
    hours = _hours_words(entry["intervals"])
    return f"{day} is open {hours}." if hours else f"{day} is closed."


def _hours_words(intervals: Sequence[Mapping[str, Any]]) -> str:
    return english.listed([f"{each['start']}{words.DASH}{each['end']}" for each in intervals])


def change_told(before: ScheduleView, after: ScheduleView) -> str:
    """Return what saving changed."""
    told = []
    if before.name != after.name:
        told.append(f"Renamed to “{after.name}”.")
    if before.time_zone != after.time_zone:
        told.append(f"Hours now follow the clocks of {after.time_zone}.")
    if before.weekly != after.weekly:
        told.append(f"Open {weekly.summary(after.weekly) or 'on no day'}.")
    return " ".join(told) or "Nothing was changed."


def clock_change(zone_name: str, now: datetime) -> str | None:
    """Return the note on the next change of clocks, None where none is near."""
    found = words.next_clock_change(zone(zone_name), now)
    if found is None:
        return None
    return (
        f"Clocks change on {words.short_day(found)} in {english.city(zone_name)}. "
        "Your hours stay the same on the wall."
    )


def dates_told(first: date, last: date) -> str:
    """Return local dates as words: `on 24 December` or `from … to …`."""
    if first == last:
        return f"on {words.day(first)}"
    return f"from {words.day(first)} to {words.day(last)}"


def dates_shown(first: date, last: date) -> str:
    """Return local dates as they stand in a list."""
    return words.day(first) if first == last else f"{words.day(first)} to {words.day(last)}"


def with_rows(errors: Mapping[str, str], places: Sequence[str]) -> dict[str, str]:
    """Return errors with `weekly_2_end` renamed to the form's own field, `wed-0-end`."""
    renamed = {}
    for name, detail in errors.items():
        parts = name.split("_")
        if parts[0] == "weekly" and len(parts) > 2 and int(parts[1]) < len(places):
            renamed[f"{places[int(parts[1])]}-{parts[2]}"] = detail
        else:
            renamed[name] = detail
    return renamed


def with_override(errors: Mapping[str, str], place: int) -> dict[str, str]:
    """Return errors of the override at `place` under the names of its form."""
    stem = f"overrides_{place}_"
    renamed = {}
    for name, detail in errors.items():
        rest = name.removeprefix(stem)
        if name.startswith(f"{stem}intervals_"):
            _, number, end = rest.split("_")
            renamed[f"{end}-{number}"] = detail
        else:
            renamed[rest] = detail
    return renamed


def prefixed(errors: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return errors with names of their own, where two forms of a page share fields."""
    return {f"{prefix}_{name}" if name else "": detail for name, detail in errors.items()}
