"""A round robin of many hosts beside one of them alone, made by the API, for the benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench.site import add_calendars, add_host, migrated, month_of, serving, settings_for
from booking.accounts.values import Scope

_DAYS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An event type on a running site, and how to ask for a month of its slots."""

    session: requests.Session
    base_url: str
    id: str

    def slots(self) -> requests.Response:
        """Ask for a month of slots."""
        answer = self.session.get(f"{self.base_url}/slots?{month_of(self.id)}", timeout=60)
        answer.raise_for_status()
        return answer

    def change(self, round_number: int) -> None:
        """Change something: what was remembered of the slots of all its hosts is void."""
        fields = {"description": f"Round {round_number}"}
        url = f"{self.base_url}/event-types/{self.id}"
        self.session.patch(url, json=fields, timeout=60).raise_for_status()


@contextmanager
def running_team(folder: Path, hosts: int, rows: int) -> Iterator[tuple[Offer, Offer]]:
    """Serve a team; give an event type of one host, and a round robin of all `hosts`.

    Each host has one calendar with `rows` busy rows over a month.
    """
    settings = settings_for(folder)
    app = migrated(settings)
    with app.app_context():
        services = app.extensions["booking"]
        people = [add_host(services, number) for number in range(hosts)]
        for host_id in people:
            add_calendars(host_id, rows, _DAYS, calendars=1)
        key = services.api_keys.create(people[0], "bench", tuple(Scope)).secret
    with serving(settings) as site, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {key}"
        yield _offers(session, f"{site}/api/v1", hosts)


def _offers(session: requests.Session, base_url: str, hosts: int) -> tuple[Offer, Offer]:
    def post(path: str, **fields: Any) -> dict[str, Any]:
        answer = session.post(f"{base_url}{path}", json=fields, timeout=60)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    team = post("/teams", name="Bench")
    members = f"/teams/{team['id']}/members"
    ids = [post(members, username=f"host{number}")["user_id"] for number in range(1, hosts)]
    me = session.get(f"{base_url}/me", timeout=60).json()["id"]
    alone = post("/event-types", title="Alone", duration_minutes=30)
    robin = post(
        "/event-types",
        title="By turns",
        duration_minutes=30,
        team_id=team["id"],
        scheduling="round_robin",
        hosts=[{"user_id": each} for each in (me, *ids)],
    )
    one, all_of_them = (
        Offer(session=session, base_url=base_url, id=made["id"]) for made in (alone, robin)
    )
    return one, all_of_them
