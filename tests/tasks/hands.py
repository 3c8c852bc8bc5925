"""Hands on three kinds of calendars: Radicale, and the simulators of Google and Microsoft."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import icalendar
import requests

from booking.calendars.oauth import Visitor
from tests.providersim.faults import Act
from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, FaultyProxy
from tests.servers.scripted import Reply, Request, ScriptedServer
from tests.tasks.place import Event, Place, minutes_between

HOST = "host@example.org"
_OURS = re.compile(r"/[0-9a-f]{32}\.ics$")
_FOREIGN = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//person//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
    "DTSTAMP:20261101T000000Z\r\nDTSTART:20261124T090000Z\r\nDTEND:20261124T093000Z\r\n"
    "SUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


class Recorder:
    """Keeps what a server answers, as a proxy between us and it would."""

    def __init__(self, server: ScriptedServer) -> None:
        self.bodies: list[str] = []
        self._lock = threading.Lock()
        self._inner = server.script
        server.script = self._kept

    def _kept(self, request: Request) -> Reply:
        reply = self._inner(request)
        with self._lock:
            self.bodies.append(reply.body.decode("utf-8", "replace"))
        return reply


@dataclass(slots=True, kw_only=True)
class DavPlace(Place):
    """A calendar on Radicale behind a proxy."""

    account: DavAccount
    proxy: FaultyProxy
    recorder: Recorder
    urls: list[str] = field(default_factory=list)

    def connect_again(self) -> int:
        self.proxy.clear()
        if not self.urls:
            self.urls.append(self.account.make_calendar("tasks"))
        connections = self.services.connections
        address = self.proxy.through(self.account.base_url)
        for old in connections.list(self.user):
            connections.reconnect(self.user, old.id, self.account.password)
            return self.calendar
        made = connections.connect_caldav(
            self.user, "radicale", address, self.account.user, self.account.password
        )
        self.calendar = self._named(made.id, "tasks")
        return self.calendar

    def _named(self, connection: int, name: str) -> int:
        found = self.services.connections.calendars(self.user, connection)
        return next(each.id for each in found if each.name == name)

    def events(self) -> list[Event]:
        """Return the events that we made; Radicale names those of a whole upload by other names."""
        listed = [url for one in self.urls for url in self.listing(one) if _OURS.search(url)]
        return [_event_of(url, self.account.get(url)) for url in listed]

    def listing(self, url: str) -> list[str]:
        return sorted(self.account.listing(url))

    def rename(self, event: Event, title: str) -> None:
        self._edit(event, SUMMARY=title)

    def move(self, event: Event, start: datetime) -> None:
        end = start + timedelta(minutes=event.minutes)
        self._edit(event, DTSTART=f"{start:%Y%m%dT%H%M%SZ}", DTEND=f"{end:%Y%m%dT%H%M%SZ}")

    def rewrite(self, event: Event, text: str) -> None:
        self._edit(event, DESCRIPTION=text.replace("\n", "\\n"))

    def recolor(self, event: Event, color: str) -> None:
        self._edit(event, COLOR=color)

    def _edit(self, event: Event, **lines: str) -> None:
        edited = []
        for line in self.account.get(event.key).replace("\r\n ", "").splitlines():
            name = re.split("[:;]", line, maxsplit=1)[0]
            edited.append(f"{name}:{lines[name]}" if name in lines else line)
        text = "".join(f"{line}\r\n" for line in edited)
        self.account.put(event.key.rsplit("/", 1)[0] + "/", event.key.rsplit("/", 1)[1], text)

    def remove(self, event: Event) -> None:
        self.account.delete(event.key)

    def add_foreign(self, title: str) -> None:
        name = re.sub(r"[^a-z0-9]+", "-", title.lower())
        self.account.put(self.urls[0], f"{name}.ics", _FOREIGN.format(uid=name, title=title))

    def fill_with_foreign(self, number: int) -> None:
        """Replace the calendar's content by so many events of the owner's, in one request."""
        parts = "".join(
            f"BEGIN:VEVENT\r\nUID:private-{n}\r\nDTSTAMP:20261101T000000Z\r\n"
            "DTSTART:20261124T090000Z\r\nDTEND:20261124T093000Z\r\n"
            f"SUMMARY:Private {n}\r\nEND:VEVENT\r\n"
            for n in range(number)
        )
        head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//person//EN\r\n"
        body = f"{head}{parts}END:VCALENDAR\r\n"
        answer = self.account.send("PUT", self.urls[0], body, {"Content-Type": "text/calendar"})
        assert answer.status == 201, answer.text
        assert len(self.listing(self.urls[0])) == number

    def second_calendar(self) -> int:
        self.urls.append(self.account.make_calendar("second"))
        (connection,) = self.services.connections.list(self.user)
        self.services.connections.relist(connection.id)
        return self._named(connection.id, "second")

    def refuse_access(self) -> None:
        self.proxy.inject(Action.STATUS, status=401)

    def lose_answer(self) -> None:
        self.proxy.inject(Action.DROP_AFTER_WRITE, "PUT", "DELETE", times=1)

    def throttle(self, seconds: int) -> None:
        self.proxy.inject(
            Action.STATUS, "PUT", "DELETE", status=429, times=1, retry_after=str(seconds)
        )

    def expire_token(self) -> None:
        """Do nothing: a password has no end."""

    def said(self) -> list[str]:
        return self.recorder.bodies


def _event_of(url: str, text: str) -> Event:
    (part,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    start, end = part.decoded("DTSTART"), part.decoded("DTEND")
    if not isinstance(start, datetime):
        start = datetime.combine(start, datetime.min.time(), ZoneInfo("Europe/Berlin"))
        end = datetime.combine(end, datetime.min.time(), ZoneInfo("Europe/Berlin"))
    shown = part.get("CATEGORIES")
    named = shown if isinstance(shown, list) else [shown] if shown else []
    return Event(
        key=url,
        title=str(part.get("SUMMARY", "")),
        text=str(part.get("DESCRIPTION", "")),
        start=start.astimezone(UTC),
        minutes=minutes_between(start, end),
        paint=(str(part.get("COLOR", "")), *(str(c) for one in named for c in one.cats)),
    )


def consented(place: Place, provider: str, verify: str | bool) -> int:
    """Go to a provider's consent page and come back with its yes; return the connection's id."""
    visitor = Visitor(user_id=place.user, login="browser")
    address = place.services.oauth.start(visitor, provider)
    away = requests.get(address, allow_redirects=False, timeout=5, verify=verify)
    query = parse_qs(urlsplit(away.headers["Location"]).query)
    answer = {name: values[0] for name, values in query.items()}
    return place.services.oauth.finish(visitor, provider, answer).id


@dataclass(slots=True, kw_only=True)
class GooglePlace(Place):
    """A primary calendar at the simulated Google."""

    sim: ProviderSim
    recorder: Recorder
    keys: list[str] = field(default_factory=lambda: [HOST])

    def connect_again(self) -> int:
        self.sim.google.user(HOST)
        self.sim.google.person.email = HOST
        made = consented(self, "google", True)
        found = self.services.connections.calendars(self.user, made)
        self.calendar = next(each.id for each in found if each.primary)
        return self.calendar

    def events(self) -> list[Event]:
        rows = [(key, row) for key in self.keys for row in self.sim.google.rows(key)]
        return [self._event(key, row) for key, row in rows if "extendedProperties" in row]

    def _event(self, calendar: str, row: dict[str, Any]) -> Event:
        start, end = (
            datetime.fromisoformat(row[name]["dateTime"])
            if "dateTime" in row[name]
            else datetime.fromisoformat(row[name]["date"]).replace(tzinfo=ZoneInfo("Europe/Berlin"))
            for name in ("start", "end")
        )
        return Event(
            key=f"{calendar} {row['id']}",
            title=row.get("summary", ""),
            text=row.get("description", ""),
            start=start.astimezone(UTC),
            minutes=minutes_between(start, end),
            paint=(row.get("colorId", ""),),
        )

    def _edit(self, event: Event, **fields: Any) -> None:
        calendar, key = event.key.split()
        self.sim.google.edit_event(calendar, key, **fields)

    def rename(self, event: Event, title: str) -> None:
        self._edit(event, summary=title)

    def move(self, event: Event, start: datetime) -> None:
        end = start + timedelta(minutes=event.minutes)
        self._edit(
            event,
            start={"dateTime": start.isoformat(), "timeZone": "UTC"},
            end={"dateTime": end.isoformat(), "timeZone": "UTC"},
        )

    def rewrite(self, event: Event, text: str) -> None:
        self._edit(event, description=text)

    def recolor(self, event: Event, color: str) -> None:
        self._edit(event, colorId=color)

    def remove(self, event: Event) -> None:
        self.sim.google.delete_event(*event.key.split())

    def add_foreign(self, title: str) -> None:
        start = {"dateTime": "2026-11-24T09:00:00Z", "timeZone": "UTC"}
        end = {"dateTime": "2026-11-24T09:30:00Z", "timeZone": "UTC"}
        self.sim.google.add_event(HOST, summary=title, start=start, end=end)

    def second_calendar(self) -> int:
        self.keys.append(self.sim.google.add_calendar(HOST, "second"))
        (connection,) = self.services.connections.list(self.user)
        self.services.connections.relist(connection.id)
        found = self.services.connections.calendars(self.user, connection.id)
        return next(each.id for each in found if each.name == "second")

    def refuse_access(self) -> None:
        self.sim.google.revoke(HOST)
        self.sim.google.expire_access_tokens()

    def lose_answer(self) -> None:
        for route in ("events.insert", "events.patch", "events.delete"):
            self.sim.google.fail_next(route, Act.DROP_AFTER_WRITE)

    def throttle(self, seconds: int) -> None:
        self.sim.google.fail_next(
            "events.insert", status=429, reason="rateLimitExceeded", retry_after=str(seconds)
        )

    def expire_token(self) -> None:
        self.sim.google.expire_access_tokens()

    def said(self) -> list[str]:
        return self.recorder.bodies


@dataclass(slots=True, kw_only=True)
class GraphPlace(Place):
    """The calendar of a mailbox at the simulated Microsoft."""

    graph: GraphSim
    recorder: Recorder
    keys: list[str] = field(default_factory=list)

    def connect_again(self) -> int:
        self.graph.oauth.person.email = HOST
        made = consented(self, "microsoft", self.graph.ca_file)
        if not self.keys:
            self.keys = list(self.graph.calendars.calendars_of(HOST))
        found = self.services.connections.calendars(self.user, made)
        self.calendar = next(each.id for each in found if each.primary)
        return self.calendar

    def events(self) -> list[Event]:
        rows = [(key, row) for key in self.keys for row in self.graph.rows(HOST, key)]
        return [
            self._event(key, row) for key, row in rows if "singleValueExtendedProperties" in row
        ]

    def _event(self, calendar: str, row: dict[str, Any]) -> Event:
        start, end = (
            datetime.fromisoformat(row[name]["dateTime"][:19]).replace(
                tzinfo=ZoneInfo(row[name]["timeZone"])
            )
            for name in ("start", "end")
        )
        return Event(
            key=f"{calendar} {row['id']}",
            title=row["subject"],
            text=row["body"]["content"],
            start=start.astimezone(UTC),
            minutes=minutes_between(start, end),
            paint=tuple(row.get("categories", ())),
        )

    def _edit(self, event: Event, **fields: Any) -> None:
        calendar, key = event.key.split()
        self.graph.edit_event(HOST, calendar, key, **fields)

    def rename(self, event: Event, title: str) -> None:
        self._edit(event, subject=title)

    def move(self, event: Event, start: datetime) -> None:
        end = start + timedelta(minutes=event.minutes)
        self._edit(
            event,
            start={"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
            end={"dateTime": f"{end:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        )

    def rewrite(self, event: Event, text: str) -> None:
        self._edit(event, body={"contentType": "text", "content": text})

    def recolor(self, event: Event, color: str) -> None:
        self._edit(event, categories=[color, *event.paint])

    def remove(self, event: Event) -> None:
        calendar, key = event.key.split()
        self.graph.delete_event(HOST, calendar, key)

    def add_foreign(self, title: str) -> None:
        start = {"dateTime": "2026-11-24T09:00:00", "timeZone": "UTC"}
        end = {"dateTime": "2026-11-24T09:30:00", "timeZone": "UTC"}
        self.graph.add_event(HOST, self.keys[0], subject=title, start=start, end=end)

    def second_calendar(self) -> int:
        self.keys.append(self.graph.add_calendar(HOST, "second"))
        (connection,) = self.services.connections.list(self.user)
        self.services.connections.relist(connection.id)
        found = self.services.connections.calendars(self.user, connection.id)
        return next(each.id for each in found if each.name == "second")

    def refuse_access(self) -> None:
        self.graph.revoke(HOST)
        self.graph.expire_access_tokens()

    def lose_answer(self) -> None:
        for route in ("events.create", "events.patch", "events.delete"):
            self.graph.fail_next(route, Act.DROP_AFTER_WRITE)

    def throttle(self, seconds: int) -> None:
        self.graph.fail_next(
            "events.create", status=429, reason="TooManyRequests", retry_after=str(seconds)
        )

    def expire_token(self) -> None:
        self.graph.expire_access_tokens()

    def said(self) -> list[str]:
        return self.recorder.bodies
