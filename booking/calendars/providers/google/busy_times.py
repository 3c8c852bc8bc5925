"""Calendars that show free/busy only and refuse to list events: each stretch is an item.

There is no feed and nothing can be written. A stretch's key is its start and end, so reading it
means asking whether it still stands.
Source: https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from booking.calendars.ports import ChangeKind, Changes, Fetched, Named, RemoteItem, Step
from booking.calendars.providers.google.errors import bad_answer, told
from booking.calendars.providers.google.line import Line
from booking.core.errors import ItemGone
from booking.core.event import CalendarEvent, Timed

PREFIX: Final = "busy-"
_AHEAD: Final = timedelta(days=420)
_BEHIND: Final = timedelta(days=2)
_CHUNK: Final = timedelta(days=60)
_FORM: Final = "%Y%m%dT%H%M%SZ"


def is_key(key: str) -> bool:
    """Tell whether a key is that of a stretch."""
    return key.startswith(PREFIX)


def changes(line: Line, calendar: str, now: datetime) -> Changes:
    """List every stretch from two days ago to 14 months ahead. Errors: ItemGone, BadAnswer."""
    first = _window_start(now)
    keys = sorted(set(_stretches(line, calendar, first, first + _AHEAD)))
    return Changes(kind=ChangeKind.LISTING, named=tuple(Named(key=k, version=k) for k in keys))


def fetch(line: Line, calendar: str, keys: Sequence[str], now: datetime) -> Fetched:
    """Say which of these stretches still stand; one that has left the window does not."""
    asked = list(dict.fromkeys(keys))
    if not asked:
        return Fetched()
    spans = [_span(key) for key in asked]
    first = max(_window_start(now), min(start for start, _ in spans) - _BEHIND)
    last = max(end for _, end in spans) + _BEHIND
    standing = set(_stretches(line, calendar, first, last))
    return Fetched(
        items=tuple(_item(key) for key in asked if key in standing),
        gone=tuple(key for key in asked if key not in standing),
    )


def _window_start(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - _BEHIND


def _stretches(line: Line, calendar: str, first: datetime, last: datetime) -> Iterator[str]:
    """Yield the keys of all stretches, those joined again that two questions have cut."""
    held: tuple[datetime, datetime] | None = None
    while first < last:
        until = min(first + _CHUNK, last)
        for start, end in _asked(line, calendar, first, until):
            if held is not None and start <= held[1]:
                held = held[0], max(end, held[1])
                continue
            if held is not None:
                yield _key(*held)
            held = start, end
        first = until
    if held is not None:
        yield _key(*held)


def _asked(
    line: Line, calendar: str, first: datetime, last: datetime
) -> list[tuple[datetime, datetime]]:
    body = {
        "timeMin": first.isoformat(),
        "timeMax": last.isoformat(),
        "items": [{"id": calendar}],
    }
    answer = line.call(line.api.free_busy.query(body=body), Step.LIST_ITEMS)
    found = (answer.get("calendars") or {}).get(calendar)
    if not isinstance(found, dict):
        raise bad_answer(Step.LIST_ITEMS)
    errors = found.get("errors")
    if errors:
        if errors[0].get("reason") == "notFound":
            raise told(ItemGone, "", Step.LIST_ITEMS)
        raise bad_answer(Step.LIST_ITEMS)
    try:
        return sorted((_moment(one["start"]), _moment(one["end"])) for one in found["busy"])
    except (KeyError, TypeError, ValueError):
        raise bad_answer(Step.LIST_ITEMS) from None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)


def _key(start: datetime, end: datetime) -> str:
    return f"{PREFIX}{start:{_FORM}}-{end:{_FORM}}"


def _span(key: str) -> tuple[datetime, datetime]:
    """Return a key's stretch in UTC. Errors: ItemGone for a key that is none."""
    start, _, end = key.removeprefix(PREFIX).partition("-")
    try:
        first = datetime.strptime(start, _FORM).replace(tzinfo=UTC)
        return first, datetime.strptime(end, _FORM).replace(tzinfo=UTC)
    except ValueError:
        raise told(ItemGone, "", Step.READ) from None


def _item(key: str) -> RemoteItem:
    start, end = (moment.replace(tzinfo=None) for moment in _span(key))
    event = CalendarEvent(uid=key, when=Timed(start=start, end=end, zone="UTC"))
    return RemoteItem(key=key, version=key, event=event)
