"""CalDAV properties to calendars. Pure: rows in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from booking.calendars.ports import RemoteCalendar
from booking.calendars.providers.caldav.hrefs import as_collection, last_segment, resolve
from booking.calendars.providers.caldav.multistatus import CALDAV, DAV, Row
from booking.core.text import clean_line
from booking.core.zones import is_zone

_APPLE = "{http://apple.com/ns/ical/}"
_TYPE = f"{DAV}resourcetype"
_RIGHTS = f"{DAV}current-user-privilege-set"

# RFC 3744, 3: `write-properties` alone changes no event.
_WRITING = frozenset(DAV + name for name in ("all", "write", "write-content", "bind"))

# A calendar by type, but not one to book in: RFC 6638, 2.1 and Nextcloud's trash bin.
_NOT_OURS = frozenset(
    {
        f"{CALDAV}schedule-inbox",
        f"{CALDAV}schedule-outbox",
        "{http://nextcloud.com/ns}deleted-calendar",
        "{http://nextcloud.com/ns}trash-bin",
    }
)
_TWINS = (".ics", ".xml")
_LONGEST_KEY = 1000
_COLOR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE)
_ZONE_LINE = re.compile(r"^(?:TZID|X-LIC-LOCATION)(?:;[^:\r\n]*)?:(.+?)\s*$", re.MULTILINE)


def calendars_in(rows: Iterable[Row], base: str) -> tuple[RemoteCalendar, ...]:
    """Return the calendars for events among the rows of a listing at `base`, each once."""
    found = {
        calendar.key: calendar
        for calendar in (_calendar(row, base) for row in rows)
        if calendar is not None
    }
    return tuple(calendar for calendar in found.values() if not _is_twin(calendar.key, found))


def _is_twin(key: str, keys: Iterable[str]) -> bool:
    """Tell whether this is SOGo's second view of a calendar, as a file beside it."""
    bare = key.rstrip("/")
    return bare.endswith(_TWINS) and as_collection(bare.rpartition(".")[0]) in keys


def _calendar(row: Row, base: str) -> RemoteCalendar | None:
    types = row.children(_TYPE)
    if row.status >= 400 or f"{CALDAV}calendar" not in types or types & _NOT_OURS:
        return None
    key = as_collection(resolve(base, row.href))
    if not _holds_events(row) or len(key) > _LONGEST_KEY:
        return None
    return RemoteCalendar(
        key=key,
        name=clean_line(row.text(f"{DAV}displayname") or "") or clean_line(last_segment(key)),
        color=color_of(row.text(f"{_APPLE}calendar-color")),
        read_only=not _may_write(row),
        time_zone=_zone(row),
    )


def _holds_events(row: Row) -> bool:
    """Read the components allowed; a server that does not say allows all (RFC 4791, 5.2.3)."""
    allowed = row.props.get(f"{CALDAV}supported-calendar-component-set")
    if allowed is None or not allowed.children:
        return True
    return any(child.name.upper() == "VEVENT" for child in allowed.children)


def _may_write(row: Row) -> bool:
    """Read the privileges; a server that tells none is believed to allow writing."""
    return _RIGHTS not in row.props or bool(row.leaves(_RIGHTS) & _WRITING)


def color_of(text: str | None) -> str | None:
    """Return `#rrggbb` for `#RGB`, `#RRGGBB` or `#RRGGBBAA`, None for anything else."""
    if text is None or not _COLOR.fullmatch(text):
        return None
    if len(text) == 4:
        text = "#" + "".join(letter * 2 for letter in text[1:])
    return text[:7].lower()


def _zone(row: Row) -> str | None:
    """Return the calendar's zone as an IANA name, where its name or its VTIMEZONE tells one."""
    named = row.text(f"{CALDAV}calendar-timezone-id")
    lines = _ZONE_LINE.findall(_unfolded(row.text(f"{CALDAV}calendar-timezone") or ""))
    for name in (named, *lines):
        known = _known_zone(name or "")
        if known is not None:
            return known
    return None


def _unfolded(text: str) -> str:
    """Join folded lines (RFC 5545, 3.1)."""
    return re.sub(r"\r?\n[ \t]", "", text)


def _known_zone(name: str) -> str | None:
    """Find an IANA name, also at the end of a path as in `/example.org/20200101/Europe/Berlin`."""
    parts = name.strip().strip('"').split("/")
    for start in range(len(parts)):
        candidate = "/".join(parts[start:])
        if is_zone(candidate):
            return candidate
    return None
