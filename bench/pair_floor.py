"""What a first sync cannot go below at the stub: its writes alone, by a loop that does no more.

Each request is written down beforehand and sent on one open connection; of its answer nothing is
looked at but where it ends. There is no reading, planning or storing.
"""

from __future__ import annotations

import socket
import time
from base64 import b64encode
from urllib.parse import urlsplit

from bench.pair_places import Place, events


def bare_writes(place: Place, number: int) -> float:
    """Return the seconds by the clock of writing `number` events into the right calendar."""
    address = urlsplit(place.right)
    account = place.account
    sealed = b64encode(f"{account.user}:{account.password}".encode()).decode()
    requests = [
        (
            f"PUT {address.path}{name} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: Basic {sealed}\r\nContent-Type: text/calendar\r\n"
            f"Content-Length: {len(text.encode())}\r\n\r\n{text}"
        ).encode()
        for name, text in events(number).items()
    ]
    place.fill(place.right, {})
    with socket.create_connection((address.hostname or "", address.port or 80)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begun = time.perf_counter()
        for request in requests:
            line.sendall(request)
            answer = line.recv(65536)
            while not answer.endswith(b"\r\n\r\n"):
                answer += line.recv(65536)
        return time.perf_counter() - begun
