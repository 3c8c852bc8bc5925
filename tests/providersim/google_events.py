"""Google's events: rows of a calendar as `events.*` read and write them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tests.providersim import series
from tests.providersim.clock import SimClock
from tests.providersim.state import JSON, Calendar, Refused

_ID = re.compile(r"[a-v0-9]{5,1024}")
_INSTANCE = re.compile(r"(.+)_(\d{8}(?:T\d{6}Z)?)")
_RULE = re.compile(r"(RRULE|RDATE|EXDATE|EXRULE)[;:].+", re.IGNORECASE)
# Set by the provider, whatever a client sends.
_OWN = frozenset({"kind", "etag", "created", "updated", "creator", "htmlLink", "hangoutLink"})
_TEXTS = frozenset({"summary", "description", "location"})


class Events:
    """The events of one calendar. The caller holds the lock."""

    def __init__(self, calendar: Calendar, clock: SimClock) -> None:
        self.calendar = calendar
        self._clock = clock

    def get(self, key: str) -> JSON:
        """Return a row or an instance; a deleted one reads as cancelled."""
        row = self.calendar.rows.get(key) or self._virtual(key)
        if row is None:
            raise Refused(404, "notFound", "Not Found")
        return row

    def insert(self, body: JSON, user: str, *, conference: bool = False) -> JSON:
        key = str(body.get("id") or new_key())
        if not _ID.fullmatch(key):
            raise Refused(400, "invalid", "Invalid resource id value.")
        if key in self.calendar.rows:
            raise Refused(409, "duplicate", "The requested identifier already exists.")
        if "id" in body and "iCalUID" in body and body["iCalUID"] != f"{key}@google.com":
            raise Refused(400, "invalid", "Only one of id and iCalUID may be given.")
        row = self._fresh(key, body, user)
        return self._keep(row, conference=conference)

    def import_(self, body: JSON, user: str) -> JSON:
        uid = body.get("iCalUID")
        if not uid:
            raise Refused(400, "required", "iCalUID is required.")
        twin = next((r for r in self.calendar.rows.values() if r.get("iCalUID") == uid), None)
        if twin is not None:
            return self.patch(twin["id"], {**body, "status": "confirmed"})
        return self._keep(self._fresh(new_key(), body, user))

    def patch(self, key: str, body: JSON, *, conference: bool = False) -> JSON:
        """Merge; a cancelled event comes back only if its status says so."""
        old = self.get(key)
        if old["status"] == "cancelled" and body.get("status") in {None, "cancelled"}:
            raise Refused(404, "notFound", "Not Found")
        if not conference and "conferenceData" in old:
            old = {name: part for name, part in old.items() if name != "conferenceData"}
        row = merged(old, {name: part for name, part in body.items() if name not in _OWN})
        row["sequence"] = int(old.get("sequence", 0)) + (row["start"] != old["start"])
        return self._keep(row, conference=conference)

    def update(self, key: str, body: JSON, *, conference: bool = False) -> JSON:
        old = self.get(key)
        kept = ("id", "iCalUID", "created", "creator", "recurringEventId", "originalStartTime")
        row = {**self._fresh(key, body, ""), **{n: old[n] for n in (*kept, "kind") if n in old}}
        row["sequence"] = int(old.get("sequence", 0)) + 1
        row["organizer"] = old["organizer"]
        return self._keep(row, conference=conference)

    def delete(self, key: str) -> None:
        row = self.get(key)
        if row["status"] == "cancelled":
            raise Refused(410, "deleted", "Resource has been deleted")
        stamp = self._clock.stamp()
        for one in (row, *self.calendar.exceptions_of(key)):
            self.calendar.put({**one, "status": "cancelled"}, stamp)

    def _fresh(self, key: str, body: JSON, user: str) -> JSON:
        sent = {name: part for name, part in body.items() if name not in _OWN and part is not None}
        person = {"email": user, "self": user == self.calendar.id}
        uid = sent.get("iCalUID") or f"{key}@google.com"
        made = {
            "kind": "calendar#event",
            "status": "confirmed",
            "created": self._clock.stamp(),
            "creator": person,
            "organizer": {"email": self.calendar.id, "self": True},
            "sequence": 0,
            "reminders": {"useDefault": True},
            "eventType": "default",
        }
        return {**made, **sent, "id": key, "iCalUID": uid, "htmlLink": _link(key)}

    def _keep(self, row: JSON, *, conference: bool = False) -> JSON:
        self._check(row)
        row["start"] = self._shown(row["start"])
        row["end"] = self._shown(row["end"])
        if conference:
            hold_conference(row, is_late=self.calendar.makes_links_late)
        else:
            row.pop("conferenceData", None)
        return self.calendar.put(row, self._clock.stamp())

    def _check(self, row: JSON) -> None:
        for name in ("start", "end"):
            part = row.get(name) or {}
            if ("date" in part) == ("dateTime" in part):
                raise Refused(400, "required", f"Missing {name} time.")
            if part.get("timeZone", "UTC") not in available_timezones():
                raise Refused(400, "invalid", "Invalid time zone.")
        if ("date" in row["start"]) != ("date" in row["end"]):
            raise Refused(
                400, "invalid", "Start and end times must either both be date or both be dateTime."
            )
        zone = self.calendar.time_zone
        start, end = (series.moment_of(row[name], zone) for name in ("start", "end"))
        if end < start or (end == start and "date" in row["start"]):
            raise Refused(400, "timeRangeEmpty", "The specified time range is empty.")
        for line in row.get("recurrence") or ():
            if not _RULE.fullmatch(line) or "DTSTART" in line.upper():
                raise Refused(400, "invalid", "Invalid recurrence rule.")
        if row.get("recurrence") and "dateTime" in row["start"] and "timeZone" not in row["start"]:
            raise Refused(400, "required", "Missing time zone definition for start time.")
        _check_properties(row.get("extendedProperties") or {})

    def _shown(self, part: JSON) -> JSON:
        if "date" in part:
            return {"date": part["date"]}
        own = self.calendar.time_zone
        moment = series.moment_of(part, own).astimezone(ZoneInfo(own))
        return {"dateTime": moment.isoformat(), "timeZone": part.get("timeZone") or own}

    def _virtual(self, key: str) -> JSON | None:
        match = _INSTANCE.fullmatch(key)
        master = self.calendar.rows.get(match[1]) if match else None
        if master is None or "recurrence" not in master or master["status"] == "cancelled":
            return None
        zone = series.zone_of(master, self.calendar.time_zone)
        for wall in series.walls(master, zone, self._clock.now() + timedelta(days=1500)):
            one = series.instance(master, wall, zone)
            if one["id"] == key:
                return one
        return None

    def instances(self, key: str, first: datetime, last: datetime) -> list[JSON]:
        """Return all instances of a series, cancelled and changed ones included."""
        master = self.get(key)
        own = self.calendar.exceptions_of(key)
        found = series.expanded([master, *own], self.calendar.time_zone, first, last)
        cancelled = [row for row in own if row["status"] == "cancelled"]
        return [*(row for row in found if row["id"] != key), *cancelled]

    def busy(self, first: datetime, last: datetime) -> list[JSON]:
        """Return the stretches that take time, joined, in UTC."""
        zone = self.calendar.time_zone
        rows = series.expanded(self.calendar.rows.values(), zone, first, last)
        spans = sorted(
            (series.moment_of(row["start"], zone), series.moment_of(row["end"], zone))
            for row in rows
            if takes_time(row)
        )
        joined: list[tuple[datetime, datetime]] = []
        for start, end in spans:
            start, end = max(start, first), min(end, last)  # noqa: PLW2901  (clipped)
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return [{"start": _utc(start), "end": _utc(end)} for start, end in joined if end > start]


def takes_time(row: Mapping[str, Any]) -> bool:
    if row.get("transparency") == "transparent" or row.get("eventType") == "workingLocation":
        return False
    own = [one for one in row.get("attendees", ()) if one.get("self")]
    return not any(one.get("responseStatus") == "declined" for one in own)


def new_key() -> str:
    return "a" + secrets.token_hex(12)


def merged(old: JSON, body: Mapping[str, Any]) -> JSON:
    """Merge as PATCH does: objects by name, arrays whole, null deletes."""
    row = dict(old)
    for name, part in body.items():
        if part is None:
            row.pop(name, None)
        elif isinstance(part, dict) and isinstance(row.get(name), dict):
            row[name] = merged(row[name], part)
        elif isinstance(part, dict):
            row[name] = merged({}, part)
        else:
            row[name] = part
    return row


def shown(row: JSON, calendar: str, role: str) -> JSON:
    """Return a row as a person of this role sees it."""
    if role == "freeBusyReader":
        names = ("kind", "etag", "id", "status", "start", "end", "updated", "iCalUID", "sequence")
        more = ("recurrence", "recurringEventId", "originalStartTime", "transparency")
        kept = {name: row[name] for name in (*names, *more) if name in row}
        return {**kept, "visibility": "private", "eventType": "default"}
    people = [
        {**one, "self": True} if one.get("email") == calendar else one
        for one in row.get("attendees", ())
    ]
    return {**row, "attendees": people} if people else row


def tombstone(row: JSON) -> JSON:
    """Return what is sure of a deleted row."""
    kept = ("kind", "etag", "id", "status", "recurringEventId", "originalStartTime")
    return {name: row[name] for name in kept if name in row}


def selected(rows: Sequence[JSON], query: Mapping[str, Sequence[str]]) -> list[JSON]:
    """Return the rows that the filters of a list let through."""
    found = list(rows)
    for name, kind in (
        ("privateExtendedProperty", "private"),
        ("sharedExtendedProperty", "shared"),
    ):
        for wanted in query.get(name, ()):
            key, _, value = wanted.partition("=")
            found = [
                row
                for row in found
                if row.get("extendedProperties", {}).get(kind, {}).get(key) == value
            ]
    for uid in query.get("iCalUID", ()):
        found = [row for row in found if row.get("iCalUID") == uid]
    if query.get("eventTypes"):
        found = [row for row in found if row.get("eventType", "default") in query["eventTypes"]]
    for since in query.get("updatedMin", ()):
        least = datetime.fromisoformat(since)
        found = [row for row in found if datetime.fromisoformat(row["updated"]) >= least]
    for words in query.get("q", ()):
        found = [
            r for r in found if any(words.lower() in str(r.get(n, "")).lower() for n in _TEXTS)
        ]
    return found


def _check_properties(kinds: Mapping[str, Any]) -> None:
    for properties in kinds.values():
        for name, value in (properties or {}).items():
            if len(name) > 44 or len(str(value)) > 1024:
                raise Refused(400, "invalid", "Extended property is too long.")


def hold_conference(row: JSON, *, is_late: bool) -> None:
    """Make the meeting that was asked for, or say that it is being made."""
    data = row.get("conferenceData") or {}
    asked = data.get("createRequest")
    if not asked or data.get("entryPoints"):
        return
    if is_late:
        pending = {**asked, "status": {"statusCode": "pending"}}
        row["conferenceData"] = {"createRequest": pending}
        return
    link = f"https://meet.google.com/{secrets.token_hex(5)}"
    row["conferenceData"] = {
        "createRequest": {**asked, "status": {"statusCode": "success"}},
        "entryPoints": [{"entryPointType": "video", "uri": link, "label": link[8:]}],
        "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
        "conferenceId": link.rpartition("/")[2],
    }
    row["hangoutLink"] = link


def _link(key: str) -> str:
    return f"https://www.google.com/calendar/event?eid={key}"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
