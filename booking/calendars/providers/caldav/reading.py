"""Reading objects: many in one report, those passed over one by one.

An object is gone only when its own address says so while its calendar can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from booking.calendars.ports import Fetched, RemoteItem, Step
from booking.calendars.providers.caldav import bodies
from booking.calendars.providers.caldav.errors import PROVIDER
from booking.calendars.providers.caldav.etags import version_of
from booking.calendars.providers.caldav.hrefs import address_of, key_of
from booking.calendars.providers.caldav.multistatus import CALDAV, DAV
from booking.calendars.providers.caldav.objects import item_of
from booking.calendars.providers.caldav.transport import Dav
from booking.core.errors import BadAnswer, CalendarGone, ItemGone, PermissionDenied, Unsupported
from booking.security.outbound import Step as TransportStep

_BATCH: Final = 100
_DATA: Final = f"{CALDAV}calendar-data"
_ETAG: Final = f"{DAV}getetag"


def fetch(dav: Dav, calendar: str, keys: Sequence[str], owner: frozenset[str]) -> Fetched:
    """Read many objects (RFC 4791, 7.9).

    Errors: CalendarGone when the calendar itself cannot be read.
    """
    items: list[RemoteItem] = []
    gone: list[str] = []
    for batch in _batches(tuple(dict.fromkeys(keys))):
        found = _multiget(dav, calendar, batch, owner)
        items.extend(found.values())
        for key in batch:
            if key in found:
                continue
            item, is_gone = _single(dav, calendar, key, owner)
            if item is not None:
                items.append(item)
            elif is_gone:
                gone.append(key)
    if gone:
        require_readable(dav, calendar)
    return Fetched(items=tuple(items), gone=tuple(gone))


def versions(dav: Dav, calendar: str, keys: Sequence[str]) -> dict[str, str | None]:
    """Ask for the ETags of these objects by their own addresses (RFC 4791, 7.9).

    What a server leaves out, or cannot do at all, is missing.
    """
    found: dict[str, str | None] = {}
    for batch in _batches(tuple(dict.fromkeys(keys))):
        wanted = frozenset(batch)
        body = bodies.multiget(batch, versions_only=True)
        try:
            answer = dav.report(calendar, body, depth=1, step=Step.READ)
        except (ItemGone, Unsupported):
            continue
        for row in answer.rows:
            key, etag = key_of(calendar, row.href), row.text(_ETAG)
            if key in wanted and row.status < 400 and etag is not None:
                found[key] = version_of(etag)
    return found


def get(dav: Dav, calendar: str, key: str, owner: frozenset[str]) -> RemoteItem:
    """Read one object.

    Errors: ItemGone; CalendarGone when the calendar itself cannot be read.
    """
    try:
        raw, etag = dav.get(address_of(calendar, key), step=Step.READ)
    except ItemGone:
        require_readable(dav, calendar)
        raise
    return item_of(key, etag, raw, owner)


def require_readable(dav: Dav, calendar: str) -> None:
    """Make sure that the calendar stands where we look for its objects.

    Errors: CalendarGone when it does not; whatever asking for it raises.
    """
    try:
        answer = dav.propfind(calendar, bodies.CTAG, depth=0, step=Step.LIST_ITEMS)
    except ItemGone:
        answer = None
    kind = f"{CALDAV}calendar"
    if answer is None or not any(kind in row.children(f"{DAV}resourcetype") for row in answer.rows):
        raise CalendarGone(provider=PROVIDER, step=Step.LIST_ITEMS)


def _multiget(
    dav: Dav, calendar: str, keys: Sequence[str], owner: frozenset[str]
) -> dict[str, RemoteItem]:
    """Ask for a batch; what a server leaves out, or cannot do at all, is missing here."""
    wanted = frozenset(keys)
    try:
        answer = dav.report(calendar, bodies.multiget(keys), depth=1, step=Step.READ)
    except ItemGone:
        # Some servers fail the whole report over one missing object; or there is no calendar.
        require_readable(dav, calendar)
        return {}
    except Unsupported:
        return {}
    except BadAnswer as error:
        if error.step != TransportStep.SIZE:
            raise
        halves = _halves(keys) if len(keys) > 1 else ()
        parts = (_multiget(dav, calendar, half, owner) for half in halves)
        return {key: item for part in parts for key, item in part.items()}
    found: dict[str, RemoteItem] = {}
    for row in answer.rows:
        key = key_of(calendar, row.href)
        raw = row.text(_DATA)
        if key in wanted and row.status < 400 and raw is not None:
            found[key] = item_of(key, row.text(_ETAG), raw, owner)
    return found


def _single(
    dav: Dav, calendar: str, key: str, owner: frozenset[str]
) -> tuple[RemoteItem | None, bool]:
    """Read one object by its own address; the flag tells that it is gone."""
    try:
        raw, etag = dav.get(address_of(calendar, key), step=Step.READ)
    except ItemGone:
        return None, True
    except (PermissionDenied, Unsupported):
        return None, False
    except BadAnswer as error:
        if error.step != TransportStep.SIZE:
            raise
        return RemoteItem(key=key, version=None, event=None, quarantine=error.message), False
    return item_of(key, etag, raw, owner), False


def _halves(keys: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    middle = len(keys) // 2
    return keys[:middle], keys[middle:]


def _batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
