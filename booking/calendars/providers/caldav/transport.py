"""One signed-in line to a CalDAV server.

What concerns collections goes through the library's client on our guarded session. What a sync does
a thousand times (reports, and reading and writing objects) goes straight to that session, as the
library and `requests` take longer than many a server (docs/adr/0020).

Every answer is looked at before anybody sees it: what should be XML and is not, is refused here,
and bodies that nobody needs are emptied, as the library would log them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from caldav.davclient import DAVClient
from caldav.lib.error import raise_if_rate_limited
from caldav.response import DAVResponse
from requests import Response
from requests.auth import HTTPBasicAuth

from booking.calendars.ports import Step
from booking.calendars.providers.caldav.errors import PROVIDER, bad_answer, refusal, told
from booking.calendars.providers.caldav.multistatus import (
    DAV,
    Element,
    Multistatus,
    Row,
    parse_xml,
    read_multistatus,
)
from booking.core.errors import BadAnswer
from booking.security.outbound import CredentialScope, OutboundClient, OutboundSession, Reply

_XML: Final = {"Content-Type": "application/xml; charset=utf-8"}
_CALENDAR: Final = {"Content-Type": "text/calendar; charset=utf-8"}
_ANSWERED_BY_XML = frozenset({"PROPFIND", "REPORT", "PROPPATCH"})
# Below the 10^7 characters at which libxml2 takes a text for an attack, so that what is too large
# is always told as such.
_MOST_BYTES: Final = 9_900_000
_CALENDAR_START = b"BEGIN:VCALENDAR"
_BOM = b"\xef\xbb\xbf"


class _CheckedSession:
    """The part of a requests session that the library uses, with every answer checked.

    `answer` is what the last one said, where that is a multistatus; the library gets no body of it,
    as it would make a tree of the whole.
    """

    def __init__(self, session: OutboundSession) -> None:
        self._session = session
        self.answer: Multistatus | None = None

    def request(self, method: str, url: str, **options: Any) -> Response:
        response = self._session.request(method, url, **options)
        self.answer = None
        status, body = response.status_code, response.content
        if not 200 <= status < 300:
            body = _explained(body)
        else:
            if method in _ANSWERED_BY_XML:
                self.answer = _multistatus(status, body)
            body = b""
        if body is not response.content:
            response._content = body  # noqa: SLF001  (where requests keeps a body it has read)
            response.headers.pop("Content-Length", None)
        return response

    def close(self) -> None:
        self._session.close()


def _explained(body: bytes) -> bytes:
    """Return of a refusal's body what says why (RFC 4918, 16)."""
    root = parse_xml(body) if body else None
    return body if root is not None and root.tag == f"{DAV}error" else b""


def _object(body: bytes) -> str:
    """Return an object's text. Errors: BadAnswer for a success that holds no calendar."""
    text = body.removeprefix(_BOM).lstrip()
    if not text[: len(_CALENDAR_START)].upper().startswith(_CALENDAR_START):
        raise BadAnswer(provider=PROVIDER)
    return text.decode(errors="replace")


def _multistatus(
    status: int, body: bytes, each: Callable[[Row], None] | None = None
) -> Multistatus:
    """Return what a success says. Errors: BadAnswer for one that is no multistatus."""
    answer = read_multistatus(body, each) if status == 207 else None
    if answer is None:
        raise BadAnswer(provider=PROVIDER)
    return answer


class Dav:
    """Sends single requests and returns what they mean. One per account and thread."""

    def __init__(
        self,
        outbound: OutboundClient,
        *,
        url: str,
        username: str,
        password: str,
        hosts: tuple[str, ...] = (),
    ) -> None:
        scope = CredentialScope(url, hosts)
        self._line = outbound.session(PROVIDER, scope=scope, max_bytes=_MOST_BYTES)
        # As bytes in UTF-8 (RFC 7617, 2.1): requests would send Latin-1 or refuse.
        name, secret = username.encode(errors="replace"), password.encode(errors="replace")
        auth, sealed = HTTPBasicAuth(name, secret), b64encode(name + b":" + secret).decode()
        self._usual = {"Accept": "text/xml, text/calendar", "Authorization": f"Basic {sealed}"}
        self._client = DAVClient(
            url=url, auth=auth, enable_rfc6764=False, rate_limit_handle=False, huge_tree=False
        )
        self._session = _CheckedSession(self._line)
        self._client.session = self._session

    def propfind(self, url: str, body: str, *, depth: int, step: Step) -> Multistatus:
        """Ask for properties (RFC 4918, 9.1)."""
        return self._multistatus("PROPFIND", url, body, {**_XML, "Depth": str(depth)}, step)

    def look(self, url: str, body: str, *, step: Step) -> Multistatus:
        """Ask a collection for properties of its own, as often as it is looked at."""
        reply = self._ask("PROPFIND", url, {**_XML, "Depth": "0"}, body, step)
        with _understood(step):
            return _multistatus(reply.status, reply.body)

    def proppatch(self, url: str, body: str, *, step: Step) -> Multistatus:
        """Set properties (RFC 4918, 9.2)."""
        return self._multistatus("PROPPATCH", url, body, _XML, step)

    def report(
        self,
        url: str,
        body: str,
        *,
        depth: int,
        step: Step,
        each: Callable[[Row], None] | None = None,
    ) -> Multistatus:
        """Run a report (RFC 3253, 3.6).

        `each` takes the rows as they are read, and the answer then has none; an error afterwards
        voids what it took.
        """
        reply = self._ask("REPORT", url, {**_XML, "Depth": str(depth)}, body, step)
        with _understood(step):
            return _multistatus(reply.status, reply.body, each)

    def make_calendar(self, url: str, body: str, *, step: Step) -> None:
        """Make a calendar collection (RFC 4791, 5.3.1). A 207 tells of properties not taken."""
        self._send("MKCALENDAR", url, body, _XML, step)

    def get(self, url: str, *, step: Step) -> tuple[str, str | None]:
        """Return an object's text and its ETag."""
        reply = self._ask("GET", url, {}, "", step)
        with _understood(step):
            return _object(reply.body), reply.headers.get("etag")

    def put(self, url: str, body: str, conditions: Mapping[str, str], *, step: Step) -> str | None:
        """Write an object; return the ETag if the server told one."""
        return self._ask("PUT", url, {**_CALENDAR, **conditions}, body, step).headers.get("etag")

    def delete(self, url: str, conditions: Mapping[str, str], *, step: Step) -> None:
        """Delete an object."""
        self._ask("DELETE", url, conditions, "", step)

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: str, step: Step
    ) -> Reply:
        """Send one request straight to the guarded session; return the success it met."""
        with _understood(step):
            reply = self._line.ask(method, url, {**self._usual, **headers}, body.encode())
        if not 200 <= reply.status < 300:
            with told(step):
                raise_if_rate_limited(reply.status, url, reply.headers.get("retry-after"))
            raise refusal(reply.status, step, _reasons(parse_xml(_explained(reply.body))))
        return reply

    def _multistatus(
        self, method: str, url: str, body: str, headers: Mapping[str, str], step: Step
    ) -> Multistatus:
        self._send(method, url, body, headers, step)
        answer, self._session.answer = self._session.answer, None
        if answer is None:
            raise bad_answer(step)
        return answer

    def _send(
        self, method: str, url: str, body: str, headers: Mapping[str, str], step: Step
    ) -> DAVResponse:
        with _understood(step), told(step):
            response = self._client.request(url, method, body, headers)
        if not 200 <= response.status < 300:
            raise refusal(response.status, step, _reasons(response.tree))
        return response


@contextmanager
def _understood(step: Step) -> Iterator[None]:
    """Tell of an answer that makes no sense at which step it came."""
    try:
        yield
    except BadAnswer as error:
        raise error if error.step else bad_answer(step) from None


def _reasons(root: Element | None) -> frozenset[str]:
    """Return the tags inside a DAV:error body (RFC 4918, 16)."""
    if root is None or root.tag != f"{DAV}error":
        return frozenset()
    return frozenset(child.tag for child in root if isinstance(child.tag, str))
