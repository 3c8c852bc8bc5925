"""Two calendars to keep the same, on Radicale or on the stub, for `bench/pairs.py`.

Both count the requests that came; Radicale's journal tells as well how long each one took.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.servers.dav import DavAccount
from tests.servers.process import accepts_connections, free_port
from tests.servers.radicale_server import Radicale

_PATIENCE_SECONDS = 600  # Radicale reads 5,000 new files in a minute
_DONE = re.compile(r"response status for .* in ([0-9.]+) seconds")
_ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZNAME:CET\r\nTZOFFSETFROM:+0200\r\n"
    "TZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nTZNAME:CEST\r\nTZOFFSETFROM:+0100\r\n"
    "TZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
)


@dataclass(frozen=True, slots=True)
class Meter:
    """Requests that a server answered so far, and the seconds that it took for them."""

    requests: int
    seconds: float

    def since(self, before: Meter) -> Meter:
        """Return what came after `before`."""
        return Meter(self.requests - before.requests, self.seconds - before.seconds)


def events(number: int, *, edition: int = 0) -> dict[str, str]:
    """Return objects by name, as calendar programs write them; each twentieth is a series."""
    return {f"event{place}.ics": event(place, edition) for place in range(number)}


def event(place: int, edition: int = 0) -> str:
    """Return one object; editions differ in title and place."""
    day, hour = 1 + place % 28, 6 + place % 12
    start = f"2027{1 + place // 28 % 12:02}{day:02}T{hour:02}0000"
    series = "RRULE:FREQ=WEEKLY;COUNT=10\r\n" if place % 20 == 0 else ""
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//EN\r\n{_ZONE}BEGIN:VEVENT\r\n"
        f"UID:event{place}@bench\r\nDTSTAMP:20261101T000000Z\r\nCREATED:20261101T000000Z\r\n"
        f"LAST-MODIFIED:20261101T{edition // 3600 % 24:02}{edition // 60 % 60:02}{edition % 60:02}Z"
        f"\r\nDTSTART;TZID=Europe/Berlin:{start}\r\nDURATION:PT45M\r\n{series}"
        f"SUMMARY:Meeting {place} in edition {edition}\r\nLOCATION:Room {edition % 7}\r\n"
        f"DESCRIPTION:Agenda of meeting {place}\\nwith a second line and some words more\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


class Place(ABC):
    """An account with the calendars `left` and `right` (absolute addresses)."""

    name: str
    account: DavAccount
    left: str
    right: str

    @abstractmethod
    def fill(self, calendar: str, objects: Mapping[str, str]) -> None:
        """Have exactly these objects in a calendar."""

    @abstractmethod
    def meter(self) -> Meter:
        """Return what the server has answered so far."""

    def change(self, calendar: str, numbers: range, edition: int) -> None:
        """Edit some events by PUT."""
        for number in numbers:
            self.account.put(calendar, f"event{number}.ics", event(number, edition))

    def number(self, calendar: str) -> int:
        """Return how many objects a calendar has."""
        return len(self.account.listing(calendar))


class _Journaling(Radicale):
    """Radicale, as in the tests, with a line in its log for each answer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        config = folder / "config"
        config.write_text(config.read_text().replace("level = warning", "level = info"))


class OnRadicale(Place):
    """Calendars of a Radicale of our own; filled through its files, which is faster."""

    name = "Radicale"

    def __init__(self, server: _Journaling) -> None:
        self._server = server
        self.account = server.account
        self.left, self.right = (self.account.make_calendar(name) for name in ("left", "right"))

    def fill(self, calendar: str, objects: Mapping[str, str]) -> None:
        """Put the files there, and have the server look at them once."""
        path = calendar.removeprefix(self.account.base_url).strip("/")
        folder = self._server.folder / "data" / "collection-root" / path
        for old in folder.glob("*.ics"):
            old.unlink()
        shutil.rmtree(folder / ".Radicale.cache", ignore_errors=True)
        for name, text in objects.items():
            (folder / name).write_bytes(text.encode())
        requests.request(
            "PROPFIND",
            calendar,
            data='<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>',
            headers={"Depth": "1", "Content-Type": "text/xml"},
            auth=(self.account.user, self.account.password),
            timeout=_PATIENCE_SECONDS,
        ).raise_for_status()

    def meter(self) -> Meter:
        """Read the journal."""
        journal = (self._server.folder / "radicale.log").read_text(errors="replace")
        taken = [float(seconds) for seconds in _DONE.findall(journal)]
        return Meter(len(taken), sum(taken))


class OnStub(Place):
    """Calendars of the stub, whose answers take no time worth telling."""

    name = "stub"

    def __init__(self, port: int, left: str = "left", right: str = "right") -> None:
        base = f"http://127.0.0.1:{port}/"
        self.account = DavAccount(base_url=base, user="u", password="p", home_url=f"{base}u/")
        self.left, self.right = (self.account.make_calendar(name) for name in (left, right))

    def fill(self, calendar: str, objects: Mapping[str, str]) -> None:
        """Tell the stub what to hold."""
        lines = (json.dumps([name, text]) for name, text in objects.items())
        for body in ("", "\n".join(lines)):
            requests.post(calendar, data=body.encode(), timeout=60).raise_for_status()

    def meter(self) -> Meter:
        """Ask the stub; its time is not worth telling."""
        answer = requests.post(f"{self.account.base_url}none/", timeout=60)
        return Meter(int(answer.text), 0.0)


@contextmanager
def on_radicale(folder: Path) -> Iterator[OnRadicale]:
    """Run a Radicale with its files in `folder`, which is made."""
    folder.mkdir()
    server = _Journaling(folder)
    server.start()
    try:
        yield OnRadicale(server)
    finally:
        server.stop()


@contextmanager
def stub_server() -> Iterator[int]:
    """Run the stub; give its port."""
    port = free_port()
    child = subprocess.Popen([sys.executable, "bench/stub_dav.py", str(port)])
    try:
        while not accepts_connections(port):
            time.sleep(0.05)
        yield port
    finally:
        child.terminate()
        child.wait()
