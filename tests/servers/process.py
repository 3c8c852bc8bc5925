"""A server as a child process: started on a fixed port, stoppable, and back again with its data."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 30.0


class ServerFailed(Exception):
    """A server is missing or does not come up; the message says what to do."""


def need(program: str, *, package: str, folders: Sequence[Path] = ()) -> str:
    """Find a program, also in `folders`.

    Errors: ServerFailed naming the package to install.
    """
    places = os.pathsep.join(str(folder) for folder in folders)
    found = shutil.which(program) or shutil.which(program, path=places)
    if found is None:
        raise ServerFailed(f"{program} is not installed: the tests need the package {package}")
    return found


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def accepts_connections(port: int) -> bool:
    """Tell whether something listens on this port of loopback."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class ServerProcess:
    """One child process in its own process group, with its log kept for the error message."""

    def __init__(self, name: str, folder: Path, is_up: Callable[[], bool]) -> None:
        self._name = name
        self._log = folder / f"{name}.log"
        self._is_up = is_up
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def group(self) -> int:
        """The process group, 0 while nothing runs."""
        return self._child.pid if self._child is not None else 0

    def start(self, command: Sequence[str]) -> None:
        """Start and wait until it answers; nothing happens if it runs already."""
        if self.is_running:
            return
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_up()

    def stop(self, *, kill: bool = False) -> None:
        """End it: politely, or with SIGKILL as a crash would."""
        child, self._child = self._child, None
        if child is None:
            return
        self._signal(child, signal.SIGKILL if kill else signal.SIGTERM)
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._signal(child, signal.SIGKILL)
            child.wait(timeout=10)

    @staticmethod
    def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, number)

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_running:
                break
            if self._is_up():
                return
            time.sleep(0.02)
        self.stop(kill=True)
        tail = self._log.read_text(errors="replace")[-2000:]
        raise ServerFailed(f"{self._name} did not start:\n{tail}")


class LoopbackServer(ABC):
    """A server on a port of loopback that keeps port and data over a restart."""

    name = "server"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process = ServerProcess(self.name, folder, lambda: accepts_connections(self.port))

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Say how it is started."""

    def start(self) -> None:
        self._process.start(self.command())

    def stop(self, *, kill: bool = False) -> None:
        self._process.stop(kill=kill)

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    @contextmanager
    def outage(self, *, kill: bool = False) -> Iterator[None]:
        """Take the server away for the duration of the block."""
        self.stop(kill=kill)
        try:
            yield
        finally:
            self.start()
