"""What Graph has no field for, and what says that we made an event: two extended properties.

Source: https://learn.microsoft.com/en-us/graph/api/resources/singlevaluelegacyextendedproperty
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from booking.core.event import Answer, Attendee, CalendarEvent, Role, Timed

_SET: Final = "{6f2b8a1e-4c0d-4d8e-9d38-1f0b6b8a7c55}"
NAME: Final = f"String {_SET} Name BookingName"
DATA: Final = f"String {_SET} Name BookingData"
GROUP: Final = f"String {_SET} Name BookingGroup"
EXPAND: Final = f"singleValueExtendedProperties($filter=id eq '{NAME}' or id eq '{DATA}')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Our own part of an event; `name` is the one it was made under, "" on anybody else's."""

    name: str = ""
    uid: str = ""
    mark: str = ""
    url: str = ""
    color: str = ""
    priority: int = 0
    status: str = ""
    transparency: str = ""
    is_floating: bool = False
    is_pending: bool = False
    rules: tuple[str, ...] = ()
    attendees: tuple[Attendee, ...] = ()


def extras_of(row: Mapping[str, Any]) -> Extras:
    """Return our own part of an event. Errors: ValueError, TypeError for a broken one."""
    found = {
        one["id"].lower(): one["value"] for one in row.get("singleValueExtendedProperties", ())
    }
    data = json.loads(found.get(DATA.lower()) or "{}")
    return Extras(
        name=str(found.get(NAME.lower(), "")),
        uid=str(data.get("uid", "")),
        mark=str(data.get("mark", "")),
        url=str(data.get("url", "")),
        color=str(data.get("color", "")),
        priority=min(max(int(data.get("priority", 0)), 0), 9),
        status=str(data.get("status", "")),
        transparency=str(data.get("transparency", "")),
        is_floating=bool(data.get("floating")),
        is_pending=bool(data.get("pending")),
        rules=tuple(str(rule) for rule in data.get("rules", ())),
        attendees=tuple(
            Attendee(address=address, name=name, answer=Answer(answer), role=Role(role))
            for address, name, answer, role in data.get("attendees", ())
        ),
    )


def properties_of(
    event: CalendarEvent,
    *,
    name: str,
    uid: str,
    people: tuple[Attendee, ...],
    is_pending: bool = False,
) -> list[dict[str, str]]:
    """Return the properties for an event that is written; `people` are kept as data."""
    data = {
        "uid": uid,
        "mark": event.mark,
        "url": event.url,
        "color": event.color,
        "priority": event.priority,
        "status": event.status.value,
        "transparency": event.transparency.value,
        "floating": isinstance(event.when, Timed) and event.when.zone is None,
        "pending": is_pending,
        "rules": list(event.recurrence.rules) if event.recurrence else [],
        "attendees": [[one.address, one.name, one.answer, one.role] for one in people],
    }
    said = {key: value for key, value in data.items() if value}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    kept = [{"id": DATA, "value": text}]
    if not name:
        return kept
    group = event.mark.partition("-")[0]
    grouped = [{"id": GROUP, "value": group}] if group else []
    return [{"id": NAME, "value": name}, *grouped, *kept]
