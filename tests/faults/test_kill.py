"""`kill -9` at any moment: what was acknowledged stands once, what was not, not at all or once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import requests

from tests.site import Site

pytestmark = [pytest.mark.fault, pytest.mark.timeout(400)]
ROUNDS = 20
SEED = 20261121


@dataclass
class History:
    """What guests know: uids they were told, by the key they sent."""

    told: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    def book(self, site: Site, key: str, start: str) -> None:
        """Book once; an answer that never came leaves the outcome unknown."""
        try:
            answer = site.book(start, guest=key, headers={"Idempotency-Key": key})
        except requests.RequestException:
            self.unknown[key] = start
            return
        assert answer.status_code == 201, answer.text
        self.told[key] = answer.json()["uid"]

    def retry_unknown(self, site: Site) -> None:
        """Send every request again whose answer never came, with its key."""
        for key, start in list(self.unknown.items()):
            headers = {"Idempotency-Key": key}
            answer = site.book(start, guest=key, headers=headers)
            while answer.status_code == 409 and answer.json()["code"] == "idempotency_conflict":
                time.sleep(float(answer.headers["Retry-After"]))
                answer = site.book(start, guest=key, headers=headers)
            assert answer.status_code == 201, answer.text
            self.told[key] = answer.json()["uid"]
            del self.unknown[key]


def _one_round(
    site: Site, history: History, number: int, start: str, chance: random.Random
) -> None:
    """Let a guest book, and kill at a random moment between the request and the event."""
    guest = threading.Thread(target=history.book, args=(site, f"guest{number}", start))
    kill: Callable[[], None] = chance.choice([site.server.kill, site.server.kill_worker])
    guest.start()
    time.sleep(chance.uniform(0.0, 0.6))
    kill()
    guest.join()
    site.server.start()


def test_every_acknowledged_booking_stands_exactly_once_after_twenty_kills(site: Site) -> None:
    chance, history = random.Random(SEED), History()
    starts = site.starts()

    for number in range(ROUNDS):
        _one_round(site, history, number, starts[number * 2], chance)
    history.retry_unknown(site)

    site.wait_for(lambda: len(site.calendar_events()) >= ROUNDS, 120, "all events are written")
    events = site.calendar_events()
    for uid in history.told.values():
        assert sum(f"UID:{uid}@" in event for event in events) == 1
    assert len(events) == len(history.told) == ROUNDS


def test_moving_and_cancelling_survive_a_kill(site: Site) -> None:
    starts = site.starts()
    moved, cancelled = (site.book(start).json() for start in starts[:2])
    site.wait_for(lambda: len(site.calendar_events()) == 2, 60, "both events are written")

    _change(site, moved, "reschedule", {"start": starts[10]})
    _change(site, cancelled, "cancel", {})
    site.server.kill()
    site.server.start()

    site.wait_for(lambda: len(site.calendar_events()) == 1, 90, "one event is left")
    wanted = f"UID:{moved['uid']}@"
    site.wait_for(
        lambda: "SEQUENCE:1" in site.calendar_events()[0], 30, "the event carries the change"
    )
    assert wanted in site.calendar_events()[0]


def _change(site: Site, booking: dict[str, str], verb: str, body: dict[str, str]) -> None:
    answer = site.post(f"/api/v1/bookings/{booking['uid']}/{verb}", body, headers=site.as_host)
    assert answer.status_code == 200, answer.text
