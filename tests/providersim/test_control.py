"""The simulators are driven from another process as well, over HTTP."""

from __future__ import annotations

from typing import Any

import requests

from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim

HOST = "host@example.org"
NINE = {"dateTime": "2026-11-23T09:00:00+01:00", "timeZone": "Europe/Berlin"}
TEN = {"dateTime": "2026-11-23T10:00:00+01:00", "timeZone": "Europe/Berlin"}


def told(sim: ProviderSim | GraphSim, method: str, name: str, **body: Any) -> Any:
    """Ask a control; what it answers is looked into without ceremony."""
    verify = sim.ca_file if isinstance(sim, GraphSim) else True
    address = f"{sim.url}_sim/{name}"
    answer = requests.request(method, address, json=body, verify=verify, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_people_and_faults_at_google_are_asked_for_over_http(sim: ProviderSim) -> None:
    told(sim, "POST", "external", do="add_calendar", **{"with": {"user": HOST, "name": "Work"}})
    event = {"calendar": HOST, "summary": "One", "start": NINE, "end": TEN}
    told(sim, "POST", "external", do="add_event", **{"with": event})
    token, _ = told(sim, "POST", "external", do="sign_in", **{"with": {"email": HOST}})["done"]
    told(sim, "POST", "faults", act="status", route="events.list", status=410)
    address = f"{sim.url}calendar/v3/calendars/primary/events"
    signed = {"Authorization": f"Bearer {token}"}

    answers = [requests.get(address, headers=signed, timeout=5) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [410, 200]
    assert [row["summary"] for row in answers[1].json()["items"]] == ["One"]
    assert told(sim, "GET", "log")["calls"] == ["events.list", "events.list"]
    assert len(told(sim, "GET", "state")[HOST]) == 1
    told(sim, "POST", "clock", advance=3600)
    assert requests.get(address, headers=signed, timeout=5).status_code == 401
    told(sim, "POST", "reset")
    assert told(sim, "GET", "state") == {}
    told(sim, "POST", "flush")


def test_people_and_faults_at_microsoft_are_asked_for_over_http(graph: GraphSim) -> None:
    token = told(graph, "POST", "external", do="sign_in", **{"with": {"email": HOST}})["done"]
    (calendar,) = told(graph, "GET", "state")
    moments = {name: {**part, "dateTime": part["dateTime"][:19]} for name, part in TIMES.items()}
    event = {"email": HOST, "calendar": calendar, "subject": "One", **moments}
    told(graph, "POST", "external", do="add_event", **{"with": event})
    told(graph, "POST", "faults", act="status", route="events.list", status=429, retry_after="9")
    address = f"{graph.url}v1.0/me/calendars/{calendar}/events"
    signed = {"Authorization": f"Bearer {token}"}

    def ask() -> requests.Response:
        return requests.get(address, headers=signed, verify=graph.ca_file, timeout=5)

    assert ask().headers["Retry-After"] == "9"
    assert [row["subject"] for row in ask().json()["value"]] == ["One"]
    told(graph, "POST", "external", do="revoke", **{"with": {"email": HOST}})
    assert ask().status_code == 401
    told(graph, "POST", "reset")
    assert told(graph, "GET", "state") == {}


TIMES = {"start": NINE, "end": TEN}


def test_what_no_control_knows_is_refused(sim: ProviderSim) -> None:
    for name, body, status in (
        ("nothing", {}, 404),
        ("external", {"do": "nothing"}, 400),
        ("faults", {"act": "nothing"}, 400),
    ):
        answer = requests.post(f"{sim.url}_sim/{name}", json=body, timeout=5)
        assert answer.status_code == status
