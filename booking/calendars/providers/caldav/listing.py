"""What changed in a calendar: by sync token, else by ctag and ETags, else by listing everything.

The library's own `get_objects_by_sync_token` turns a refused token into a full list without a
word, so the reports are ours. A cursor is bound to its calendar, since some servers take any.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from booking.calendars.ports import ChangeKind, Changes, Named, Step
from booking.calendars.providers.caldav import bodies
from booking.calendars.providers.caldav.errors import PROVIDER, bad_answer
from booking.calendars.providers.caldav.hrefs import key_of
from booking.calendars.providers.caldav.multistatus import CALDAV, DAV, Multistatus, Row
from booking.calendars.providers.caldav.transport import Dav
from booking.calendars.providers.places import digest_of
from booking.core.errors import (
    BadAnswer,
    CursorExpired,
    ItemGone,
    PermissionDenied,
    Unsupported,
    VersionConflict,
)

_CTAG: Final = "{http://calendarserver.org/ns/}getctag"
_ETAG: Final = f"{DAV}getetag"
_MOST_PAGES = 500

# 400, 403, 409, 412 and the like: the token is refused, or the report unknown. A calendar that is
# really closed says so again when it is listed.
_REFUSED = (PermissionDenied, Unsupported, VersionConflict)


class _Way(StrEnum):
    SYNC = "sync"
    CTAG = "ctag"


@dataclass(frozen=True, slots=True)
class _Cursor:
    """A place in a calendar's history: how it is told, where, and the server's own words."""

    way: _Way
    calendar: str
    token: str

    def text(self) -> str:
        return f"{self.way}|{digest_of(self.calendar)}|{self.token}"

    @classmethod
    def read(cls, text: str, calendar: str) -> _Cursor:
        way, _, rest = text.partition("|")
        digest, _, token = rest.partition("|")
        if way not in set(_Way) or digest != digest_of(calendar) or not token:
            raise _expired()
        return cls(_Way(way), calendar, token)


def _expired() -> CursorExpired:
    return CursorExpired(provider=PROVIDER, step=Step.LIST_ITEMS)


def version_of(etag: str | None) -> str | None:
    """Return an ETag's opaque part: without weakness, quotes and Apache's mark of compression."""
    if etag is None:
        return None
    bare = etag.strip().removeprefix("W/").strip('"').removesuffix("-gzip")
    return bare or None


def changes(dav: Dav, calendar: str, cursor: str | None) -> Changes:
    """Tell what changed since `cursor`, or list everything.

    Errors: CursorExpired, ItemGone for the calendar itself, BadAnswer.
    """
    if cursor is None:
        return _everything(dav, calendar)
    place = _Cursor.read(cursor, calendar)
    if place.way is _Way.CTAG:
        return _since_ctag(dav, calendar, place)
    try:
        return _synced(dav, calendar, place.token)
    except _REFUSED:
        raise _expired() from None


class _NoToken(BadAnswer):
    """A report without the token that it must carry."""


@dataclass(slots=True)
class _Gathered:
    """Rows of one answer, page by page; the last word on a name counts."""

    named: dict[str, str | None] = field(default_factory=dict)
    removed: dict[str, None] = field(default_factory=dict)
    has_more: bool = False

    def take_row(self, row: Row, calendar: str, path: str) -> None:
        """Take what is a member of the calendar at `path`; 507 says that there is more to come."""
        if row.status == 507:
            self.has_more = True
            return
        key = key_of(calendar, row.href)
        if _is_member(key, path):
            self.take(key, row)

    def take(self, key: str, row: Row) -> None:
        if row.status in {404, 410}:
            self.named.pop(key, None)
            self.removed[key] = None
        else:
            self.removed.pop(key, None)
            self.named[key] = version_of(row.text(_ETAG))

    def changes(self, kind: ChangeKind, cursor: str | None) -> Changes:
        return Changes(
            kind=kind,
            named=tuple(Named(key=key, version=etag) for key, etag in self.named.items()),
            removed=tuple(self.removed) if kind is ChangeKind.DELTA else (),
            cursor=cursor,
        )


def _everything(dav: Dav, calendar: str) -> Changes:
    try:
        return _synced(dav, calendar, None)
    except (*_REFUSED, _NoToken):
        return _listed(dav, calendar)


def _synced(dav: Dav, calendar: str, token: str | None) -> Changes:
    """Run sync-collection until the server has told all (RFC 6578, 3.6: 507 means there is more).

    A row without a token behind it proves nothing, so an answer without one is none at all.
    """
    kind = ChangeKind.LISTING if token is None else ChangeKind.DELTA
    gathered, path = _Gathered(), key_of(calendar, calendar)
    for _ in range(_MOST_PAGES):
        gathered.has_more = False
        answer = dav.report(
            calendar,
            bodies.sync_collection(token),
            depth=0,
            step=Step.LIST_ITEMS,
            each=lambda row: gathered.take_row(row, calendar, path),
        )
        if answer.sync_token is None:
            raise _NoToken(provider=PROVIDER, step=Step.LIST_ITEMS)
        if not gathered.has_more:
            return gathered.changes(kind, _Cursor(_Way.SYNC, calendar, answer.sync_token).text())
        if answer.sync_token == token:
            break
        token = answer.sync_token
    raise bad_answer(Step.LIST_ITEMS)


def _since_ctag(dav: Dav, calendar: str, place: _Cursor) -> Changes:
    answer = dav.propfind(calendar, bodies.CTAG, depth=0, step=Step.LIST_ITEMS)
    if _collection(answer, calendar).text(_CTAG) == place.token:
        return Changes(kind=ChangeKind.DELTA, cursor=place.text())
    return _listed(dav, calendar)


def _listed(dav: Dav, calendar: str) -> Changes:
    """List every name and version (RFC 4918, 9.1, Depth 1)."""
    answer = dav.propfind(calendar, bodies.ETAGS, depth=1, step=Step.LIST_ITEMS)
    ctag = _collection(answer, calendar).text(_CTAG)
    gathered = _Gathered()
    for key, row in _members(answer, calendar):
        if f"{DAV}collection" not in row.children(f"{DAV}resourcetype"):
            gathered.take(key, row)
    cursor = _Cursor(_Way.CTAG, calendar, ctag).text() if ctag else None
    return gathered.changes(ChangeKind.LISTING, cursor)


def _collection(answer: Multistatus, calendar: str) -> Row:
    """Return the calendar's own row: an answer without it was cut, or is about something else."""
    path = key_of(calendar, calendar)
    for row in answer.rows:
        if key_of(calendar, row.href).rstrip("/") == path.rstrip("/") and row.status < 400:
            if f"{CALDAV}calendar" in row.children(f"{DAV}resourcetype"):
                return row
            raise ItemGone(provider=PROVIDER, step=Step.LIST_ITEMS)
    raise bad_answer(Step.LIST_ITEMS)


def _members(answer: Multistatus, calendar: str) -> list[tuple[str, Row]]:
    """Return the rows that are objects of this calendar, with their keys."""
    path = key_of(calendar, calendar)
    keyed = [(key_of(calendar, row.href), row) for row in answer.rows if row.status != 507]
    return [(key, row) for key, row in keyed if _is_member(key, path)]


def _is_member(key: str, path: str) -> bool:
    return key.startswith(path) and key != path and not key.endswith("/")
