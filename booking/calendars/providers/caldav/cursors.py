"""Places in a calendar's history: how changes are told there, and the server's own words for it.

Two versions of a calendar with the same ctag are the same, and asking for a ctag costs a server
less than a report does. But only a report tells where its feed goes on, so a calendar has to be
found unchanged twice, with the ctag asked for in between, before both are known to mean one state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from booking.calendars.ports import Step
from booking.calendars.providers.caldav.errors import PROVIDER
from booking.calendars.providers.places import digest_of
from booking.core.errors import CursorExpired


class Way(StrEnum):
    """How changes are told.

    `sync`: by reports from a token on. `plain`: the same, and there are no ctags. `quiet`: the
    same, and nothing had changed; the ctag is a later one. `calm`: token and ctag mean one state.
    `ctag`: there are no reports; a ctag tells that something changed, and everything is listed.
    """

    SYNC = "sync"
    PLAIN = "plain"
    QUIET = "quiet"
    CALM = "calm"
    CTAG = "ctag"


_WITH_BOTH = frozenset({Way.QUIET, Way.CALM})


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the history of one calendar; `seal` is the digest of a ctag beside the token."""

    way: Way
    calendar: str
    token: str
    seal: str = ""

    def text(self) -> str:
        """Return what is kept."""
        seal = f"{self.seal}|" if self.way in _WITH_BOTH else ""
        return f"{self.way}|{digest_of(self.calendar)}|{seal}{self.token}"

    @classmethod
    def read(cls, text: str, calendar: str) -> Cursor:
        """Return what `text` made. Errors: CursorExpired for that of another calendar."""
        way, _, rest = text.partition("|")
        digest, _, token = rest.partition("|")
        if way not in set(Way) or digest != digest_of(calendar):
            raise expired()
        seal = ""
        if way in _WITH_BOTH:
            seal, _, token = token.partition("|")
        if not token:
            raise expired()
        return cls(Way(way), calendar, token, seal)


def expired() -> CursorExpired:
    """Make the error for a place that the server does not know any more."""
    return CursorExpired(provider=PROVIDER, step=Step.LIST_ITEMS)
