"""The Microsoft provider at work on the simulator, and another program's hands on the calendar."""

from __future__ import annotations

from typing import Any

from booking.calendars.providers.microsoft.provider import MicrosoftProvider
from booking.security.outbound import OutboundClient
from tests.calendars.providers.contract import Scene
from tests.calendars.providers.google_scene import GivenToken, lines_of
from tests.calendars.providers.made import CLOCK
from tests.providersim.graph_server import GraphSim

HOST = "host@example.org"


def microsoft_provider(graph: GraphSim, email: str = HOST) -> MicrosoftProvider:
    """Sign in as somebody."""
    outbound = OutboundClient(["127.0.0.1"], ca_bundle=graph.ca_file)
    tokens = GivenToken(graph.sign_in(email), ("Calendars.ReadWrite", "User.Read"))
    return MicrosoftProvider(outbound, base=graph.url, tokens=tokens, clock=CLOCK)


class GraphHands:
    """Writes events as another program does, from the contract's iCalendar texts."""

    def __init__(self, graph: GraphSim, calendar: str) -> None:
        self._graph = graph
        self._calendar = calendar
        self._keys: dict[str, str] = {}

    def put(self, uid: str, text: str) -> None:
        fields = fields_of(text)
        if uid in self._keys:
            self._graph.edit_event(HOST, self._calendar, self._keys[uid], **fields)
        else:
            made = self._graph.add_event(HOST, self._calendar, **fields)
            self._keys[uid] = made["id"]
            self._graph.calendars.find(HOST, self._calendar).rows[made["id"]]["iCalUId"] = uid

    def remove(self, uid: str) -> None:
        self._graph.delete_event(HOST, self._calendar, self._keys.pop(uid))


def fields_of(text: str) -> dict[str, Any]:
    """Return what Graph would be sent for a VEVENT of the tests."""
    found = lines_of(text)
    fields: dict[str, Any] = {
        "subject": found["SUMMARY"],
        "start": _moment(found["DTSTART"]),
        "end": _moment(found["DTEND"]),
    }
    if "RRULE" in found:
        span = {"type": "noEnd", "startDate": "2026-11-23", "recurrenceTimeZone": "UTC"}
        fields["recurrence"] = {"pattern": {"type": "daily", "interval": 2000}, "range": span}
    if "CATEGORIES" in found:
        fields["categories"] = [found["CATEGORIES"], found["X-THEIRS"]]
    return fields


def _moment(stamp: str) -> dict[str, str]:
    day, clock = stamp[:8], stamp[9:15]
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return {"dateTime": f"{date}T{clock[:2]}:{clock[2:4]}:{clock[4:]}", "timeZone": "UTC"}


def graph_scene(graph: GraphSim) -> Scene:
    """Return a calendar of the host's that starts empty."""
    provider = microsoft_provider(graph)
    calendar = graph.add_calendar(HOST, "Work")
    hands = GraphHands(graph, calendar)
    return Scene(provider, calendar, hands, kept=('"work"', '"keep me"'), shade="#fcab73")
