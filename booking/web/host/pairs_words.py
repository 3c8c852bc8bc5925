"""How events of a pair, their times and changed fields are written on a host's pages. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from booking.core.event_parts import AllDay, Timed
from booking.core.event_units import original_start_of, when_of
from booking.core.zones import is_zone, zone
from booking.web import english
from booking.web.host import words

UNTITLED = "Event without a title"
_NO_TIME = "time unknown"
_NOTHING = "nothing"
_MOST_SHOWN = 200
_LABELS = {
    "when": "Time",
    "title": "Title",
    "description": "Description",
    "location": "Place",
    "status": "Status",
    "transparency": "Shown as",
    "visibility": "Privacy",
    "url": "Link",
    "color": "Colour",
    "priority": "Priority",
    "recurrence": "Repetition",
    "": "Whole event",
}
_SHOWN_AS = {"opaque": "busy", "transparent": "free"}
_ANSWERS = {"needs-action": "not answered"}
_REASONS = {
    "forbidden": "This calendar may not be changed with these credentials.",
    "name_taken": "The server says that an event of this name exists already.",
    "no_answer": "The server did not answer several times when this event was written.",
    "unsupported": "This server cannot hold such an event.",
    "recurrence": "This server cannot repeat an event in this way.",
    "recurrence_lost": "The server keeps this series as a single event, so no copy is left there.",
    "attendees": "Microsoft would write to everybody who attends. Change this meeting in Outlook.",
    "provider_unavailable": "The server did not take this event.",
    "conflict": "The event kept changing at the server while it was written.",
    "not_found": "The event vanished while it was written.",
    "deleted_by_hand": "This copy was deleted twice within a day, so it is not made again.",
}
_PERIODS = {
    "SECONDLY": "second",
    "MINUTELY": "minute",
    "HOURLY": "hour",
    "DAILY": "day",
    "WEEKLY": "week",
    "MONTHLY": "month",
    "YEARLY": "year",
}


def title(text: str) -> str:
    """Return an event's title, or words for one without."""
    return text.strip() or UNTITLED


def when(unit: Any, zone_name: str) -> str:
    """Return when an event is, by the clocks of `zone_name`; `unit` is its merge unit `when`."""
    try:
        found = when_of(unit)
    except (ValueError, KeyError, TypeError):
        return _NO_TIME
    return _days(found) if isinstance(found, AllDay) else _times(found, zone_name)


def _days(found: AllDay) -> str:
    last = found.end - timedelta(days=1)
    if last <= found.start:
        return f"{words.day(found.start)}, all day"
    return f"{words.day(found.start)} {words.DASH} {words.day(last)}, all day"


def _times(found: Timed, zone_name: str) -> str:
    start = _here(found.start, found.zone, zone_name)
    end = _here(found.end, found.end_zone or found.zone, zone_name)
    is_same_day = start.date() == end.date()
    until = words.clock(end) if is_same_day else f"{words.day(end.date())}, {words.clock(end)}"
    dash = words.DASH if is_same_day else f" {words.DASH} "
    told = f"{words.day(start.date())}, {words.clock(start)}{dash}{until}"
    return told if is_zone(found.zone) else f"{told}, in any zone"


def _here(wall: datetime, own: str | None, zone_name: str) -> datetime:
    """Return a wall time by the clocks of `zone_name`; one without a zone stays as it is."""
    if own is None or not is_zone(own):
        return wall
    return wall.replace(tzinfo=zone(own)).astimezone(zone(zone_name))


def label(leaf: str) -> str:
    """Return the name of a field, such as `Place` or `Attendee some@example.org`."""
    unit, _, key = leaf.partition("/")
    if unit == "attendees":
        return f"Attendee {key}"
    if unit == "exceptions":
        return f"Occurrence of {_moment(key)}"
    return _LABELS.get(unit, unit.capitalize())


def _moment(key: str) -> str:
    try:
        start: date = original_start_of(key)
    except ValueError:
        return key
    if isinstance(start, datetime):
        return f"{words.day(start.date())}, {words.clock(start)}"
    return words.day(start)


def value(leaf: str, given: Any, zone_name: str) -> str:
    """Return a field's value in words; texts stand in quotation marks."""
    unit = leaf.partition("/")[0]
    if given in (None, "", [], {}):
        return _NOTHING
    if unit in {"when", "exceptions"}:
        return (when if unit == "when" else _exception)(given, zone_name)
    told = _VALUES.get(unit)
    return told(given) if told else str(given)


def quoted(text: str) -> str:
    """Return a text in quotation marks, cut where it is long."""
    line = " ".join(text.split())
    cut = f"{line[:_MOST_SHOWN]}…" if len(line) > _MOST_SHOWN else line
    return f"“{cut}”"


def repetition(given: Any) -> str:
    """Return a rule such as `every 2 weeks, 5 times`; further dates are counted."""
    fields = given if isinstance(given, Mapping) else {}
    told = [_rule(str(rule)) for rule in fields.get("rules") or ()]
    extra = len(fields.get("extra_dates") or ())
    if extra:
        told.append(f"on {english.counted(extra, 'further date')}")
    return " and ".join(told) or "as a series"


def _rule(rule: str) -> str:
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    period = _PERIODS.get(parts.get("FREQ", ""), "")
    if not period:
        return rule
    interval = parts.get("INTERVAL", "1")
    told = [f"every {period}" if interval == "1" else f"every {interval} {period}s"]
    if "BYDAY" in parts:
        told.append(f"on {parts['BYDAY'].replace(',', ', ')}")
    if "COUNT" in parts:
        told.append(f"{parts['COUNT']} times")
    if "UNTIL" in parts:
        told.append(f"until {_until(parts['UNTIL'])}")
    return ", ".join(told)


def _until(text: str) -> str:
    try:
        return words.day(datetime.strptime(text[:8], "%Y%m%d").date())  # noqa: DTZ007 - a date alone
    except ValueError:
        return text


def _attendee(given: Any) -> str:
    fields = given if isinstance(given, Mapping) else {}
    answer = str(fields.get("answer", ""))
    told = [str(fields.get("name") or ""), _ANSWERS.get(answer, answer)]
    return ", ".join(each for each in told if each) or "invited"


def _exception(given: Any, zone_name: str) -> str:
    fields = given if isinstance(given, Mapping) else {}
    if fields.get("cancelled"):
        return "cancelled"
    told = [
        f"{label(name).lower()} {value(name, inside, zone_name)}"
        for name, inside in fields.items()
        if name in _LABELS
    ]
    return ", ".join(told) or "changed"


_VALUES: Mapping[str, Callable[[Any], str]] = {
    "title": lambda given: quoted(str(given)),
    "description": lambda given: quoted(str(given)),
    "location": lambda given: quoted(str(given)),
    "transparency": lambda given: _SHOWN_AS.get(str(given), str(given)),
    "recurrence": repetition,
    "attendees": _attendee,
}


def reason(code: str) -> str:
    """Return why an event is left out, as a sentence."""
    return _REASONS.get(code, code or "It could not be copied.")
