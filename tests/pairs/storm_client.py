"""A plain CalDAV client for one calendar: it sends preconditions, and asks until it is answered."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import requests

from tests.servers.dav import Answer, DavAccount

VALUE = re.compile(r"v\d{6}")
WORD = re.compile(r"\b(e\d{4}) v\d{6}")
_PATIENCE = 120.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An object as the person's client read it."""

    url: str
    etag: str
    text: str

    @property
    def word(self) -> str:
        found = WORD.search(self.text)
        return found.group(1) if found else ""


class Hands:
    """One calendar in a client that sends preconditions and asks again after a lost answer."""

    def __init__(self, account: DavAccount, calendar: str) -> None:
        self.account = account
        self.calendar = calendar

    def all(self) -> list[Seen]:
        """Read the whole calendar."""
        read = (self.read(url) for url in sorted(self.listing()))
        return [seen for seen in read if seen is not None]

    def listing(self) -> list[str]:
        return _patiently(lambda: list(self.account.listing(self.calendar)))

    def read(self, url: str) -> Seen | None:
        answer = self._send("GET", url)
        if answer.status == 404:
            return None
        assert answer.status == 200, answer.text
        return Seen(url=url, etag=answer.etag or "", text=answer.text.replace("\r\n ", ""))

    def write(self, url: str, text: str, etag: str | None, sign: str) -> bool:
        """Write an object that holds `sign`; False where somebody else was faster."""
        condition = {"If-None-Match": "*"} if etag is None else {"If-Match": etag}
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        answer = self._send("PUT", url, text, headers)
        if answer.status in {200, 201, 204}:
            return True
        assert answer.status in {404, 409, 412}, f"{answer.status} {answer.text}"
        now = self.read(url)
        return now is not None and sign in now.text

    def delete(self, seen: Seen) -> bool:
        """Delete an object as it was seen."""
        answer = self._send("DELETE", seen.url, headers={"If-Match": seen.etag})
        if answer.status == 412:
            return False
        assert answer.status in {200, 204, 404}, f"{answer.status} {answer.text}"
        return True

    def _send(
        self, method: str, url: str, body: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        return _patiently(lambda: _answered(self.account.send(method, url, body, headers)))


class _Away(Exception):
    """The server is being started or stopped, or locked by another writer for a moment."""


def _answered(answer: Answer) -> Answer:
    if answer.status >= 500 or answer.status == 423:
        raise _Away(answer.text)
    return answer


def _patiently(ask: Callable[[], _T]) -> _T:
    """Ask until the server is back."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return ask()
        except (requests.RequestException, _Away, AssertionError):
            if time.monotonic() >= end:
                raise
            time.sleep(0.2)
