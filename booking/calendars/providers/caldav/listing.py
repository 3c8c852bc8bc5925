"""What changed in a calendar: by sync token, else by ctag and ETags, else by listing everything.

The library's own `get_objects_by_sync_token` turns a refused token into a full list without a
word, so the reports are ours. A cursor is bound to its calendar, since some servers take any.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from booking.calendars.ports import ChangeKind, Changes, Named, Step
from booking.calendars.providers.caldav import bodies
from booking.calendars.providers.caldav.cursors import Cursor, Way, expired
from booking.calendars.providers.caldav.errors import PROVIDER, bad_answer
from booking.calendars.providers.caldav.etags import version_of
from booking.calendars.providers.caldav.hrefs import key_of
from booking.calendars.providers.caldav.multistatus import CALDAV, DAV, Multistatus, Row
from booking.calendars.providers.caldav.transport import Dav
from booking.calendars.providers.places import digest_of
from booking.core.errors import (
    BadAnswer,
    ItemGone,
    PermissionDenied,
    ProviderError,
    Unsupported,
    VersionConflict,
)
from booking.security.outbound import Step as TransportStep

_CTAG: Final = "{http://calendarserver.org/ns/}getctag"
_ETAG: Final = f"{DAV}getetag"
_DATA: Final = f"{CALDAV}calendar-data"
_MOST_PAGES = 500
_MOST_CARRIED = 200  # what comes beside them is read in portions, as ever

# 400, 403, 409, 412 and the like: the token is refused, or the report unknown. A calendar that is
# really closed says so again when it is listed.
_REFUSED = (PermissionDenied, Unsupported, VersionConflict)


@dataclass(frozen=True, slots=True)
class Body:
    """An object that an answer carried whole."""

    key: str
    etag: str | None
    raw: str


def changes(dav: Dav, calendar: str, cursor: str | None) -> tuple[Changes, Sequence[Body]]:
    """Tell what changed since `cursor`, or list everything; with what was carried along.

    Errors: CursorExpired, ItemGone for the calendar itself, BadAnswer.
    """
    if cursor is None:
        return _everything(dav, calendar), ()
    place = Cursor.read(cursor, calendar)
    if place.way is Way.CTAG:
        return _since_ctag(dav, calendar, place), ()
    try:
        return _followed(dav, calendar, place)
    except _REFUSED:
        raise expired() from None


def _followed(dav: Dav, calendar: str, place: Cursor) -> tuple[Changes, Sequence[Body]]:
    """Ask by ctag where that is known to be enough, else by report; and learn whether it is."""
    seal = _seal(dav, calendar) if place.way is Way.CALM else ""
    if seal and seal == place.seal:
        return Changes(kind=ChangeKind.DELTA, cursor=place.text()), ()
    gathered, token = _since(dav, calendar, place)
    if gathered.named or gathered.removed:
        way = Way.PLAIN if place.way is Way.PLAIN else Way.SYNC
        after = Cursor(way, calendar, token)
    else:
        after = _unchanged(dav, place, token, seal)
    return gathered.changes(ChangeKind.DELTA, after.text()), gathered.bodies()


def _unchanged(dav: Dav, place: Cursor, token: str, seal: str) -> Cursor:
    """Return the place after a report without changes. `seal`: the ctag just before it, if asked.

    What a report finds unchanged was so at every ctag since the report before. The ctag is asked
    for to spare later questions, so a failure of that is not this one's.
    """
    way, seal = Way.CALM, seal or place.seal
    if place.way is Way.SYNC:
        way, seal = Way.QUIET, ""
        with suppress(ProviderError):
            seal = _seal(dav, place.calendar)
    return Cursor(way if seal else Way.PLAIN, place.calendar, token, seal)


def _seal(dav: Dav, calendar: str) -> str:
    """Return the digest of the calendar's ctag, nothing where there is none to go by."""
    try:
        ctag = _ctag(dav, calendar)
    except (*_REFUSED, BadAnswer, ItemGone):
        return ""
    return digest_of(ctag) if ctag else ""


def _since(dav: Dav, calendar: str, place: Cursor) -> tuple[_Gathered, str]:
    """Run the report from a place on; after a calm there is little, so it is carried along."""
    if place.way is Way.CALM:
        try:
            return _reported(dav, calendar, place.token, with_data=True)
        except _REFUSED:
            pass
        except BadAnswer as error:
            if error.step != TransportStep.SIZE:
                raise
    return _reported(dav, calendar, place.token)


class _NoToken(BadAnswer):
    """A report without the token that it must carry."""


@dataclass(slots=True)
class _Gathered:
    """Rows of one answer, page by page; the last word on a name counts."""

    named: dict[str, str | None] = field(default_factory=dict)
    removed: dict[str, None] = field(default_factory=dict)
    carried: dict[str, Body] = field(default_factory=dict)
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
        self.carried.pop(key, None)
        if row.status in {404, 410}:
            self.named.pop(key, None)
            self.removed[key] = None
            return
        self.removed.pop(key, None)
        etag, raw = row.text(_ETAG), row.text(_DATA)
        self.named[key] = version_of(etag)
        if raw is not None and len(self.carried) < _MOST_CARRIED:
            self.carried[key] = Body(key, etag, raw)

    def bodies(self) -> tuple[Body, ...]:
        return tuple(self.carried.values())

    def changes(self, kind: ChangeKind, cursor: str | None) -> Changes:
        return Changes(
            kind=kind,
            named=tuple(Named(key=key, version=etag) for key, etag in self.named.items()),
            removed=tuple(self.removed) if kind is ChangeKind.DELTA else (),
            cursor=cursor,
        )


def _everything(dav: Dav, calendar: str) -> Changes:
    try:
        gathered, token = _reported(dav, calendar, None)
    except (*_REFUSED, _NoToken):
        return _listed(dav, calendar)
    return gathered.changes(ChangeKind.LISTING, Cursor(Way.SYNC, calendar, token).text())


def _reported(
    dav: Dav, calendar: str, token: str | None, *, with_data: bool = False
) -> tuple[_Gathered, str]:
    """Run sync-collection until the server has told all (RFC 6578, 3.6: 507 means there is more).

    A row without a token behind it proves nothing, so an answer without one is none at all.
    """
    gathered, path = _Gathered(), key_of(calendar, calendar)
    for _ in range(_MOST_PAGES):
        gathered.has_more = False
        answer = dav.report(
            calendar,
            bodies.sync_collection(token, with_data=with_data),
            depth=0,
            step=Step.LIST_ITEMS,
            each=lambda row: gathered.take_row(row, calendar, path),
        )
        if answer.sync_token is None:
            raise _NoToken(provider=PROVIDER, step=Step.LIST_ITEMS)
        if not gathered.has_more:
            return gathered, answer.sync_token
        if answer.sync_token == token:
            break
        token = answer.sync_token
    raise bad_answer(Step.LIST_ITEMS)


def _ctag(dav: Dav, calendar: str) -> str | None:
    answer = dav.look(calendar, bodies.CTAG, step=Step.LIST_ITEMS)
    return _collection(answer, calendar).text(_CTAG)


def _since_ctag(dav: Dav, calendar: str, place: Cursor) -> Changes:
    if _ctag(dav, calendar) == place.token:
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
    cursor = Cursor(Way.CTAG, calendar, ctag).text() if ctag else None
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
