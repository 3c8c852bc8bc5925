"""Google Meet: a meeting is asked for with its event, and its link read back.

Source: https://developers.google.com/workspace/calendar/api/guides/create-events#conferencing
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from booking.core.event import CalendarEvent

MEET: Final = "google_meet"
_SOLUTIONS: Final = {"hangoutsMeet": MEET}


def request_for(event: CalendarEvent, row: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return what asks for a meeting that the event wants and does not have; {} for all others.

    The same request sent again makes no second meeting.
    """
    if event.conference != MEET or row.get("conferenceData"):
        return {}
    solution = {"type": "hangoutsMeet"}
    return {
        "conferenceData": {"createRequest": {"requestId": key, "conferenceSolutionKey": solution}}
    }


def meeting_url(row: Mapping[str, Any]) -> str:
    """Return the link of an event's video meeting, "" where there is none (yet)."""
    data = row.get("conferenceData")
    points = data.get("entryPoints") if isinstance(data, Mapping) else None
    for point in points if isinstance(points, list) else ():
        if isinstance(point, Mapping) and point.get("entryPointType") == "video":
            return str(point.get("uri") or "")
    return str(row.get("hangoutLink") or "")


def kinds_of(entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the kinds of meetings that a calendar makes, None where Google does not tell."""
    properties = entry.get("conferenceProperties")
    told = properties if isinstance(properties, Mapping) else {}
    allowed = told.get("allowedConferenceSolutionTypes")
    if not isinstance(allowed, list):
        return None
    return tuple(_SOLUTIONS[each] for each in allowed if each in _SOLUTIONS)
