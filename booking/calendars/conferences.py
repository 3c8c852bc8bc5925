"""Which calendars can make video meetings: Google's make Google Meet, Microsoft's make Teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.calendars.models import Calendar, Connection

MAKERS: Final[Mapping[str, str]] = {"google_meet": "google", "teams": "microsoft"}
"""The provider whose calendars make a kind of meeting."""


def can_make(session: Session, calendar_id: int, kind: str) -> bool:
    """Tell whether events of a calendar can have this kind of meeting.

    Where the provider has not told which kinds it makes, its own kind is expected to work.
    """
    query = (
        select(Connection.provider, Calendar.conferences)
        .join(Calendar, Calendar.connection_id == Connection.id)
        .where(Calendar.id == calendar_id)
    )
    found = session.execute(query).one_or_none()
    if found is None or MAKERS.get(kind) != found[0]:
        return False
    return found[1] is None or kind in found[1].split(",")
