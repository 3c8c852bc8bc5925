"""Which server for `booking serve`? Answers to normal guests while 300 others drip their requests.

`python bench/slow_clients.py` measures waitress as `booking serve` runs it and, where it is
installed (`pip install granian`), granian on the same bare Flask route: the rate alone, and how
many of 20 normal requests are answered, and how fast, under 300 slow connections.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

sys.path[0] = str(Path(__file__).resolve().parent.parent)

import requests  # noqa: E402 - the path comes first

from bench.load import rate  # noqa: E402
from tests.servers.process import free_port  # noqa: E402

SLOW = 300
NORMAL = 20


def main() -> None:
    """Measure each server that is installed."""
    print(f"{'':12}{'alone, req/s':>14}{'answered':>12}{'median ms':>12}{'worst ms':>12}")
    for server, command in _commands().items():
        port = free_port()
        with _served([part.format(port=port) for part in command], port):
            url = f"http://127.0.0.1:{port}/bare"
            alone = median(rate(url, 2.0) for _ in range(3))
            with _slow_crowd(port):
                times = [_time(url) for _ in range(NORMAL)]
        answered = [taken for taken in times if taken is not None]
        middle, worst = (median(answered), max(answered)) if answered else (0.0, 0.0)
        print(
            f"{server:12}{alone:14.0f}{len(answered):9} /{NORMAL}"
            f"{middle * 1000:12.1f}{worst * 1000:12.1f}"
        )


def _commands() -> dict[str, list[str]]:
    commands = {"waitress": [sys.executable, "bench/bare.py", "{port}"]}
    granian = shutil.which("granian")
    if granian is not None:
        options = ["--interface", "wsgi", "--workers", "2", "--port", "{port}"]
        commands["granian"] = [granian, *options, "bench.bare:app"]
    return commands


@contextmanager
def _served(command: list[str], port: int) -> Iterator[None]:
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while _time(f"http://127.0.0.1:{port}/bare") is None:
            time.sleep(0.1)
        yield
    finally:
        child.terminate()
        child.wait()


@contextmanager
def _slow_crowd(port: int) -> Iterator[None]:
    """Keep 300 connections open, each sending a letter of its request a second."""
    stop = threading.Event()
    crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW)]
    dripping = threading.Thread(target=_drip, args=(crowd, stop))
    dripping.start()
    time.sleep(3)
    try:
        yield
    finally:
        stop.set()
        dripping.join()
        for connection in crowd:
            connection.close()


def _drip(crowd: list[socket.socket], stop: threading.Event) -> None:
    for letter in b"GET /bare HTTP/1.1\r\nHost: slow.example\r\nX-Slow: " + b"x" * 300:
        for connection in crowd:
            try:
                connection.send(bytes([letter]))
            except OSError:
                continue  # the server gave this one up, as it may
        if stop.wait(1):
            return


def _time(url: str) -> float | None:
    begun = time.perf_counter()
    try:
        answer = requests.get(url, timeout=5)
    except requests.RequestException:
        return None
    return time.perf_counter() - begun if answer.status_code == 200 else None


if __name__ == "__main__":
    main()
