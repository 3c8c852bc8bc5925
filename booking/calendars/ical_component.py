"""What collects the properties of a component and gives their lines, in the library's order.

The common values (texts, whole numbers, UTC moments, dates, wall times in a named zone) are written
here, since the library takes a millisecond for a component of a dozen; everything else is its own.
`tests/calendars/test_ical_component.py` holds the two to the same lines. Source: RFC 5545, 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import icalendar

_TEXTS: Final = frozenset(
    {
        "UID",
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "STATUS",
        "TRANSP",
        "CLASS",
        "COLOR",
        "X-BOOKING-MARK",
    }
)
_NUMBERS: Final = frozenset({"SEQUENCE", "PRIORITY"})
_MOMENTS: Final = frozenset({"DTSTAMP", "CREATED", "LAST-MODIFIED"})
_TIMES: Final = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID"})
_PLACES: Final = {name: at for at, name in enumerate(icalendar.Event.canonical_order)}
_PLAIN_ZONE = re.compile(r"[A-Za-z0-9_+/-]+", re.ASCII)
_NO_PARAMETERS: Final[Mapping[str, str]] = {}


class Component:
    """The properties of one VEVENT, by name; `add` and `lines` as the library has them."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, str]] = []
        self._others: icalendar.Event | None = None

    def add(self, name: str, value: Any, parameters: Mapping[str, str] | None = None) -> None:
        """Add a property: a Python value, or one of the library's own. `name` is upper case."""
        line = _plain(name, value, parameters or _NO_PARAMETERS)
        if line is not None:
            self._lines.append((name, line))
            return
        if self._others is None:
            self._others = icalendar.Event()
        self._others.add(name, value, parameters=dict(parameters or {}))

    def lines(self) -> list[str]:
        """Return the unfolded lines: the best known properties first, then by name."""
        found = list(self._lines)
        if self._others is not None:
            begin_to_end = self._others.content_lines()
            found += [(_name(line), str(line)) for line in begin_to_end[1:-2]]
        found.sort(key=lambda one: _order(one[0]))
        return [line for _, line in found]


def _name(line: str) -> str:
    return re.split("[;:]", line, maxsplit=1)[0]


def _order(name: str) -> tuple[int, str]:
    return _PLACES.get(name, len(_PLACES)), name


def _plain(name: str, value: Any, parameters: Mapping[str, str]) -> str | None:
    """Return the line of a common value, None for any other."""
    if name in _TIMES:
        return _time(name, value, parameters)
    if parameters:
        return None
    if name in _TEXTS and type(value) is str and not {"\\", "\r"} & set(value):
        text = value.replace(";", r"\;").replace(",", r"\,").replace("\n", r"\n")
        return f"{name}:{text}"
    if name in _NUMBERS and type(value) is int:
        return f"{name}:{value}"
    if name in _MOMENTS and type(value) is datetime and value.tzinfo is UTC:
        return f"{name}:{_stamp(value)}Z"
    return None


def _time(name: str, value: Any, parameters: Mapping[str, str]) -> str | None:
    """Return a date, a UTC time or a wall time with its zone; None for any other."""
    if type(value) is date and not parameters:
        return f"{name};VALUE=DATE:{value.year:04}{value.month:02}{value.day:02}"
    if type(value) is not datetime:
        return None
    if value.tzinfo is UTC and not parameters:
        return f"{name}:{_stamp(value)}Z"
    zone = parameters.get("TZID", "")
    is_named = len(parameters) == 1 and zone != "UTC" and _PLAIN_ZONE.fullmatch(zone)
    if value.tzinfo is None and is_named:
        return f"{name};TZID={zone}:{_stamp(value)}"
    return None


def _stamp(moment: datetime) -> str:
    day = f"{moment.year:04}{moment.month:02}{moment.day:02}"
    return f"{day}T{moment.hour:02}{moment.minute:02}{moment.second:02}"
