"""`/_sim/…`: the test's hands over HTTP, for whoever drives the simulator from another process.

POST   /_sim/faults    {"act", "route", …}: a fault as in `faults.Fault`; DELETE takes all back
POST   /_sim/clock     {"advance": seconds}
POST   /_sim/external  {"do": a hand's method, "with": its arguments}: what people do there
POST   /_sim/flush     waits until every push was delivered
POST   /_sim/reset     nobody and nothing is there any more
GET    /_sim/log       calls, accepted writes, mails, broken shapes, requests at once
GET    /_sim/state     calendars and their rows
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol
from urllib.parse import urlsplit

from tests.providersim.clock import SimClock
from tests.providersim.faults import Act, Fault, Faults
from tests.providersim.quota import Quota
from tests.providersim.state import JSON, Refused, World
from tests.servers.scripted import Reply, Request

PREFIX = "/_sim/"


class Controlled(Protocol):
    """What a simulator shows of itself."""

    clock: SimClock
    faults: Faults
    quota: Quota
    calls: list[str]
    violations: list[str]

    @property
    def world(self) -> World: ...

    @property
    def hands(self) -> Mapping[str, Callable[..., Any]]:
        """What people and other programs may do, by name."""

    def shown_state(self) -> JSON: ...

    def flush(self) -> None: ...

    def reset(self) -> None: ...


def answer(sim: Controlled, request: Request) -> Reply:
    """Answer a request below `PREFIX`."""
    name = urlsplit(request.path).path.removeprefix(PREFIX)
    handler = _HANDLERS.get((request.method, name))
    if handler is None:
        return _json(404, {"error": f"no such control: {request.method} {name}"})
    try:
        return _json(200, handler(sim, json.loads(request.body or b"{}")) or {})
    except Refused as refused:
        return _json(refused.status, {"error": refused.reason})
    except (KeyError, TypeError, ValueError) as error:
        return _json(400, {"error": f"{type(error).__name__}: {error}"})


def _add_fault(sim: Controlled, body: JSON) -> None:
    sim.faults.add(Fault(**{**body, "act": Act(body["act"])}))


def _external(sim: Controlled, body: JSON) -> JSON:
    if body["do"] not in sim.hands:
        raise ValueError(f"one of {', '.join(sorted(sim.hands))}")
    done = sim.hands[body["do"]](**body.get("with", {}))
    return {"done": done}


def _log(sim: Controlled, _: JSON) -> JSON:
    world = sim.world
    return {
        "calls": list(sim.calls),
        "writes": [asdict(one) for one in world.journal],
        "mails": [asdict(one) for one in world.mails],
        "violations": list(sim.violations),
        "most_at_once": dict(sim.quota.most_at_once),
        "refused": dict(sim.quota.refused),
    }


_HANDLERS: Mapping[tuple[str, str], Callable[[Controlled, JSON], JSON | None]] = {
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): lambda sim, _: sim.faults.clear(),
    ("POST", "clock"): lambda sim, body: sim.clock.advance(float(body["advance"])),
    ("POST", "external"): _external,
    ("POST", "flush"): lambda sim, _: sim.flush(),
    ("POST", "reset"): lambda sim, _: sim.reset(),
    ("GET", "log"): _log,
    ("GET", "state"): lambda sim, _: sim.shown_state(),
}


def _json(status: int, body: JSON) -> Reply:
    text = json.dumps(body, default=sorted)
    return Reply(status, text.encode(), {"Content-Type": "application/json"})
