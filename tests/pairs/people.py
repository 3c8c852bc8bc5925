"""A person's hands on a calendar, whatever holds it: each writes as that provider's own client."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import icalendar

from booking.calendars.ports import CalendarProvider, RemoteItem
from booking.core.event import to_units
from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim
from tests.servers.dav import DavAccount

ZONE = "Europe/Berlin"
SHOWN = (
    *("when", "title", "description", "location", "status", "transparency", "visibility"),
    *("url", "color", "priority", "recurrence", "attendees", "exceptions"),
)
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An event as a person thinks of it. `start`: `2026-11-24T10:00` in Berlin, or a date.

    `lasts`: minutes, or days of a date. `guests`: names by address. `rule`: an RRULE.
    """

    title: str
    start: str = "2026-11-24T10:00"
    lasts: int = 0
    zone: str = ZONE
    place: str = ""
    text: str = ""
    guests: Mapping[str, str] = field(default_factory=dict)
    rule: str = ""
    is_free: bool = False
    is_private: bool = False
    is_tentative: bool = False

    @property
    def is_all_day(self) -> bool:
        return "T" not in self.start

    @property
    def begins(self) -> datetime | date:
        return datetime.fromisoformat(self.start) if "T" in self.start else _day(self.start)

    @property
    def ends(self) -> datetime | date:
        length = timedelta(days=self.lasts or 1) if self.is_all_day else timedelta(minutes=60)
        if self.lasts and not self.is_all_day:
            length = timedelta(minutes=self.lasts)
        return self.begins + length


def _day(text: str) -> date:
    return date.fromisoformat(text)


class Person(Protocol):
    """Hands on one calendar. Events are told apart by their titles.

    `connection` and `calendar` are what they are called here.
    """

    connection: int
    calendar: int

    def add(self, entry: Entry) -> None: ...

    def change(self, title: str, /, **to: str) -> None:
        """Change `title`, `place`, `text` or `start`."""

    def copy(self, title: str, copied: str) -> None:
        """Duplicate an event with all that belongs to it, and name the new one."""

    def delete(self, title: str) -> None: ...

    def change_instance(self, title: str, original: str, /, **to: str) -> None:
        """Change one instance of a series, named by its original start."""

    def cancel_instance(self, title: str, original: str) -> None: ...

    def contents(self) -> list[dict[str, Any]]:
        """Return what is to be the same on both sides, in an order of its own."""

    def mails(self) -> int:
        """Return how many mails guests would have received because of this calendar."""

    def wreck(self) -> None:
        """Take the calendar away."""


def titles(person: Person) -> list[str]:
    """Return the titles of all events, sorted."""
    return sorted(str(one["title"]) for one in person.contents())


def only(person: Person, title: str) -> dict[str, Any]:
    """Return the one event of this title."""
    (found,) = (one for one in person.contents() if one["title"] == title)
    return found


def _shown(items: list[RemoteItem]) -> list[dict[str, Any]]:
    units = [to_units(item.event) for item in items if item.event is not None]
    return sorted(({name: one[name] for name in SHOWN} for one in units), key=repr)


@dataclass(kw_only=True)
class _Read:
    """Reads with the product's own mapping, over the wire."""

    connection: int = 0
    calendar: int = 0
    key: str = ""
    provider: Callable[[], CalendarProvider]

    def contents(self) -> list[dict[str, Any]]:
        provider = self.provider()
        keys = [named.key for named in provider.changes(self.key, None).named]
        return _shown(list(provider.fetch(self.key, keys).items))


@dataclass(kw_only=True)
class DavPerson(_Read):
    """A CalDAV client that keeps all lines of an object but those it changes."""

    account: DavAccount
    url: str

    def add(self, entry: Entry) -> None:
        event = icalendar.Event()
        uid = f"event-{next(_NUMBERS)}@example.test"
        event.add("uid", uid)
        event.add("dtstamp", datetime(2026, 11, 1, tzinfo=ZoneInfo("UTC")))
        event.add("dtstart", _zoned(entry.begins, entry.zone))
        event.add("dtend", _zoned(entry.ends, entry.zone))
        for name, text in (
            ("summary", entry.title),
            ("location", entry.place),
            ("description", entry.text),
            ("transp", "TRANSPARENT" if entry.is_free else ""),
            ("class", "PRIVATE" if entry.is_private else ""),
            ("status", "TENTATIVE" if entry.is_tentative else ""),
        ):
            if text:
                event.add(name, text)
        if entry.rule:
            event.add("rrule", icalendar.vRecur.from_ical(entry.rule))
        if entry.guests:
            event.add("organizer", "mailto:host@example.test")
        for address, name in entry.guests.items():
            event.add("attendee", f"mailto:{address}", parameters={"CN": name})
        whole = icalendar.Calendar()
        whole.add("version", "2.0")
        whole.add("prodid", "-//person//client//EN")
        whole.add_component(event)
        self.account.put(self.url, f"{uid.partition('@')[0]}.ics", whole.to_ical().decode())

    def change(self, title: str, /, **to: str) -> None:
        url, whole, master = self._object(title)
        _set(master, to)
        self._put(url, whole, master)

    def copy(self, title: str, copied: str) -> None:
        url, whole, master = self._object(title)
        copy = f"copy-{next(_NUMBERS)}"
        master["uid"] = icalendar.vText(f"{copy}@example.test")
        master["summary"] = icalendar.vText(copied)
        folder = url.rpartition("/")[0]
        self.account.put(f"{folder}/", f"{copy}.ics", whole.to_ical().decode())

    def delete(self, title: str) -> None:
        self.account.delete(self._object(title)[0])

    def change_instance(self, title: str, original: str, /, **to: str) -> None:
        url, whole, master = self._object(title)
        begins = _zoned(datetime.fromisoformat(original), _zone_in(master))
        one = icalendar.Event()
        for name in ("uid", "dtstamp", "summary", "location", "description"):
            if name in master:
                one[name] = master[name]
        one.add("recurrence-id", begins)
        one.add("dtstart", begins)
        one.add("dtend", begins + (master.decoded("dtend") - master.decoded("dtstart")))
        _set(one, to)
        whole.add_component(one)
        self._put(url, whole, master)

    def cancel_instance(self, title: str, original: str) -> None:
        url, whole, master = self._object(title)
        master.add("exdate", _zoned(datetime.fromisoformat(original), _zone_in(master)))
        self._put(url, whole, master)

    def mails(self) -> int:
        """Count attendees whom a server with scheduling would write to, on our copies."""
        texts = [text for text in self.account.objects(self.url) if "//person//" not in text]
        lines = "".join(texts).replace("\r\n ", "").splitlines()
        people = [line for line in lines if line.startswith("ATTENDEE")]
        return sum("SCHEDULE-AGENT" not in line for line in people)

    def wreck(self) -> None:
        self.account.delete(self.url)

    def _object(self, title: str) -> tuple[str, icalendar.Calendar, icalendar.Event]:
        for url in sorted(self.account.listing(self.url)):
            whole = icalendar.Calendar.from_ical(self.account.get(url))
            for event in whole.events:
                if "recurrence-id" not in event and str(event.get("summary")) == title:
                    return url, whole, event
        raise LookupError(title)

    def _put(self, url: str, whole: icalendar.Calendar, master: icalendar.Event) -> None:
        master["X-EDIT"] = str(next(_NUMBERS))
        folder, _, name = url.rpartition("/")
        self.account.put(f"{folder}/", name, whole.to_ical().decode())


def _zoned(moment: datetime | date, zone: str) -> Any:
    return moment.replace(tzinfo=ZoneInfo(zone)) if isinstance(moment, datetime) else moment


def _zone_in(event: icalendar.Event) -> str:
    return str(event["dtstart"].params.get("TZID", ZONE))


def _set(event: icalendar.Event, to: Mapping[str, str]) -> None:
    names = {"title": "summary", "place": "location", "text": "description"}
    for name, text in to.items():
        if name == "start":
            length = event.decoded("dtend") - event.decoded("dtstart")
            begins = _zoned(datetime.fromisoformat(text), _zone_in(event))
            for part, moment in (("dtstart", begins), ("dtend", begins + length)):
                event.pop(part)
                event.add(part, moment)
        else:
            event.pop(names[name], None)
            event.add(names[name], text)


@dataclass(kw_only=True)
class GooglePerson(_Read):
    """Somebody at Google's own pages."""

    sim: ProviderSim
    email: str

    def add(self, entry: Entry) -> None:
        fields: dict[str, Any] = {
            "summary": entry.title,
            "location": entry.place,
            "description": entry.text,
            "start": _google_part(entry.begins, entry.zone),
            "end": _google_part(entry.ends, entry.zone),
            "transparency": "transparent" if entry.is_free else "opaque",
            "visibility": "private" if entry.is_private else "default",
            "status": "tentative" if entry.is_tentative else "confirmed",
            "attendees": [
                {"email": address, "displayName": name, "responseStatus": "needsAction"}
                for address, name in entry.guests.items()
            ],
        }
        if entry.rule:
            fields["recurrence"] = [f"RRULE:{entry.rule}"]
        kept = {name: part for name, part in fields.items() if part}
        self.sim.google.add_event(self.key, **kept)

    def change(self, title: str, /, **to: str) -> None:
        self._edit(self._row(title), to)

    def copy(self, title: str, copied: str) -> None:
        old = self._row(title)
        names = ("start", "end", "description", "location", "extendedProperties", "recurrence")
        kept = {name: old[name] for name in names if name in old}
        self.sim.google.add_event(self.key, summary=copied, **kept)

    def delete(self, title: str) -> None:
        self.sim.google.delete_event(self.key, self._row(title)["id"])

    def change_instance(self, title: str, original: str, /, **to: str) -> None:
        self._edit(self._instance(title, original), to)

    def cancel_instance(self, title: str, original: str) -> None:
        self.sim.google.delete_event(self.key, self._instance(title, original)["id"])

    def mails(self) -> int:
        return len(self.sim.google.mails)

    def wreck(self) -> None:
        self.sim.google.unshare(self.key, self.email)

    def _row(self, title: str) -> dict[str, Any]:
        (found,) = (
            row
            for row in self.sim.google.rows(self.key)
            if row.get("summary") == title and "recurringEventId" not in row
        )
        return found

    def _instance(self, title: str, original: str) -> dict[str, Any]:
        master = self._row(title)
        zone = ZoneInfo(master["start"]["timeZone"])
        begins = datetime.fromisoformat(original).replace(tzinfo=zone)
        stamp = f"{begins.astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}"
        return self.sim.google.row(self.key, f"{master['id']}_{stamp}")

    def _edit(self, row: dict[str, Any], to: Mapping[str, str]) -> None:
        names = {"title": "summary", "place": "location", "text": "description"}
        fields: dict[str, Any] = {names[n]: text for n, text in to.items() if n in names}
        if "start" in to:
            zone = row["start"]["timeZone"]
            begins = datetime.fromisoformat(to["start"])
            length = datetime.fromisoformat(row["end"]["dateTime"]) - datetime.fromisoformat(
                row["start"]["dateTime"]
            )
            fields["start"] = _google_part(begins, zone)
            fields["end"] = _google_part(begins + length, zone)
        self.sim.google.edit_event(self.key, row["id"], **fields)


def _google_part(moment: datetime | date, zone: str) -> dict[str, str]:
    if not isinstance(moment, datetime):
        return {"date": moment.isoformat()}
    aware = moment.replace(tzinfo=ZoneInfo(zone))
    return {"dateTime": aware.isoformat(), "timeZone": zone}


_DAYS = {"MO": "monday", "TU": "tuesday", "WE": "wednesday", "TH": "thursday", "FR": "friday"}


@dataclass(kw_only=True)
class GraphPerson(_Read):
    """Somebody at Outlook's own pages."""

    graph: GraphSim
    email: str

    def add(self, entry: Entry) -> None:
        fields: dict[str, Any] = {
            "subject": entry.title,
            "location": {"displayName": entry.place},
            "body": {"contentType": "text", "content": entry.text},
            "isAllDay": entry.is_all_day,
            "start": _graph_part(entry.begins, entry.zone),
            "end": _graph_part(entry.ends, entry.zone),
            "sensitivity": "private" if entry.is_private else "normal",
            "showAs": "free" if entry.is_free else "tentative" if entry.is_tentative else "busy",
            "attendees": [
                {"emailAddress": {"address": address, "name": name}, "type": "required"}
                for address, name in entry.guests.items()
            ],
        }
        if entry.rule:
            fields["recurrence"] = _pattern(entry)
        self.graph.add_event(self.email, self.key, **fields)

    def change(self, title: str, /, **to: str) -> None:
        self._edit(self._row(title), to)

    def copy(self, title: str, copied: str) -> None:
        old = self._row(title)
        own = {"id", "iCalUId", "changeKey", "transactionId", "type"}
        kept = {name: part for name, part in old.items() if name not in own}
        self.graph.add_event(self.email, self.key, **{**kept, "subject": copied})

    def delete(self, title: str) -> None:
        self.graph.delete_event(self.email, self.key, self._row(title)["id"])

    def change_instance(self, title: str, original: str, /, **to: str) -> None:
        self._edit(self._instance(title, original), to)

    def cancel_instance(self, title: str, original: str) -> None:
        self.graph.delete_event(self.email, self.key, self._instance(title, original)["id"])

    def mails(self) -> int:
        return len(self.graph.world.mails)

    def wreck(self) -> None:
        self.graph.remove_calendar(self.email, self.key)

    def _row(self, title: str) -> dict[str, Any]:
        (found,) = (
            row
            for row in self.graph.rows(self.email, self.key)
            if row["subject"] == title and "seriesMasterId" not in row
        )
        return found

    def _instance(self, title: str, original: str) -> dict[str, Any]:
        master = self._row(title)
        key = f"{master['id']}.occ.{original[:10]}"
        with self.graph.locked() as calendars:
            return dict(calendars.event(calendars.find(self.email, self.key), key))

    def _edit(self, row: dict[str, Any], to: Mapping[str, str]) -> None:
        fields: dict[str, Any] = {}
        if "title" in to:
            fields["subject"] = to["title"]
        if "place" in to:
            fields["location"] = {"displayName": to["place"]}
        if "text" in to:
            fields["body"] = {"contentType": "text", "content": to["text"]}
        if "start" in to:
            begins, zone = datetime.fromisoformat(to["start"]), row["start"]["timeZone"]
            length = datetime.fromisoformat(row["end"]["dateTime"][:19]) - datetime.fromisoformat(
                row["start"]["dateTime"][:19]
            )
            fields["start"] = _graph_part(begins, zone)
            fields["end"] = _graph_part(begins + length, zone)
        self.graph.edit_event(self.email, self.key, row["id"], **fields)


def _graph_part(moment: datetime | date, zone: str) -> dict[str, str]:
    if not isinstance(moment, datetime):
        return {"dateTime": f"{moment.isoformat()}T00:00:00", "timeZone": "UTC"}
    return {"dateTime": moment.isoformat(), "timeZone": zone}


def _pattern(entry: Entry) -> dict[str, Any]:
    """Return what Outlook's dialogue makes of the few rules that the tests choose there."""
    parts = dict(part.split("=") for part in entry.rule.split(";"))
    pattern: dict[str, Any] = {"type": parts["FREQ"].lower(), "interval": 1}
    if parts["FREQ"] == "WEEKLY":
        pattern["daysOfWeek"] = [_DAYS[day] for day in parts["BYDAY"].split(",")]
        pattern["firstDayOfWeek"] = "monday"
    span: dict[str, Any] = {
        "type": "numbered",
        "numberOfOccurrences": int(parts["COUNT"]),
        "startDate": entry.start[:10],
        "recurrenceTimeZone": "UTC" if entry.is_all_day else entry.zone,
    }
    return {"pattern": pattern, "range": span}
