"""Microsoft Graph's calendars: lists, events, series, delta, with a hand-written schema."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tests.providersim import graph_series
from tests.providersim.clock import SimClock
from tests.providersim.state import JSON, Refused, World

Query = Mapping[str, str]
WRITABLE = frozenset(
    {
        *("subject", "body", "start", "end", "isAllDay", "showAs", "sensitivity", "location"),
        *("attendees", "recurrence", "transactionId", "singleValueExtendedProperties"),
        *("importance", "categories", "isOnlineMeeting", "onlineMeetingProvider"),
        *("isReminderOn", "reminderMinutesBeforeStart", "responseRequested"),
    }
)
# Zones go by IANA names and by those of Windows.
_WINDOWS = {
    "W. Europe Standard Time": "Europe/Berlin",
    "Eastern Standard Time": "America/New_York",
    "India Standard Time": "Asia/Kolkata",
}
_MUTABLE = "mutable-"
_NOT_WITH_DELTA = frozenset({"$select", "$filter", "$expand", "$orderby", "$search"})
_DELTA_HIDES = frozenset({"singleValueExtendedProperties", "cancelledOccurrences"})
_LINE = "_" * 80
_OF_OCCURRENCES = ("id", "type", "seriesMasterId", "start", "end")


@dataclass(slots=True, kw_only=True)
class GraphCalendar:
    """A calendar of one person."""

    id: str
    name: str
    can_edit: bool = True
    is_default: bool = False
    color: str = "auto"
    hex_color: str = ""
    rows: dict[str, JSON] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    dead: dict[str, int] = field(default_factory=dict)
    counter: int = 0
    generation: int = 0
    makes_links_late: bool = False

    def put(self, row: JSON, stamp: str) -> JSON:
        self.counter += 1
        row["changeKey"] = secrets.token_urlsafe(12)
        row["lastModifiedDateTime"] = stamp
        self.rows[row["id"]] = row
        self.changed[row.get("seriesMasterId") or row["id"]] = self.counter
        return row

    def drop(self, key: str) -> None:
        self.counter += 1
        row = self.rows.pop(key)
        self.changed.pop(key, None)
        if "seriesMasterId" in row:
            self.changed[row["seriesMasterId"]] = self.counter
        else:
            self.dead[key] = self.counter


@dataclass(slots=True)
class GraphCalendars:
    """Answers what `/me/…` asks. The caller holds the lock."""

    world: World
    clock: SimClock
    origin: str = ""
    page_size: int = 1000
    people: dict[str, dict[str, GraphCalendar]] = field(default_factory=dict)

    def calendars_of(self, email: str) -> dict[str, GraphCalendar]:
        if email not in self.people:
            self.people[email] = {}
            self.add(email, "Calendar", is_default=True)
        return self.people[email]

    def add(self, email: str, name: str, **more: Any) -> GraphCalendar:
        key = f"AQMk{secrets.token_urlsafe(20)}"
        made = GraphCalendar(id=key, name=name, **more)
        self.calendars_of(email)[key] = made
        return made

    def find(self, email: str, key: str) -> GraphCalendar:
        found = self.calendars_of(email).get(key)
        if found is None:
            raise Refused(404, "ErrorItemNotFound", "The specified object was not found.")
        return found

    # Events

    def event(self, calendar: GraphCalendar, key: str) -> JSON:
        row = calendar.rows.get(key)
        if row is None:
            master = calendar.rows.get(key.partition(".occ.")[0])
            found = master and next(
                (o for o in self._instances(calendar, master) if o["id"] == key), None
            )
            if not found:
                raise Refused(404, "ErrorItemNotFound", "The specified object was not found.")
            return found
        return row

    def insert(self, calendar: GraphCalendar, body: JSON, email: str) -> JSON:
        again = next(
            (
                row
                for row in calendar.rows.values()
                if body.get("transactionId") and row.get("transactionId") == body["transactionId"]
            ),
            None,
        )
        if again is not None:
            return again
        key = f"AAMka{secrets.token_urlsafe(24)}"
        row = {
            "subject": "",
            "body": {"contentType": "text", "content": ""},
            "isAllDay": False,
            "showAs": "busy",
            "sensitivity": "normal",
            "location": {"displayName": ""},
            "attendees": [],
            "isCancelled": False,
            "createdDateTime": self.clock.stamp(),
            "iCalUId": secrets.token_hex(20).upper(),
            "organizer": {"emailAddress": {"address": email, "name": email}},
            "responseStatus": {"response": "organizer"},
            "type": "singleInstance",
            **_clean(body),
            "id": key,
        }
        return self._keep(calendar, row)

    def patch(self, calendar: GraphCalendar, key: str, body: JSON) -> JSON:
        old = self.event(calendar, key)
        row = {**old, **_clean(body)}
        held = {one["id"]: one for one in old.get("singleValueExtendedProperties", ())}
        held |= {one["id"]: one for one in body.get("singleValueExtendedProperties", ())}
        row["singleValueExtendedProperties"] = list(held.values())
        if row["type"] == "occurrence":
            row["type"] = "exception"
        if "recurrence" in body or (row["type"] == "seriesMaster" and "start" in body):
            for exception in [r for r in calendar.rows.values() if r.get("seriesMasterId") == key]:
                calendar.rows.pop(exception["id"])
            row["cancelledOccurrences"] = []
        return self._keep(calendar, row)

    def delete(self, calendar: GraphCalendar, key: str) -> None:
        row = self.event(calendar, key)
        if row["type"] in {"occurrence", "exception"}:
            master = calendar.rows[row["seriesMasterId"]]
            day = key.rpartition(".")[2]
            gone = [*master.get("cancelledOccurrences", ()), f"OID.{master['id']}.{day}"]
            calendar.rows.pop(key, None)
            calendar.put({**master, "cancelledOccurrences": gone}, self.clock.stamp())
            return
        for exception in [r for r in calendar.rows.values() if r.get("seriesMasterId") == key]:
            calendar.rows.pop(exception["id"])
        calendar.drop(key)

    def _keep(self, calendar: GraphCalendar, row: JSON) -> JSON:
        if _moment(row["end"]) < _moment(row["start"]):
            raise Refused(400, "ErrorPropertyValidationFailure", "The end is before the start.")
        if row["isAllDay"] and any("T00:00:00" not in row[n]["dateTime"] for n in ("start", "end")):
            raise Refused(400, "ErrorInvalidRequest", "An all-day event lasts from midnight on.")
        _hold_meeting(row, is_late=calendar.makes_links_late)
        if row["type"] in {"singleInstance", "seriesMaster"}:
            row["type"] = "seriesMaster" if row.get("recurrence") else "singleInstance"
        return calendar.put(row, self.clock.stamp())

    def instances(self, calendar: GraphCalendar, key: str, query: Query) -> list[JSON]:
        first, last = _instant(query["startDateTime"]), _instant(query["endDateTime"])
        found = self._instances(calendar, self.event(calendar, key))
        return [row for row in found if _touches(row, first, last)]

    def _instances(self, calendar: GraphCalendar, master: JSON) -> Iterator[JSON]:
        if master.get("type") != "seriesMaster":
            return
        length = _wall(master["end"]) - _wall(master["start"])
        gone = set(master.get("cancelledOccurrences", ()))
        for start in graph_series.starts(master):
            key = f"{master['id']}.occ.{start.date()}"
            if f"OID.{master['id']}.{start.date()}" in gone:
                continue
            if key in calendar.rows:
                yield calendar.rows[key]
                continue
            zone = master["start"]["timeZone"]
            kept = {n: v for n, v in master.items() if n not in {"recurrence", "transactionId"}}
            yield {
                **kept,
                "id": key,
                "type": "occurrence",
                "seriesMasterId": master["id"],
                "originalStart": _utc_text({"dateTime": start.isoformat(), "timeZone": zone}),
                "start": {"dateTime": start.isoformat(), "timeZone": zone},
                "end": {"dateTime": (start + length).isoformat(), "timeZone": zone},
            }

    # Delta

    def delta(self, calendar: GraphCalendar, query: Query, path: str) -> JSON:
        if _NOT_WITH_DELTA & set(query):
            raise Refused(400, "ErrorInvalidUrlQuery", "This is not supported with delta.")
        token = query.get("$deltatoken") or query.get("$skiptoken")
        place = self._place(calendar, token) if token else {"n": 0, "o": 0}
        if not token:
            place |= {"a": query["startDateTime"], "b": query["endDateTime"], "s": calendar.counter}
        if query.get("$deltatoken"):
            place |= {"o": 0, "s": calendar.counter}
        rows = list(self._changes(calendar, place))
        start = int(place["o"])
        part = rows[start : start + self.page_size]
        base = {"c": calendar.id, "g": calendar.generation, "a": place["a"], "b": place["b"]}
        if start + self.page_size < len(rows):
            more = {**base, "n": place["n"], "o": start + self.page_size, "s": place["s"]}
            link = f"{path}?$skiptoken={quote(self.world.sign(more))}"
            return {"value": part, "@odata.nextLink": link}
        done = self.world.sign({**base, "n": place["s"], "o": 0, "s": 0})
        return {"value": part, "@odata.deltaLink": f"{path}?$deltatoken={quote(done)}"}

    def _place(self, calendar: GraphCalendar, token: str) -> JSON:
        place = self.world.read(token)
        if place is None or place["c"] != calendar.id or place["g"] != calendar.generation:
            raise Refused(410, "syncStateNotFound", "The sync state generation is not found.")
        return place

    def _changes(self, calendar: GraphCalendar, place: JSON) -> Iterator[JSON]:
        since, first, last = int(place["n"]), _instant(place["a"]), _instant(place["b"])
        for key, number in sorted(calendar.changed.items(), key=lambda pair: pair[1]):
            row = calendar.rows.get(key)
            if number <= since or row is None or "seriesMasterId" in row:
                continue
            inside = (
                [row] if row["type"] == "singleInstance" else list(self._instances(calendar, row))
            )
            if not any(_touches(one, first, last) for one in inside):
                if since:
                    yield {"id": key, "@removed": {"reason": "changed"}}
                continue
            yield {name: part for name, part in row.items() if name not in _DELTA_HIDES}
            for one in inside if row["type"] == "seriesMaster" else ():
                if _touches(one, first, last):
                    yield {name: one[name] for name in _OF_OCCURRENCES}
        for key, number in calendar.dead.items():
            if number > since > 0:
                yield {"id": key, "@removed": {"reason": "deleted"}}


def _hold_meeting(row: JSON, *, is_late: bool) -> None:
    """Make the Teams meeting that was asked for; a body without its invitation ends it."""
    if not row.get("isOnlineMeeting"):
        row.pop("onlineMeeting", None)
        return
    if "onlineMeeting" in row:
        if _LINE not in row["body"]["content"]:
            row["isOnlineMeeting"] = False
            del row["onlineMeeting"]
        return
    if not is_late:
        link = f"https://teams.microsoft.com/l/meetup-join/{secrets.token_hex(8)}"
        row["onlineMeeting"] = {"joinUrl": link}
        text = f"{row['body']['content']}\n\n{_LINE}\nMicrosoft Teams meeting\nJoin: {link}\n"
        row["body"] = {**row["body"], "content": text}


def _clean(body: JSON) -> JSON:
    return {name: part for name, part in body.items() if name in WRITABLE}


def _wall(part: JSON) -> datetime:
    return datetime.fromisoformat(part["dateTime"][:19])


def _moment(part: JSON) -> datetime:
    return _wall(part).replace(tzinfo=_zone(part["timeZone"])).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(_WINDOWS.get(name, name))
    except (KeyError, ValueError):
        raise Refused(400, "TimeZoneNotSupportedException", "Unknown time zone.") from None


def immutable(key: str) -> str:
    """Return an event's id that never changes, whichever of its two ids is given."""
    return key.removeprefix(_MUTABLE)


def _utc_text(part: JSON) -> str:
    return _moment(part).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _touches(row: JSON, first: datetime, last: datetime) -> bool:
    return _moment(row["start"]) < last and _moment(row["end"]) >= first


def shown(
    row: JSON, zone: str, properties: Sequence[str], fields: Sequence[str], *, lasting_ids: bool
) -> JSON:
    """Return a row as asked for: times in `zone`, extended properties and hidden fields by name.

    Without `lasting_ids` ids are those that change when an event is moved to another calendar.
    """
    answer = {
        name: part for name, part in row.items() if name not in _DELTA_HIDES | {"transactionId"}
    }
    answer["originalStartTimeZone"] = row["start"]["timeZone"]
    answer["originalEndTimeZone"] = row["end"]["timeZone"]
    for name in ("start", "end"):
        answer[name] = _in_zone(row[name], zone, is_all_day=row.get("isAllDay", False))
    kept = [one for one in row.get("singleValueExtendedProperties", ()) if one["id"] in properties]
    if kept:
        answer["singleValueExtendedProperties"] = kept
    if "cancelledOccurrences" in fields and row["type"] == "seriesMaster":
        answer["cancelledOccurrences"] = row.get("cancelledOccurrences", [])
    if not lasting_ids:
        names = [name for name in ("id", "seriesMasterId") if name in answer]
        answer |= {name: f"{_MUTABLE}{answer[name]}" for name in names}
    answer["@odata.etag"] = f'W/"{row["changeKey"]}"'
    return answer


def _in_zone(part: JSON, zone: str, *, is_all_day: bool) -> JSON:
    moment = _wall(part) if is_all_day else _moment(part).astimezone(_zone(zone))
    return {"dateTime": moment.strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": zone}
