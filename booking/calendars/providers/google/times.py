"""Google's dates and times as the wall times of `core.event`, and back.

Google knows an instant and a zone; a series keeps its wall time in that zone. It has no floating
times: these are written in the calendar's own zone and remembered as floating (`extras`).
Source: https://developers.google.com/workspace/calendar/api/v3/reference/events
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from booking.core.event import AllDay, OriginalStart, Timed, When
from booking.core.zones import is_zone, zone

Part = Mapping[str, Any]


def when_of(start: Part, end: Part, *, recurs: bool) -> When:
    """Return when a row is. Errors: ValueError, KeyError for what is no time.

    A single event that wall times cannot tell (in the hour that comes twice) is told in UTC.
    """
    if "date" in start:
        return AllDay(start=date.fromisoformat(start["date"]), end=date.fromisoformat(end["date"]))
    name = zone_of(start)
    end_name = zone_of(end) if end.get("timeZone") else name
    first, last = moment_of(start), moment_of(end)
    if not recurs and not (_is_plain(first, name) and _is_plain(last, end_name)):
        name = end_name = "UTC"
    begins, ends = _wall(first, name), _wall(last, end_name)
    if end_name == name:
        return Timed(start=begins, end=max(begins, ends), zone=name)
    return Timed(start=begins, end=ends, zone=name, end_zone=end_name)


def zone_of(part: Part) -> str:
    """Return the zone in which a time is kept, UTC where it is none that we know."""
    name = part.get("timeZone", "")
    return str(name) if is_zone(name) else "UTC"


def moment_of(part: Part) -> datetime:
    """Return the instant of a `dateTime`, aware, in whole seconds. Errors: ValueError, KeyError."""
    moment = datetime.fromisoformat(part["dateTime"]).replace(microsecond=0)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone(zone_of(part)))
    return moment.astimezone(UTC)


def original_start_of(part: Part, when: When) -> OriginalStart:
    """Return which instance of a series at `when` a row replaces: its kind, its zone."""
    if isinstance(when, AllDay):
        return date.fromisoformat(part["date"] if "date" in part else part["dateTime"][:10])
    if "date" in part:
        return datetime.combine(date.fromisoformat(part["date"]), when.start.time())
    return _wall(moment_of(part), when.zone or zone_of(part))


def parts_of(when: When) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `start` and `end` to be written; `when` has a zone.

    The other kind is named as null: a patch would else leave both.
    """
    if isinstance(when, AllDay):
        none = {"dateTime": None, "timeZone": None}
        return {"date": when.start.isoformat(), **none}, {"date": when.end.isoformat(), **none}
    name = when.zone or "UTC"
    return _part(when.start, name), _part(when.end, when.end_zone or name)


def stamp_of(start: OriginalStart, when: When) -> str:
    """Return the second half of an instance's id: its date, or its first instant in UTC."""
    if not isinstance(start, datetime):
        return f"{start:%Y%m%d}"
    name = (when.zone if isinstance(when, Timed) else None) or "UTC"
    return f"{start.replace(tzinfo=zone(name)).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def says_the_same(old: Part, new: Part) -> bool:
    """Tell whether a `start` or `end` as it stands needs no change."""
    if new.get("date") is not None:
        return bool(old.get("date") == new["date"])
    if "dateTime" not in old or old.get("date") is not None:
        return False
    return moment_of(old) == moment_of(new) and zone_of(old) == str(new["timeZone"])


def _part(wall: datetime, name: str) -> dict[str, Any]:
    moment = wall.replace(tzinfo=zone(name)).astimezone(UTC).astimezone(zone(name))
    return {"dateTime": moment.isoformat(), "timeZone": name, "date": None}


def _wall(moment: datetime, name: str) -> datetime:
    return moment.astimezone(zone(name)).replace(tzinfo=None, fold=0)


def _is_plain(moment: datetime, name: str) -> bool:
    """Tell whether the wall time alone names this instant."""
    return _wall(moment, name).replace(tzinfo=zone(name)).astimezone(UTC) == moment
