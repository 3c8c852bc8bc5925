"""One signed-in line to a CalDAV server: the library's client on our guarded session.

Every answer is looked at before the library sees it: what should be XML and is not, is refused
here, and bodies that nobody needs are emptied, as the library would log them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from caldav.davclient import DAVClient
from caldav.response import DAVResponse
from requests import Response
from requests.auth import HTTPBasicAuth

from booking.calendars.ports import Step
from booking.calendars.providers.caldav.errors import PROVIDER, bad_answer, refusal, told
from booking.calendars.providers.caldav.multistatus import (
    DAV,
    Multistatus,
    Row,
    parse_xml,
    read_multistatus,
)
from booking.core.errors import BadAnswer
from booking.security.outbound import CredentialScope, OutboundClient, OutboundSession

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
    as it would make a tree of the whole. `each` takes the rows of the next one instead.
    """

    def __init__(self, session: OutboundSession) -> None:
        self._session = session
        self.answer: Multistatus | None = None
        self.each: Callable[[Row], None] | None = None

    def request(self, method: str, url: str, **options: Any) -> Response:
        response = self._session.request(method, url, **options)
        self.answer = None
        if method in _ANSWERED_BY_XML and 200 <= response.status_code < 300:
            self.answer = _multistatus(response, self.each)
            body = b""
        else:
            body = _kept_body(method, response)
        if body is not response.content:
            response._content = body  # noqa: SLF001  (where requests keeps a body it has read)
            response.headers.pop("Content-Length", None)
        if body.startswith(_CALENDAR_START):
            response.headers["Content-Type"] = _CALENDAR["Content-Type"]
        return response

    def close(self) -> None:
        self._session.close()


def _kept_body(method: str, response: Response) -> bytes:
    """Return what of a body may go on. Errors: BadAnswer for a success that is not one."""
    body = response.content
    if not 200 <= response.status_code < 300:
        root = parse_xml(body)
        return body if root is not None and root.tag == f"{DAV}error" else b""
    if method == "GET":
        text = body.removeprefix(_BOM).lstrip()
        if not text.upper().startswith(_CALENDAR_START):
            raise BadAnswer(provider=PROVIDER)
        return text
    return b""


def _multistatus(response: Response, each: Callable[[Row], None] | None) -> Multistatus:
    """Return what a success says. Errors: BadAnswer for one that is no multistatus."""
    answer = read_multistatus(response.content, each) if response.status_code == 207 else None
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
        session = outbound.session(PROVIDER, scope=scope, max_bytes=_MOST_BYTES)
        # As bytes in UTF-8 (RFC 7617, 2.1): requests would send Latin-1 or refuse.
        auth = HTTPBasicAuth(username.encode(errors="replace"), password.encode(errors="replace"))
        self._client = DAVClient(
            url=url, auth=auth, enable_rfc6764=False, rate_limit_handle=False, huge_tree=False
        )
        self._session = _CheckedSession(session)
        self._client.session = self._session

    def propfind(self, url: str, body: str, *, depth: int, step: Step) -> Multistatus:
        """Ask for properties (RFC 4918, 9.1)."""
        return self._multistatus("PROPFIND", url, body, {**_XML, "Depth": str(depth)}, step)

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
        self._session.each = each
        try:
            return self._multistatus("REPORT", url, body, {**_XML, "Depth": str(depth)}, step)
        finally:
            self._session.each = None

    def make_calendar(self, url: str, body: str, *, step: Step) -> None:
        """Make a calendar collection (RFC 4791, 5.3.1). A 207 tells of properties not taken."""
        self._send("MKCALENDAR", url, body, _XML, step)

    def get(self, url: str, *, step: Step) -> tuple[str, str | None]:
        """Return an object's text and its ETag."""
        response = self._send("GET", url, "", {}, step)
        return response.raw, response.headers.get("ETag")

    def put(self, url: str, body: str, conditions: Mapping[str, str], *, step: Step) -> str | None:
        """Write an object; return the ETag if the server told one."""
        response = self._send("PUT", url, body, {**_CALENDAR, **conditions}, step)
        etag: str | None = response.headers.get("ETag")
        return etag

    def delete(self, url: str, conditions: Mapping[str, str], *, step: Step) -> None:
        """Delete an object."""
        self._send("DELETE", url, "", conditions, step)

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
        try:
            with told(step):
                response = self._client.request(url, method, body, headers)
        except BadAnswer as error:
            raise error if error.step else bad_answer(step) from None
        if not 200 <= response.status < 300:
            raise refusal(response.status, step, _conditions(response))
        return response


def _conditions(response: DAVResponse) -> frozenset[str]:
    """Return the tags inside a DAV:error body (RFC 4918, 16)."""
    root = response.tree
    if root is None or root.tag != f"{DAV}error":
        return frozenset()
    return frozenset(child.tag for child in root if isinstance(child.tag, str))
