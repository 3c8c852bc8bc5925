"""The product as a person starts it: `booking demo` on free ports, with real calendars."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.servers.process import free_port

_START_SECONDS = 90
_STOP_SECONDS = 40
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A running installation with the host `demo`, whose event type is `intro`."""

    base_url: str


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One installation for all journeys of a process."""
    folder = tmp_path_factory.mktemp("live")
    port, caldav_port = free_port(), free_port()
    log = (folder / "log").open("wb")
    command = [sys.executable, "-m", "booking", "demo"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--caldav-port", str(caldav_port)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},  # noqa: TID251 - handed on to a child
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    base_url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{base_url}/demo/intro", process, folder / "log")
        yield Live(base_url=base_url)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=_STOP_SECONDS)
        log.close()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Ask until the page is there; tell what the server said where it never is."""
    end = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    pytest.fail(f"The demo did not start:\n{log.read_text(errors='replace')[-4000:]}")
