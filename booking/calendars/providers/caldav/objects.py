"""Calendar object resources: their text to items, and events to what is written.

All knowledge of iCalendar is `calendars.ical`'s.
"""

from __future__ import annotations

from booking.calendars import ical
from booking.calendars.ports import RemoteItem
from booking.calendars.providers.caldav.listing import version_of


def item_of(key: str, etag: str | None, raw: str) -> RemoteItem:
    """Read one object. What cannot be understood is an item all the same, and says why."""
    parsed = ical.parse_object(raw)
    return RemoteItem(
        key=key,
        version=version_of(etag),
        event=parsed.event,
        quarantine=parsed.quarantine,
        raw=raw,
        updated_at=parsed.event.updated_at if parsed.event is not None else None,
    )
