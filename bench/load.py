"""A closed-loop client: some connections ask for one address as fast as they get answers."""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

CONNECTIONS = 8


def rate(url: str, seconds: float, headers: Mapping[str, str] | None = None) -> float:
    """Return answers a second over eight kept connections, measured in a process of its own."""
    parent, child = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_run, args=(child, url, seconds, dict(headers or {})))
    process.start()
    answers: float = parent.recv()
    process.join()
    return answers


def _run(pipe: object, url: str, seconds: float, headers: dict[str, str]) -> None:
    counts = [0] * CONNECTIONS
    end = time.perf_counter() + seconds
    crew = [
        threading.Thread(target=_ask, args=(place, counts, url, end, headers))
        for place in range(CONNECTIONS)
    ]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    pipe.send(sum(counts) / seconds)  # type: ignore[attr-defined]


def _ask(place: int, counts: list[int], url: str, end: float, headers: dict[str, str]) -> None:
    parts = urlsplit(url)
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    address = (parts.hostname or "", parts.port or 80)
    while time.perf_counter() < end:
        with socket.create_connection(address) as connection:
            stream = connection.makefile("rb")
            is_open = True
            while is_open and time.perf_counter() < end:
                connection.sendall(request)
                is_open = _read(stream)
                counts[place] += 1


def _read(stream: object) -> bool:
    """Read one answer; tell whether the connection stays open."""
    status = stream.readline()  # type: ignore[attr-defined]
    code = status.split(b" ")[1] if status else b""
    if code not in {b"200", b"304"}:
        raise RuntimeError(f"unexpected answer: {status!r}")
    is_unchanged = code == b"304"  # has a length, and no body (RFC 9110, 15.4.5)
    length, stays_open = 0, True
    while (line := stream.readline()) not in {b"\r\n", b""}:  # type: ignore[attr-defined]
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        elif name.lower() == b"connection":
            stays_open = value.strip().lower() != b"close"
    if not is_unchanged:
        stream.read(length)  # type: ignore[attr-defined]
    return stays_open
