"""The Google provider at work on the simulator, and another program's hands on the calendar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from booking.calendars.oauth_ports import AccessTokens
from booking.calendars.providers.google.provider import GoogleProvider
from booking.core.errors import ReconnectRequired
from booking.security.outbound import OutboundClient
from tests.calendars.providers.contract import Scene
from tests.calendars.providers.made import CLOCK
from tests.providersim.hand import ALL_SCOPES, APP_CREATED
from tests.providersim.server import ProviderSim

OUTBOUND = OutboundClient(["127.0.0.1"])
HOST = "host@example.org"
_LINE = re.compile(r"(UID|SUMMARY|RRULE|X-THEIRS|CATEGORIES|DTSTART|DTEND):(.*)")


class GivenToken:
    """One access token, as it was given."""

    def __init__(self, token: str, scopes: Sequence[str]) -> None:
        self.token = token
        self.scopes = frozenset(scopes)

    def access_token(self, refused: str | None = None) -> str:
        if refused == self.token:
            raise ReconnectRequired(provider="google", step="sign_in")
        return self.token


def tokens_for(sim: ProviderSim, email: str = HOST) -> AccessTokens:
    scopes = (*ALL_SCOPES, APP_CREATED)
    return GivenToken(sim.google.sign_in(email, scopes)[0], scopes)


def google_provider(sim: ProviderSim, email: str = HOST) -> GoogleProvider:
    """Sign in as somebody."""
    tokens = tokens_for(sim, email)
    return GoogleProvider(OUTBOUND, base=sim.url, tokens=tokens, clock=CLOCK)


class GoogleHands:
    """Writes events as another program does, from the contract's iCalendar texts."""

    def __init__(self, sim: ProviderSim, calendar: str) -> None:
        self._sim = sim
        self._calendar = calendar
        self._keys: dict[str, str] = {}

    def put(self, uid: str, text: str) -> None:
        fields = fields_of(text)
        if uid in self._keys:
            self._sim.google.edit_event(self._calendar, self._keys[uid], **fields)
        else:
            made = self._sim.google.add_event(self._calendar, iCalUID=uid, **fields)
            self._keys[uid] = made["id"]

    def remove(self, uid: str) -> None:
        self._sim.google.delete_event(self._calendar, self._keys.pop(uid))


def lines_of(text: str) -> dict[str, str]:
    """Return the lines of a VEVENT that the tests write, by name."""
    return {match[1]: match[2] for match in _LINE.finditer(text.replace("\r", ""))}


def fields_of(text: str) -> dict[str, Any]:
    """Return what Google would be sent for a VEVENT of the tests; lines of others as properties."""
    found = lines_of(text)
    fields: dict[str, Any] = {
        "summary": found["SUMMARY"],
        "start": _moment(found["DTSTART"]),
        "end": _moment(found["DTEND"]),
    }
    if "RRULE" in found:
        fields["recurrence"] = [f"RRULE:{found['RRULE']}"]
    shared = {name: found[name] for name in ("X-THEIRS", "CATEGORIES") if name in found}
    return {**fields, "extendedProperties": {"shared": shared}} if shared else fields


def _moment(stamp: str) -> dict[str, str]:
    day, clock = stamp[:8], stamp[9:15]
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return {"dateTime": f"{date}T{clock[:2]}:{clock[2:4]}:{clock[4:]}+00:00", "timeZone": "UTC"}


def google_scene(sim: ProviderSim) -> Scene:
    """Return a calendar of the host's that starts empty."""
    sim.google.user(HOST)
    calendar = sim.google.add_calendar(HOST, "Work")
    kept = ('"X-THEIRS": "keep me"', '"CATEGORIES": "work"')
    return Scene(google_provider(sim), calendar, GoogleHands(sim, calendar), kept=kept)
