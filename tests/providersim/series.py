"""Instances of a recurring event, by dateutil: another judge than the product's own expander."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from tests.providersim.state import JSON

MOST = 730
_LINE = re.compile(r"(RRULE|RDATE|EXDATE|EXRULE)((?:;[^:]*)?):(.+)", re.IGNORECASE)
_UNTIL = re.compile(r"UNTIL=(\d{8}T\d{6})Z", re.IGNORECASE)


def moment_of(part: JSON, default_zone: str) -> datetime:
    """Return the instant of a `start` or `end`; a date means midnight in the default zone."""
    if "dateTime" not in part:
        day = date.fromisoformat(part["date"])
        return datetime.combine(day, time(), ZoneInfo(default_zone))
    moment = datetime.fromisoformat(part["dateTime"])
    zone = ZoneInfo(part.get("timeZone") or default_zone)
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def is_all_day(row: JSON) -> bool:
    return "date" in row["start"]


def stamp_of(row: JSON, wall: datetime, zone: ZoneInfo) -> str:
    """Return the second half of an instance's id."""
    if is_all_day(row):
        return wall.strftime("%Y%m%d")
    return wall.replace(tzinfo=zone).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def walls(row: JSON, zone: ZoneInfo, until: datetime) -> Iterator[datetime]:
    """Yield the wall times at which instances start, exceptions left aside."""
    start = moment_of(row["start"], str(zone)).astimezone(zone).replace(tzinfo=None)
    if is_all_day(row):
        start = datetime.fromisoformat(row["start"]["date"])
    rules = rruleset()
    rules.rdate(start)
    for line in row.get("recurrence", ()):
        _add(rules, line, start, zone)
    last = until.astimezone(zone).replace(tzinfo=None)
    for number, wall in enumerate(rules):
        if wall > last or number >= MOST:
            return
        yield wall


def _add(rules: rruleset, line: str, start: datetime, zone: ZoneInfo) -> None:
    match = _LINE.fullmatch(line)
    if match is None:
        return
    kind, parameters, value = match[1].upper(), match[2], match[3]
    if kind == "RRULE":
        local = _UNTIL.sub(
            lambda until: f"UNTIL={_local(until[1] + 'Z', zone, ''):%Y%m%dT%H%M%S}", value
        )
        found = rrulestr(local, dtstart=start)
        assert isinstance(found, rrule)
        rules.rrule(found)
        return
    for text in value.split(","):
        wall = _local(text, zone, parameters)
        (rules.rdate if kind == "RDATE" else rules.exdate)(wall)


def _local(text: str, zone: ZoneInfo, parameters: str) -> datetime:
    if "T" not in text:
        return datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  (a date)
    wall = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  (a wall time)
    if text.endswith("Z"):
        return wall.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    named = re.search(r"TZID=([^;:]+)", parameters)
    if named is not None:
        return wall.replace(tzinfo=ZoneInfo(named[1])).astimezone(zone).replace(tzinfo=None)
    return wall


def instance(master: JSON, wall: datetime, zone: ZoneInfo) -> JSON:
    """Return the instance that a series has at a wall time, as the API shows it."""
    kept = {name: part for name, part in master.items() if name != "recurrence"}
    start, end = _moved(master, wall, zone)
    return {
        **kept,
        "id": f"{master['id']}_{stamp_of(master, wall, zone)}",
        "recurringEventId": master["id"],
        "originalStartTime": dict(start),
        "start": start,
        "end": end,
    }


def _moved(master: JSON, wall: datetime, zone: ZoneInfo) -> tuple[JSON, JSON]:
    if is_all_day(master):
        first = date.fromisoformat(master["start"]["date"])
        length = date.fromisoformat(master["end"]["date"]) - first
        return {"date": str(wall.date())}, {"date": str(wall.date() + length)}
    start = moment_of(master["start"], str(zone))
    end = moment_of(master["end"], str(zone))
    length = end.astimezone(zone).replace(tzinfo=None) - start.astimezone(zone).replace(tzinfo=None)
    return (
        {"dateTime": wall.replace(tzinfo=zone).isoformat(), "timeZone": str(zone)},
        {"dateTime": (wall + length).replace(tzinfo=zone).isoformat(), "timeZone": str(zone)},
    )


def zone_of(row: JSON, default: str) -> ZoneInfo:
    return ZoneInfo(row["start"].get("timeZone") or default)


def expanded(rows: Iterable[JSON], default: str, first: datetime, last: datetime) -> Iterator[JSON]:
    """Yield single events and instances that touch a period; exceptions take their place."""
    by_id = {row["id"]: row for row in rows}
    for row in by_id.values():
        if row["status"] == "cancelled":
            continue
        if "recurrence" not in row:
            if touches(row, default, first, last):
                yield row
            continue
        zone = zone_of(row, default)
        for wall in walls(row, zone, last + timedelta(days=1)):
            one = instance(row, wall, zone)
            if one["id"] not in by_id and touches(one, default, first, last):
                yield one


def touches(row: JSON, default: str, first: datetime, last: datetime) -> bool:
    start, end = moment_of(row["start"], default), moment_of(row["end"], default)
    return start < last and (end > first or (start == end and start >= first))
