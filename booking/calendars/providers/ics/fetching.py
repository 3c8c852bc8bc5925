"""Downloading a feed: only when it changed, only when it is whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final, NoReturn

from requests import Response

from booking.calendars.ical import decoded
from booking.calendars.patience import patience
from booking.calendars.ports import Step
from booking.core.errors import (
    BadAnswer,
    ItemGone,
    PermissionDenied,
    Throttled,
    Unreachable,
    Unsupported,
)
from booking.security.outbound import OutboundSession

PROVIDER: Final = "ics"

_SCHEMES = ("webcal://", "webcals://")
_LONGEST_VALIDATOR = 300
_USUAL_PATIENCE = 60
_HEADERS = {"Accept": "text/calendar, */*;q=0.1"}


def feed_url(text: str) -> str:
    """Return the address to download: `webcal` is https by another name, and so is no scheme."""
    url = text.strip()
    for scheme in _SCHEMES:
        if url.lower().startswith(scheme):
            return f"https://{url[len(scheme) :]}"
    return url if "://" in url else f"https://{url}"


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells that a feed is unchanged: its hash, and the server's own ETag and date."""

    digest: str
    etag: str = ""
    modified: str = ""

    def cursor(self) -> str:
        """Return the validators as a cursor."""
        return json.dumps([self.digest, self.etag, self.modified])

    @classmethod
    def read(cls, cursor: str | None) -> Validators | None:
        """Read a cursor; None for none, and for one that is not ours."""
        try:
            digest, etag, modified = json.loads(cursor or "null")
        except (ValueError, TypeError):
            return None
        return cls(str(digest), str(etag), str(modified))

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for changes only (RFC 9110, 13.1)."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in headers.items() if value}


@dataclass(frozen=True, slots=True)
class Feed:
    """A downloaded feed: its whole text and what to ask with next time."""

    text: str
    validators: Validators


def download(session: OutboundSession, url: str, known: Validators | None) -> Feed | None:
    """Download a feed; None when it is still the one that `known` describes.

    Errors: BadAnswer unless it is a whole calendar; PermissionDenied, ItemGone, Throttled,
    Unreachable.
    """
    headers = {**_HEADERS, **(known.conditions() if known else {})}
    response = session.request("GET", url, headers=headers)
    if response.status_code == 304 and known is not None:
        return None
    if response.status_code != 200:
        _refuse(response)
    digest = hashlib.sha256(response.content).hexdigest()
    if known is not None and digest == known.digest:
        return None
    validators = Validators(digest, _header(response, "ETag"), _header(response, "Last-Modified"))
    return Feed(_whole(decoded(response.content)), validators)


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name, "")
    return value if len(value) <= _LONGEST_VALIDATOR else ""


def _whole(text: str) -> str:
    """Make sure that this is a calendar from its first line to its last."""
    bare = text.strip().upper()
    if not bare.startswith("BEGIN:VCALENDAR"):
        raise BadAnswer(
            "This address does not answer with a calendar. Copy the address of the iCalendar "
            "feed itself.",
            provider=PROVIDER,
            step=Step.READ,
        )
    if not bare.endswith("END:VCALENDAR"):
        raise not_whole()
    return text


def not_whole() -> BadAnswer:
    """Make the error for a feed that ends early or is no calendar inside."""
    return BadAnswer(
        "The feed was cut short or cannot be read. Nothing was changed.",
        provider=PROVIDER,
        step=Step.READ,
    )


def _refuse(response: Response) -> NoReturn:
    status = response.status_code
    where = {"provider": PROVIDER, "step": Step.READ}
    if status == 429 or (status == 503 and "Retry-After" in response.headers):
        seconds = patience(response.headers.get("Retry-After"), _USUAL_PATIENCE)
        raise Throttled(seconds, "The server is busy and asked us to wait.", **where)
    if status in {401, 403}:
        raise PermissionDenied("The server does not give out this feed any more.", **where)
    if status in {404, 410}:
        raise ItemGone("There is no feed at this address any more.", **where)
    if status >= 500:
        raise Unreachable("The server reports a fault of its own. We will try again.", **where)
    raise BadAnswer("This address does not answer with a calendar.", **where)


def read_only() -> Unsupported:
    """Make the error for any attempt to write."""
    return Unsupported(
        "A feed can only be read. Choose another calendar.", provider=PROVIDER, step=Step.WRITE
    )
