"""What an event holds that Google has no field for, as private extended properties.

They are bound to the event's id: a person who copies an event copies them too, and the copy is an
event of its own, without our mark. A value is at most 1,024 characters, so it is cut in pieces.
Source: https://developers.google.com/workspace/calendar/api/guides/extended-properties
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from booking.calendars.ports import Step
from booking.calendars.providers.google.errors import PROVIDER
from booking.core.errors import Unsupported
from booking.core.event import (
    Answer,
    Attendee,
    CalendarEvent,
    EventStatus,
    Role,
    Timed,
    Transparency,
)

KEY: Final = "bookingKey"
GROUP: Final = "bookingGroup"
PENDING: Final = "bookingPending"
_DATA = "bookingData"
_PIECE = 1000
_MOST_PIECES = 28
_COLORS = {
    "1": "#7986cb",
    "2": "#33b679",
    "3": "#8e24aa",
    "4": "#e67c73",
    "5": "#f6bf26",
    "6": "#f4511e",
    "7": "#039be5",
    "8": "#616161",
    "9": "#3f51b5",
    "10": "#0b8043",
    "11": "#d50000",
}
_IDS = {color: key for key, color in _COLORS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Our own part of a row; `is_ours` tells that we made the event.

    `attendees` are those of whom Google knows nothing; `is_free` belongs to `is_cancelled`.
    """

    uid: str = ""
    mark: str = ""
    url: str = ""
    color: str = ""
    priority: int = 0
    is_floating: bool = False
    is_cancelled: bool = False
    is_free: bool = False
    attendees: tuple[Attendee, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Tell whether we made the event, under a uid of ours."""
        return bool(self.uid)


def private_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row's private extended properties."""
    found = (row.get("extendedProperties") or {}).get("private")
    return found if isinstance(found, Mapping) else {}


def extras_of(row: Mapping[str, Any]) -> Extras:
    """Return our own part of a row; nothing where it was copied from another event."""
    private = private_of(row)
    data = _data(private)
    if data.get("id") not in {row.get("id"), row.get("recurringEventId")}:
        return Extras()
    return Extras(
        uid=str(data.get("uid", "")),
        mark=str(data.get("mark", "")),
        url=str(data.get("url", "")),
        color=str(data.get("color", "")),
        priority=min(max(int(data.get("priority", 0)), 0), 9),
        is_floating=bool(data.get("floating", False)),
        is_cancelled=bool(data.get("cancelled", False)),
        is_free=bool(data.get("free", False)),
        attendees=tuple(_attendee(one) for one in data.get("attendees", ())),
    )


def properties_of(
    event: CalendarEvent, *, key: str, uid: str, people: tuple[Attendee, ...]
) -> dict[str, str]:
    """Return the private properties for an event that is written under the id `key`.

    `uid`: ours, where we made the event. `people` are kept as data. Nothing to say is no property.
    Errors: Unsupported where it is more than Google keeps.
    """
    is_cancelled = event.status is EventStatus.CANCELLED
    data = {
        "uid": uid,
        "mark": event.mark,
        "url": event.url,
        "color": "" if _COLORS.get(color_id(event.color) or "") == event.color else event.color,
        "priority": event.priority,
        "floating": isinstance(event.when, Timed) and event.when.zone is None,
        "cancelled": is_cancelled,
        "free": is_cancelled and event.transparency is Transparency.TRANSPARENT,
        "attendees": [[one.address, one.name, one.answer, one.role] for one in people],
    }
    said = {name: value for name, value in data.items() if value}
    if not said:
        return {}
    text = json.dumps({"id": key, **said}, ensure_ascii=False, sort_keys=True)
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    if len(pieces) > _MOST_PIECES:
        raise Unsupported(
            "Google cannot keep that many attendees.", provider=PROVIDER, step=Step.WRITE
        )
    return {f"{_DATA}{number}": piece for number, piece in enumerate(pieces)}


def cleared(private: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, None]:
    """Return those of our pieces that are not wanted any more, as a patch removes them."""
    return {name: None for name in private if name.startswith(_DATA) and name not in wanted}


def color_id(color: str) -> str | None:
    """Return Google's own number for a colour, None where it has no such colour."""
    return _IDS.get(color.lower())


def color_of(number: str | None, kept: str) -> str:
    """Return a row's colour: what we kept, unless a person has chosen another one since."""
    if number is None:
        return "" if color_id(kept) else kept
    return kept if kept and color_id(kept) == number else _COLORS.get(number, "")


def _data(private: Mapping[str, Any]) -> Mapping[str, Any]:
    pieces: list[str] = []
    while (piece := private.get(f"{_DATA}{len(pieces)}")) is not None:
        pieces.append(str(piece))
    try:
        found = json.loads("".join(pieces)) if pieces else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _attendee(fields: list[str]) -> Attendee:
    address, name, answer, role = fields
    return Attendee(address=address, name=name, answer=Answer(answer), role=Role(role))
