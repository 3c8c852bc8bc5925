"""The demo's calendar server: Radicale, on loopback, with one account."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from booking.cli.demo_settings import demo_secrets
from booking.core.errors import BookingError

_START_SECONDS = 20
_CONFIG = """[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""


class DemoCalendarServer:
    """A Radicale process that lives as long as the demo."""

    user = "demo"

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = environment
        self.port = port
        self.password = demo_secrets(folder.parent)["caldav_password"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}/"

    def calendar_url(self, name: str) -> str:
        """Return the address of one of the account's calendars."""
        return f"{self.url}{self.user}/{name}/"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Errors: BookingError where the port is taken, Radicale is missing, or it does not start.
        """
        if _is_taken(self.port):
            raise BookingError(
                f"Port {self.port} is taken. Stop what listens there, or use --caldav-port."
            )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        users = self.folder / "users"
        users.touch(mode=0o600)
        users.write_text(f"{self.user}:{self.password}\n", encoding="utf-8")
        config = self.folder / "config"
        text = _CONFIG.format(port=self.port, folder=self.folder)
        config.write_text(text, encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", str(config)],
            env=dict(self._environment),
        )
        self._wait()

    def _wait(self) -> None:
        give_up = time.monotonic() + _START_SECONDS
        while time.monotonic() < give_up:
            if self._process is None or self._process.poll() is not None:
                raise BookingError("Radicale did not start. Is the `demo` extra installed?")
            if _is_taken(self.port):
                return
            time.sleep(0.05)
        raise BookingError("The demo's calendar server does not answer.")

    def request(self, method: str, url: str, body: str, **headers: str) -> int:
        """Send one request with the account's password; return the status."""
        answer = requests.request(
            method,
            url,
            data=body.encode(),
            headers=headers,
            auth=(self.user, self.password),
            timeout=10,
        )
        return answer.status_code

    def stop(self) -> None:
        """Stop the server."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
