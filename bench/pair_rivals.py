"""The two contenders of `bench/pairs.py`: Booking in a running process, and vdirsyncer."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from bench.pair_places import Place
from booking.calendars.values import CalendarView
from booking.pairs.values import EndChoice
from booking.sync.ports import Side
from booking.wiring import Services

_LONG = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one sync cost: seconds by the clock, of our CPU and of the server; requests."""

    wall: float
    cpu: float
    requests: int
    server: float


class Rival(Protocol):
    """Somebody who keeps the two calendars of a place the same."""

    def forget(self) -> None:
        """Know nothing of the calendars: the next sync is the first."""

    def sync(self) -> Sample:
        """Bring the calendars in step."""


class Booking:
    """Our own runner, called as the worker calls it, inside an application context."""

    def __init__(self, services: Services, user: int, place: Place) -> None:
        self._services = services
        self._user = user
        self._place = place
        self._pair = 0
        account = place.account
        connection = services.connections.connect_caldav(
            user, "radicale", account.base_url, account.user, account.password
        )
        self._found = services.connections.calendars(user, connection.id)

    def _calendar(self, url: str) -> CalendarView:
        name = url.rstrip("/").rpartition("/")[2]
        (found,) = (one for one in self._found if one.name == name)
        return found

    def forget(self) -> None:
        """End the pair and make it anew."""
        pairs = self._services.pairs
        if self._pair:
            pairs.delete(self._user, self._pair, remove_copies=False)
        urls = {Side.LEFT: self._place.left, Side.RIGHT: self._place.right}
        ends = {
            side: EndChoice(pointer=f"/{side}", calendar_id=self._calendar(url).id)
            for side, url in urls.items()
        }
        self._pair = pairs.create(self._user, ends, direction="both").id

    def sync(self) -> Sample:
        """Run until nothing is left to do."""
        before, spent, begun = self._place.meter(), _own_cpu(), time.perf_counter()
        report = self._services.pair_runner.run(self._pair, budget=_LONG)
        wall, cpu = time.perf_counter() - begun, _own_cpu() - spent
        if not report.finished or report.skipped:
            raise RuntimeError(f"not everything was synced: {report}")
        met = self._place.meter().since(before)
        return Sample(wall=wall, cpu=cpu, requests=met.requests, server=met.seconds)


class Vdirsyncer:
    """The program, started anew for each sync, as its users do."""

    def __init__(self, program: str, folder: Path, place: Place) -> None:
        folder.mkdir()
        self._program = program
        self._status = folder / "status"
        self._config = folder / "config"
        self._place = place
        self._config.write_text(_config_of(self._status, place))

    def forget(self) -> None:
        """Drop what it remembers, and have it look the calendars up again."""
        shutil.rmtree(self._status, ignore_errors=True)
        self._run("discover")

    def sync(self) -> Sample:
        """Start the program, and wait for its end."""
        before = self._place.meter()
        sample = self._run("sync")
        met = self._place.meter().since(before)
        return replace(sample, requests=met.requests, server=met.seconds)

    def _run(self, *words: str) -> Sample:
        command = [self._program, "-v", "ERROR", "-c", str(self._config), *words]
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"vdirsyncer {' '.join(words)} failed")
        cpu = usage.ru_utime + usage.ru_stime
        return Sample(wall=wall, cpu=cpu, requests=0, server=0.0)


def _config_of(status: Path, place: Place) -> str:
    """Return a configuration; its strings are JSON's."""
    lines = ["[general]", f"status_path = {json.dumps(str(status))}", "[pair bench]"]
    lines += ['a = "left"', 'b = "right"', "collections = null", 'conflict_resolution = "a wins"']
    for name, url in (("left", place.left), ("right", place.right)):
        lines += [f"[storage {name}]", 'type = "caldav"', f"url = {json.dumps(url)}"]
        lines += [f"username = {json.dumps(place.account.user)}"]
        lines += [f"password = {json.dumps(place.account.password)}"]
    return "\n".join(lines) + "\n"


def _own_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def find_vdirsyncer() -> str:
    """Return vdirsyncer from the path, else installed into an environment of its own.

    Errors: CalledProcessError where it cannot be installed.
    """
    found = shutil.which("vdirsyncer")
    if found is not None:
        return found
    home = Path(tempfile.gettempdir()) / "booking-bench-vdirsyncer"
    program = home / "bin" / "vdirsyncer"
    if not program.exists():
        _call([sys.executable, "-m", "venv", str(home)])
        _call([str(home / "bin" / "pip"), "install", "--quiet", "vdirsyncer"])
    return str(program)


def _call(command: Sequence[str]) -> None:
    subprocess.run(command, check=True)
