"""Teams: a meeting is asked for with its event, and its link read back, which may come late.

Graph adds an invitation to the body of such an event, below a long line. It stays there, or Graph
would take the meeting away.
Source: https://learn.microsoft.com/en-us/graph/outlook-calendar-online-meetings
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from booking.core.event import CalendarEvent

TEAMS: Final = "teams"
_BUSINESS: Final = "teamsForBusiness"
_INVITATION = re.compile(r"\s*_{20,}\s*\n.*", re.DOTALL)


def request_for(event: CalendarEvent, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what asks for a meeting that the event wants and does not have; {} for all others."""
    if event.conference != TEAMS or row.get("isOnlineMeeting"):
        return {}
    return {"isOnlineMeeting": True, "onlineMeetingProvider": _BUSINESS}


def meeting_url(row: Mapping[str, Any]) -> str:
    """Return the link of an event's video meeting, "" where there is none (yet)."""
    meeting = row.get("onlineMeeting")
    return str(meeting.get("joinUrl") or "") if isinstance(meeting, Mapping) else ""


def without_invitation(row: Mapping[str, Any], text: str) -> str:
    """Return the text of an event as we or a person wrote it."""
    return _INVITATION.sub("", text) if row.get("isOnlineMeeting") else text


def with_invitation(row: Mapping[str, Any], text: str) -> str:
    """Return a new text for an event, followed by the invitation that Graph put there."""
    found = None
    if row.get("isOnlineMeeting"):
        found = _INVITATION.search(str((row.get("body") or {}).get("content", "")))
    return text if found is None else f"{text}{found[0]}"


def kinds_of(row: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the kinds of meetings that a calendar makes, None where Graph does not tell."""
    allowed = row.get("allowedOnlineMeetingProviders")
    if not isinstance(allowed, list):
        return None
    return (TEAMS,) if _BUSINESS in allowed else ()
