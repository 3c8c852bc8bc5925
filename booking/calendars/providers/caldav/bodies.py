"""The XML that we send: property lists and reports, written out once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

_SPACES: Final = (
    'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" '
    'xmlns:A="http://apple.com/ns/ical/" xmlns:S="http://calendarserver.org/ns/"'
)


def _propfind(properties: str) -> str:
    return f"<D:propfind {_SPACES}><D:prop>{properties}</D:prop></D:propfind>"


# RFC 5397, 3; RFC 4791, 6.2.1; RFC 6638, 2.4.1
WHO: Final = _propfind(
    "<D:resourcetype/><D:displayname/><D:current-user-principal/><C:calendar-home-set/>"
    "<C:calendar-user-address-set/>"
)

# RFC 4791, 5.2; RFC 3744, 5.4; RFC 7809, 5.2; Apple's and CalendarServer's colours
CALENDARS: Final = _propfind(
    "<D:resourcetype/><D:displayname/><D:current-user-privilege-set/>"
    "<C:supported-calendar-component-set/><C:calendar-timezone/><C:calendar-timezone-id/>"
    "<A:calendar-color/>"
)

CTAG: Final = _propfind("<D:resourcetype/><S:getctag/>")
ETAGS: Final = _propfind("<D:resourcetype/><D:getetag/><S:getctag/>")


def sync_collection(token: str | None, *, with_data: bool = False) -> str:
    """RFC 6578, 3.2: what changed since `token`, or everything; names, versions, perhaps bodies."""
    data = "<C:calendar-data/>" if with_data else ""
    return (
        f"<D:sync-collection {_SPACES}><D:sync-token>{escape(token or '')}</D:sync-token>"
        f"<D:sync-level>1</D:sync-level><D:prop><D:getetag/>{data}</D:prop></D:sync-collection>"
    )


def multiget(paths: Iterable[str], *, versions_only: bool = False) -> str:
    """RFC 4791, 7.9: the bodies of the named objects, or their versions alone."""
    hrefs = "".join(f"<D:href>{escape(path)}</D:href>" for path in paths)
    data = "" if versions_only else "<C:calendar-data/>"
    return (
        f"<C:calendar-multiget {_SPACES}><D:prop><D:getetag/>{data}</D:prop>"
        f"{hrefs}</C:calendar-multiget>"
    )


def make_calendar(name: str, color: str | None) -> str:
    """RFC 4791, 5.3.1: a calendar for events, with a name and perhaps a colour."""
    return (
        f"<C:mkcalendar {_SPACES}><D:set><D:prop>{_name_and_color(name, color)}"
        '<C:supported-calendar-component-set><C:comp name="VEVENT"/>'
        "</C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>"
    )


def rename(name: str, color: str | None) -> str:
    """RFC 4918, 9.2: set the name and the colour of a calendar."""
    return (
        f"<D:propertyupdate {_SPACES}><D:set><D:prop>{_name_and_color(name, color)}"
        "</D:prop></D:set></D:propertyupdate>"
    )


def _name_and_color(name: str, color: str | None) -> str:
    shown = f"<A:calendar-color>{escape(color)}</A:calendar-color>" if color else ""
    return f"<D:displayname>{escape(name)}</D:displayname>{shown}"
