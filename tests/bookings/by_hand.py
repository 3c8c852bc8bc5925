"""What a host does to a booking's event in their own calendar, whichever kind it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from icalendar import Calendar as IcalCalendar

from booking.bookings.values import BookingView
from booking.calendars.oauth_ports import Grant
from booking.calendars.values import SignIn
from booking.core.instants import from_instant
from tests.bookings.desk import Desk, at
from tests.providersim.graph_server import GraphSim
from tests.providersim.hand import ALL_SCOPES
from tests.providersim.server import ProviderSim
from tests.servers.dav import DavAccount

HOST = "host@example.org"


class Hand(Protocol):
    """The host's hand in one calendar. Times are in UTC, `14:00` on the desk's Tuesday."""

    def connect(self, desk: Desk) -> int:
        """Connect the calendar so that it receives bookings; return it."""

    def move(self, booking: BookingView, start: str, end: str) -> None: ...

    def rename(self, booking: BookingView, title: str) -> None: ...

    def delete(self, booking: BookingView) -> None: ...

    def undo_delete(self, booking: BookingView) -> None: ...

    def vanish(self) -> None:
        """Remove the calendar itself."""

    def events(self) -> list[tuple[str, str, str]]:
        """Return what stands there, by start: title, start, end."""


def _told(start: datetime, end: datetime, title: str) -> tuple[str, str, str]:
    return title, f"{start.astimezone(UTC):%H:%M}", f"{end.astimezone(UTC):%H:%M}"


@dataclass
class DavHand:
    """A client of a CalDAV server."""

    account: DavAccount
    url: str = ""
    trash: dict[str, tuple[str, str]] = field(default_factory=dict)

    def connect(self, desk: Desk) -> int:
        self.url = self.account.make_calendar()
        return self._connect(desk, self.account.base_url)

    def _connect(self, desk: Desk, base_url: str) -> int:
        connection = desk.services.connections.connect_caldav(
            desk.host_id,
            "radicale",
            base_url,
            self.account.user,
            self.account.password,
        )
        name = self.url.rstrip("/").rsplit("/", 1)[-1]
        listed = desk.services.connections.calendars(desk.host_id, connection.id)
        return next(each.id for each in listed if each.name == name)

    def _find(self, booking: BookingView) -> tuple[str, str]:
        for url in self.account.listing(self.url):
            text = self.account.get(url).replace("\r\n ", "")
            if f"UID:{booking.ical_uid}" in text:
                return url, text
        raise AssertionError("the event does not stand there")

    def _put(self, url: str, text: str) -> None:
        self.account.put(self.url, url.rsplit("/", 1)[-1], text)

    def move(self, booking: BookingView, start: str, end: str) -> None:
        url, text = self._find(booking)
        for name, moment in (("DTSTART", start), ("DTEND", end)):
            text = re.sub(
                rf"{name}[^\r\n]*", f"{name}:{from_instant(at(moment)):%Y%m%dT%H%M%SZ}", text
            )
        self._put(url, text)

    def rename(self, booking: BookingView, title: str) -> None:
        url, text = self._find(booking)
        self._put(url, re.sub(r"SUMMARY[^\r\n]*", f"SUMMARY:{title}", text))

    def delete(self, booking: BookingView) -> None:
        self.trash[booking.uid] = self._find(booking)
        self.account.delete(self.trash[booking.uid][0])

    def undo_delete(self, booking: BookingView) -> None:
        self._put(*self.trash[booking.uid])

    def vanish(self) -> None:
        self.account.delete(self.url)

    def events(self) -> list[tuple[str, str, str]]:
        found = []
        for text in self.account.objects(self.url):
            for event in IcalCalendar.from_ical(text).walk("VEVENT"):
                start, end = event.decoded("dtstart"), event.decoded("dtend")
                found.append(_told(start, end, str(event["summary"])))
        return sorted(found, key=lambda each: each[1])


@dataclass
class GoogleHand:
    """A person at Google's calendar."""

    sim: ProviderSim
    calendar: str = HOST
    keys: dict[str, str] = field(default_factory=dict)

    def connect(self, desk: Desk) -> int:
        access, refresh = self.sim.google.sign_in(HOST, ALL_SCOPES)
        self.calendar = self.sim.google.add_calendar(HOST, "Bookings")
        grant = Grant(
            access_token=access, refresh_token=refresh, expires_at=2**40, scopes=ALL_SCOPES
        )
        sign_in = SignIn(provider="google", preset="google", url="", secret=grant.text())
        connection = desk.services.connections.connect(desk.host_id, sign_in)
        listed = desk.services.connections.calendars(desk.host_id, connection.id)
        return next(each.id for each in listed if each.name == "Bookings")

    def _key(self, booking: BookingView) -> str:
        for row in self.sim.google.rows(self.calendar):
            if booking.guest.email in row["description"]:
                self.keys[booking.uid] = row["id"]
        return self.keys[booking.uid]

    def _edit(self, booking: BookingView, **fields: object) -> None:
        self.sim.google.edit_event(self.calendar, self._key(booking), **fields)

    def move(self, booking: BookingView, start: str, end: str) -> None:
        self._edit(booking, start=_google(start), end=_google(end))

    def rename(self, booking: BookingView, title: str) -> None:
        self._edit(booking, summary=title)

    def delete(self, booking: BookingView) -> None:
        self.sim.google.delete_event(self.calendar, self._key(booking))

    def undo_delete(self, booking: BookingView) -> None:
        self._edit(booking, status="confirmed")

    def vanish(self) -> None:
        self.sim.google.unshare(self.calendar, HOST)

    def events(self) -> list[tuple[str, str, str]]:
        found = []
        for row in self.sim.google.rows(self.calendar):
            start, end = (
                datetime.fromisoformat(row[name]["dateTime"]) for name in ("start", "end")
            )
            found.append(_told(start, end, row["summary"]))
        return sorted(found, key=lambda each: each[1])


def _google(moment: str) -> dict[str, str]:
    return {"dateTime": f"{from_instant(at(moment)):%Y-%m-%dT%H:%M:%SZ}", "timeZone": "UTC"}


@dataclass
class MicrosoftHand:
    """A person at Microsoft's calendar."""

    graph: GraphSim
    calendar: str = ""

    def connect(self, desk: Desk) -> int:
        access = self.graph.sign_in(HOST)
        self.calendar = self.graph.add_calendar(HOST, "Bookings")
        grant = Grant(
            access_token=access,
            refresh_token="r",
            expires_at=2**40,
            scopes=("Calendars.ReadWrite", "User.Read"),
        )
        sign_in = SignIn(provider="microsoft", preset="microsoft", url="", secret=grant.text())
        connection = desk.services.connections.connect(desk.host_id, sign_in)
        listed = desk.services.connections.calendars(desk.host_id, connection.id)
        return next(each.id for each in listed if each.name == "Bookings")

    def _key(self, booking: BookingView) -> str:
        guest = booking.guest.email
        (key,) = [
            row["id"]
            for row in self.graph.rows(HOST, self.calendar)
            if guest in row["body"]["content"]
        ]
        return str(key)

    def move(self, booking: BookingView, start: str, end: str) -> None:
        self.graph.edit_event(
            HOST, self.calendar, self._key(booking), start=_graph(start), end=_graph(end)
        )

    def rename(self, booking: BookingView, title: str) -> None:
        self.graph.edit_event(HOST, self.calendar, self._key(booking), subject=title)

    def delete(self, booking: BookingView) -> None:
        self.graph.delete_event(HOST, self.calendar, self._key(booking))

    def undo_delete(self, booking: BookingView) -> None:
        raise AssertionError(f"Microsoft restores {booking.uid} under another id")

    def vanish(self) -> None:
        self.graph.calendars.calendars_of(HOST).pop(self.calendar)

    def events(self) -> list[tuple[str, str, str]]:
        found = []
        for row in self.graph.rows(HOST, self.calendar):
            start, end = (
                datetime.fromisoformat(row[name]["dateTime"][:19]).replace(
                    tzinfo=ZoneInfo(row[name]["timeZone"])
                )
                for name in ("start", "end")
            )
            found.append(_told(start, end, row["subject"]))
        return sorted(found, key=lambda each: each[1])


def _graph(moment: str) -> dict[str, str]:
    return {"dateTime": f"{from_instant(at(moment)):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
