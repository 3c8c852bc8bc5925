"""What a plain CalDAV client does: the tests' own hands on a calendar server, by requests alone."""

from __future__ import annotations

import itertools
import os
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

import requests
from lxml import etree

from tests.servers.process import LoopbackServer

_NAMES = itertools.count(1)
_NAMESPACES = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav"}
_LIST = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/><D:resourcetype/></D:prop></D:propfind>'
_MAKE = (
    '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" '
    'xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop><D:displayname>{name}</D:displayname>'
    "<A:calendar-color>{color}</A:calendar-color><C:supported-calendar-component-set>"
    '<C:comp name="VEVENT"/></C:supported-calendar-component-set>{more}'
    "</D:prop></D:set></C:mkcalendar>"
)


def unique_name(prefix: str) -> str:
    """Return a name that no other test of this run uses."""
    return f"{prefix}-{os.getpid()}-{next(_NAMES)}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the server: status, headers and text."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def etag(self) -> str | None:
        return self.headers.get("ETag")


@dataclass(frozen=True, slots=True, kw_only=True)
class DavAccount:
    """One user of a CalDAV server. All addresses are absolute."""

    base_url: str
    user: str
    password: str
    home_url: str

    def send(
        self, method: str, url: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request and return the answer, whatever its status."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method,
                urljoin(self.base_url, url),
                data=body.encode(),
                headers=dict(headers or {}),
                auth=(self.user, self.password),
                timeout=30,
                allow_redirects=False,
            )
        answer.encoding = "utf-8"
        return Answer(answer.status_code, answer.headers, answer.text)

    def make_calendar(
        self, name: str | None = None, *, color: str = "#3366CC", time_zone: str = ""
    ) -> str:
        """Make a calendar and return its address. `time_zone` is a VTIMEZONE in a VCALENDAR."""
        segment = unique_name("cal") if name is None else name
        url = urljoin(self.home_url, f"{segment}/")
        more = (
            f"<C:calendar-timezone>{escape(time_zone)}</C:calendar-timezone>" if time_zone else ""
        )
        body = _MAKE.format(name=escape(segment), color=color, more=more)
        self._expect(self.send("MKCALENDAR", url, body, {"Content-Type": "text/xml"}), 201)
        return url

    def put(
        self, calendar_url: str, name: str, ics: str, headers: Mapping[str, str] | None = None
    ) -> str:
        """Write an object and return its address."""
        url = urljoin(calendar_url, name)
        content = {"Content-Type": "text/calendar; charset=utf-8", **(headers or {})}
        self._expect(self.send("PUT", url, ics, content), 200, 201, 204)
        return url

    def get(self, url: str) -> str:
        """Read an object's text."""
        return self._expect(self.send("GET", url), 200).text

    def exists(self, url: str) -> bool:
        return self.send("GET", url).status == 200

    def delete(self, url: str) -> None:
        """Delete an object or a calendar."""
        self._expect(self.send("DELETE", url), 200, 204)

    def listing(self, calendar_url: str) -> dict[str, str]:
        """Return the ETag of every object, by absolute address."""
        answer = self._expect(
            self.send("PROPFIND", calendar_url, _LIST, {"Depth": "1", "Content-Type": "text/xml"}),
            207,
        )
        rows = etree.fromstring(answer.text.encode()).findall("D:response", _NAMESPACES)
        found = {}
        for row in rows:
            href = row.findtext("D:href", "", _NAMESPACES)
            is_collection = row.find(".//D:resourcetype/D:collection", _NAMESPACES) is not None
            if not is_collection and urlsplit(href).path != urlsplit(calendar_url).path:
                etag = row.findtext(".//D:getetag", "", _NAMESPACES)
                found[urljoin(calendar_url, href)] = etag
        return found

    def objects(self, calendar_url: str) -> list[str]:
        """Return the text of every object, in the order of their addresses.

        One that was removed since it was listed is left out.
        """
        answers = (self.send("GET", url) for url in sorted(self.listing(calendar_url)))
        return [self._expect(one, 200).text for one in answers if one.status != 404]

    @staticmethod
    def _expect(answer: Answer, *statuses: int) -> Answer:
        assert answer.status in statuses, f"{answer.status}: {answer.text[:500]}"
        return answer


class DavServer(LoopbackServer):
    """A CalDAV server with accounts. Two exist from the start: `account` and `other`."""

    home_template = "{user}/"

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def account(self) -> DavAccount:
        return self.account_of("host")

    @property
    def other(self) -> DavAccount:
        return self.account_of("other")

    @property
    def user(self) -> str:
        return self.account.user

    @property
    def password(self) -> str:
        return self.account.password

    def make_calendar(self, name: str | None = None, **options: str) -> str:
        """Make a calendar in the first account and return its address."""
        return self.account.make_calendar(name, **options)

    def new_account(self) -> DavAccount:
        """Add a user with an empty home."""
        user = unique_name("user")
        self.add_user(user)
        return self.account_of(user)

    @abstractmethod
    def add_user(self, user: str) -> None:
        """Let this user in; the password is `password_of(user)`."""

    @staticmethod
    def password_of(user: str) -> str:
        return f"secret of {user}"

    def account_of(self, user: str) -> DavAccount:
        home = urljoin(self.base_url, self.home_template.format(user=user))
        return DavAccount(
            base_url=self.base_url, user=user, password=self.password_of(user), home_url=home
        )
