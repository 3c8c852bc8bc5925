"""A program: a CalDAV server in memory that answers at once, for `bench/pairs.py`.

Usage: stub_dav.py PORT. One account, `/u/`; calendars come into being by MKCALENDAR. It knows what
the two contenders ask for: discovery, listing, multiget, sync-collection, GET, PUT and DELETE.
`POST /u/<calendar>/` with lines of JSON strings fills a calendar, and with none empties it.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

_HOME = "/u/"
_HREF = re.compile(r"<(?:\w+:)?href>([^<]+)</(?:\w+:)?href>")
_TOKEN = re.compile(r"<(?:\w+:)?sync-token>([^<]*)</(?:\w+:)?sync-token>")
_HEAD = (
    '<?xml version="1.0"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" '
    'xmlns:S="http://calendarserver.org/ns/">'
)
_OK = "<status>HTTP/1.1 200 OK</status>"
_WHO = (
    "<resourcetype><collection/><principal/></resourcetype>"
    "<current-user-principal><href>/u/</href></current-user-principal>"
    "<C:calendar-home-set><href>/u/</href></C:calendar-home-set>"
)


def _row(href: str, props: str) -> str:
    return f"<response><href>{href}</href><propstat><prop>{props}</prop>{_OK}</propstat></response>"


@dataclass(slots=True)
class Calendar:
    """Objects by path with the number of their last change, and answers that are kept ready."""

    path: str
    bodies: dict[str, str] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    revision: int = 0
    listing: bytes = b""

    def put(self, path: str, body: str) -> int:
        """Store an object; return its version."""
        self.revision += 1
        self.bodies[path], self.changed[path] = body, self.revision
        self.gone.pop(path, None)
        self.listing = b""
        return self.revision

    def drop(self, path: str) -> None:
        """Remove an object."""
        self.revision += 1
        del self.bodies[path], self.changed[path]
        self.gone[path] = self.revision
        self.listing = b""

    def properties(self) -> str:
        """Return what the calendar tells of itself."""
        name = self.path.strip("/").rpartition("/")[2]
        return (
            "<resourcetype><collection/><C:calendar/></resourcetype>"
            f"<displayname>{name}</displayname><S:getctag>{self.revision}</S:getctag>"
        )

    def listed(self) -> bytes:
        """Return every object's version, in the answer to a PROPFIND of depth 1."""
        if not self.listing:
            rows = [_row(self.path, self.properties())]
            rows += [
                _row(
                    path,
                    f"<resourcetype/><getcontenttype>text/calendar</getcontenttype>"
                    f'<getetag>"{version}"</getetag>',
                )
                for path, version in self.changed.items()
            ]
            self.listing = f"{_HEAD}{''.join(rows)}</multistatus>".encode()
        return self.listing

    def _member(self, path: str, *, with_data: bool) -> str:
        data = f"<C:calendar-data>{escape(self.bodies[path])}</C:calendar-data>"
        return _row(path, f'<getetag>"{self.changed[path]}"</getetag>{data if with_data else ""}')

    def since(self, token: str, *, with_data: bool) -> bytes:
        """Answer a sync-collection."""
        after = int(token or 0)
        rows = [
            self._member(path, with_data=with_data)
            for path, version in (self.changed.items() if after < self.revision else ())
            if version > after
        ]
        rows += [
            f"<response><href>{path}</href><status>HTTP/1.1 404 Not Found</status></response>"
            for path, version in self.gone.items()
            if token and version > after
        ]
        tail = f"<sync-token>{self.revision}</sync-token></multistatus>"
        return f"{_HEAD}{''.join(rows)}{tail}".encode()

    def read(self, paths: list[str]) -> bytes:
        """Answer a multiget."""
        rows = [self._member(path, with_data=True) for path in paths if path in self.bodies]
        return f"{_HEAD}{''.join(rows)}</multistatus>".encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body, and an ETag where there is one."""

    status: str = "207 Multi-Status"
    body: bytes = b""
    kind: str = "application/xml; charset=utf-8"
    version: int = 0


_NOT_FOUND = Answer("404 Not Found")
_REFUSED = Answer("412 Precondition Failed")


class Store:
    """All calendars, and how many requests came."""

    def __init__(self) -> None:
        self.calendars: dict[str, Calendar] = {}
        self.requests = 0

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request."""
        if method == "MKCALENDAR":
            self.calendars.setdefault(path, Calendar(path))
            return Answer("201 Created")
        calendar = self.calendars.get(path[: path.rfind("/") + 1])
        if method == "POST":
            return self._told(calendar, body)
        self.requests += 1
        if calendar is None:
            return self._home(headers) if method == "PROPFIND" else _NOT_FOUND
        if method == "PROPFIND":
            return self._listed(calendar, headers)
        if method == "REPORT":
            return self._reported(calendar, body.decode())
        return _object(calendar, method, path, headers, body)

    def _told(self, calendar: Calendar | None, body: bytes) -> Answer:
        """Fill or empty a calendar; tell how many requests came till now."""
        if calendar is not None:
            lines = body.decode().splitlines()
            if not lines:
                self.calendars[calendar.path] = Calendar(calendar.path)
            for line in lines:
                name, text = json.loads(line)
                calendar.put(f"{calendar.path}{name}", text)
        return Answer("200 OK", str(self.requests).encode(), "text/plain")

    def _home(self, headers: dict[str, str]) -> Answer:
        rows = [_row(_HOME, _WHO)]
        if headers.get("depth") == "1":
            rows += [_row(one.path, one.properties()) for one in self.calendars.values()]
        return Answer(body=f"{_HEAD}{''.join(rows)}</multistatus>".encode())

    @staticmethod
    def _listed(calendar: Calendar, headers: dict[str, str]) -> Answer:
        if headers.get("depth") == "1":
            return Answer(body=calendar.listed())
        row = _row(calendar.path, calendar.properties())
        return Answer(body=f"{_HEAD}{row}</multistatus>".encode())

    @staticmethod
    def _reported(calendar: Calendar, body: str) -> Answer:
        token = _TOKEN.search(body)
        if token is not None or "sync-collection" in body:
            data = "calendar-data" in body
            return Answer(body=calendar.since(token.group(1) if token else "", with_data=data))
        return Answer(body=calendar.read(_HREF.findall(body)))


def _object(
    calendar: Calendar, method: str, path: str, headers: dict[str, str], body: bytes
) -> Answer:
    """Answer what is asked of a single object."""
    version = calendar.changed.get(path)
    if method == "PUT":
        wanted = headers.get("if-match", "").strip('"')
        if headers.get("if-none-match") == "*" and version is not None:
            return _REFUSED
        if wanted and wanted != str(version):
            return _REFUSED
        return Answer("201 Created", version=calendar.put(path, body.decode()))
    if version is None:
        return _NOT_FOUND
    if method == "DELETE":
        calendar.drop(path)
        return Answer("204 No Content")
    return Answer("200 OK", calendar.bodies[path].encode(), "text/calendar", version)


class _Line(asyncio.Protocol):
    """One connection: HTTP/1.1 with lengths, kept alive."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held = bytearray()
        self._out: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._out = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end].decode("latin-1").split("\r\n")
            pairs = (line.split(":", 1) for line in head[1:])
            headers = {name.lower(): value.strip() for name, value in pairs}
            whole = end + 4 + int(headers.get("content-length", 0))
            if len(self._held) < whole:
                if headers.get("expect"):
                    self._out.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            body = bytes(self._held[end + 4 : whole])
            del self._held[:whole]
            method, path, _ = head[0].split(" ")
            self._give(self._store.answer(method, path, headers, body))

    def _give(self, answer: Answer) -> None:
        tag = f'ETag: "{answer.version}"\r\n' if answer.version else ""
        head = (
            f"HTTP/1.1 {answer.status}\r\nContent-Type: {answer.kind}\r\n{tag}"
            f"Content-Length: {len(answer.body)}\r\n\r\n"
        )
        self._out.write(head.encode() + answer.body)


async def serve(port: int) -> None:
    """Answer on loopback until the process is ended."""
    store = Store()
    server = await asyncio.get_running_loop().create_server(lambda: _Line(store), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
