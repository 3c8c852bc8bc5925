"""Google's listings: pages, sync tokens and their refusals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.providersim import series
from tests.providersim.google_events import Events, selected, shown, tombstone
from tests.providersim.state import JSON, Refused, World

Query = Mapping[str, Sequence[str]]

_NOT_WITH_TOKEN = frozenset(
    {
        *("iCalUID", "orderBy", "q", "timeMin", "timeMax", "updatedMin"),
        *("privateExtendedProperty", "sharedExtendedProperty"),
    }
)
_SAME = ("singleEvents", "eventTypes", "showHiddenInvitations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a listing goes on."""

    calendar: str
    counter: int
    generation: int
    digest: str

    def content(self) -> JSON:
        return {"c": self.calendar, "n": self.counter, "g": self.generation, "h": self.digest}


def one(query: Query, name: str, default: str = "") -> str:
    return query[name][0] if query.get(name) else default


def is_on(query: Query, name: str) -> bool:
    return one(query, name) == "true"


def digest_of(query: Query) -> str:
    kept = {name: sorted(query[name]) for name in _SAME if query.get(name)}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]


class EventList:
    """Answers `events.list` for one calendar as one person sees it."""

    def __init__(
        self, world: World, events: Events, role: str, now: Callable[[], datetime]
    ) -> None:
        self._world = world
        self._events = events
        self._calendar = events.calendar
        self._role = role
        self._now = now

    def answer(self, query: Query, most: int) -> JSON:
        page = self._page(query)
        rows, place, since = self._rows(query, page)
        size = min(int(one(query, "maxResults", "250")), 2500, most)
        start = int(page["o"]) if page else 0
        part = rows[start : start + size]
        answer: JSON = {
            "kind": "calendar#events",
            "etag": f'"p{self._calendar.counter}"',
            "summary": self._calendar.name,
            "updated": self._now().isoformat(),
            "timeZone": self._calendar.time_zone,
            "accessRole": self._role,
            "defaultReminders": self._calendar.default_reminders,
            "items": part,
        }
        if start + size < len(rows) or size == 0:
            following = {**place.content(), "o": start + size, "s": since, "q": _filters(query)}
            answer["nextPageToken"] = self._world.sign({"kind": "page", **following})
        elif not _NOT_WITH_TOKEN - {"timeMin"} & set(query):
            answer["nextSyncToken"] = self._world.sign({"kind": "sync", **place.content()})
        return answer

    def _page(self, query: Query) -> JSON | None:
        token = one(query, "pageToken")
        if not token or token.startswith("again-"):
            return None
        page = self._world.read(token)
        if page is None or page.get("kind") != "page" or page["c"] != self._calendar.id:
            raise Refused(400, "invalid", "Invalid page token value.")
        if page["q"] != _filters(query):
            raise Refused(400, "invalid", "Parameters changed between pages.")
        return page

    def _rows(self, query: Query, page: JSON | None) -> tuple[list[JSON], Place, int | None]:
        """Return all rows of the answer, where it ends, and since when it counts."""
        token = one(query, "syncToken")
        since = None
        if token:
            since = self._since(token, query)
        calendar = self._calendar
        place = Place(
            calendar=calendar.id,
            counter=int(page["n"]) if page else calendar.counter,
            generation=calendar.generation,
            digest=digest_of(query),
        )
        order = sorted(calendar.rows, key=lambda key: calendar.changed[key])
        rows = [calendar.rows[key] for key in order if calendar.changed[key] > (since or 0)]
        rows = selected(rows, query) if since is None else rows
        if is_on(query, "singleEvents"):
            rows = self._single(rows, query)
        return self._visible(rows, query, since), place, since

    def _since(self, token: str, query: Query) -> int:
        wrong = sorted(_NOT_WITH_TOKEN & set(query))
        if wrong:
            raise Refused(400, "invalid", f"Sync token cannot be used with {', '.join(wrong)}.")
        place = self._world.read(token)
        if place is None or place.get("kind") != "sync" or place["c"] != self._calendar.id:
            raise Refused(410, "fullSyncRequired", "Sync token is no longer valid.")
        if place["g"] != self._calendar.generation:
            raise Refused(410, "fullSyncRequired", "Sync token is no longer valid.")
        if place["h"] != digest_of(query):
            raise Refused(400, "invalid", "Parameters differ from those of the first sync.")
        return int(place["n"])

    def _single(self, rows: list[JSON], query: Query) -> list[JSON]:
        first, last = self._window(query)
        found = list(series.expanded(rows, self._calendar.time_zone, first, last))
        if one(query, "orderBy") == "startTime":
            found.sort(key=lambda row: series.moment_of(row["start"], self._calendar.time_zone))
        return found

    def _visible(self, rows: list[JSON], query: Query, since: int | None) -> list[JSON]:
        with_deleted = since is not None or is_on(query, "showDeleted")
        found = []
        for row in rows:
            if row["status"] != "cancelled":
                if self._in_window(row, query):
                    found.append(shown(row, self._calendar.id, self._role))
            elif with_deleted or self._is_live_exception(row, query):
                found.append(tombstone(row))
        return found

    def _is_live_exception(self, row: JSON, query: Query) -> bool:
        master = self._calendar.rows.get(row.get("recurringEventId", ""))
        is_live = master is not None and master["status"] != "cancelled"
        return is_live and not is_on(query, "singleEvents")

    def _in_window(self, row: JSON, query: Query) -> bool:
        if not query.get("timeMin") and not query.get("timeMax"):
            return True
        first, last = self._window(query)
        zone = self._calendar.time_zone
        if "recurrence" not in row:
            return series.touches(row, zone, first, last)
        return any(True for _ in series.expanded([row], zone, first, last))

    def _window(self, query: Query) -> tuple[datetime, datetime]:
        year = timedelta(days=365)
        first, last = one(query, "timeMin"), one(query, "timeMax")
        return (
            moment(first) if first else self._now() - 5 * year,
            moment(last) if last else self._now() + 2 * year,
        )


def moment(text: str) -> datetime:
    """Read an instant. Errors: Refused without an offset, as the API insists on one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "badRequest", "Bad Request") from None
    if found.tzinfo is None:
        raise Refused(400, "badRequest", "Bad Request")
    return found


def _filters(query: Query) -> dict[str, Any]:
    ignored = {"pageToken", "maxResults", "fields", "alt", "prettyPrint"}
    return {name: sorted(texts) for name, texts in sorted(query.items()) if name not in ignored}
