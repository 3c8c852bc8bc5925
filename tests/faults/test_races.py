"""Many guests want the same times at once: nobody, no room and no seat is booked twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from booking.core.clock import FrozenClock, SystemClock
from booking.core.ids import decode_id, encode_id
from booking.settings import Settings
from booking.wiring import Services
from tests.bookings.desk import Desk
from tests.site import EVERY_HOUR, Site, backstage

pytestmark = pytest.mark.fault
GUESTS = 50


def _at_once(deeds: Sequence[Callable[[], requests.Response]]) -> list[requests.Response]:
    """Let everybody do their deed at the same moment."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[], requests.Response]) -> requests.Response:
        gate.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as crowd:
        return list(crowd.map(run, deeds))


def _race(site: Site, starts: list[str]) -> list[requests.Response]:
    """Let one guest for each start book at the same moment."""
    return _at_once([_guest(site, start, number) for number, start in enumerate(starts)])


def _guest(site: Site, start: str, number: int) -> Callable[[], requests.Response]:
    return lambda: site.book(start, guest=f"guest{number}")


def _accept(site: Site, uid: str) -> Callable[[], requests.Response]:
    return lambda: site.post(f"/api/v1/bookings/{uid}/confirm", {}, headers=site.as_host)


def _rows(settings: Settings, query: str) -> list[Any]:
    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = list(connection.execute(sa.text(query)))
    engine.dispose()
    return rows


def _claims(settings: Settings) -> list[Any]:
    return _rows(settings, "SELECT starts_at, ends_at FROM claims WHERE active ORDER BY starts_at")


def _all_disjoint(settings: Settings) -> bool:
    """Tell whether no host or resource is claimed twice at any time."""
    claims: dict[int, list[tuple[int, int]]] = {}
    query = "SELECT subject_id, starts_at, ends_at FROM claims WHERE active ORDER BY starts_at"
    for subject_id, start, end in _rows(settings, query):
        claims.setdefault(subject_id, []).append((start, end))
    return all(
        earlier[1] <= later[0] for each in claims.values() for earlier, later in pairwise(each)
    )


def _winners(answers: list[requests.Response], wanted: Sequence[str]) -> dict[str, int]:
    """Return how many got each of what they wanted; all others were refused as they should be."""
    codes = [answer.status_code for answer in answers]
    assert set(codes) <= {200, 201, 409}, codes
    losers = [answer.json() for answer in answers if answer.status_code == 409]
    assert {loser["code"] for loser in losers} <= {"slot_unavailable"}
    assert all(loser["alternatives"] for loser in losers)
    won = zip(wanted, codes, strict=True)
    return dict(Counter(start for start, code in won if code != 409))


def _offered(site: Site) -> int:
    """Return the row of the event type that the site offers."""
    key = decode_id(site.event_type_id)
    assert key is not None
    return key


def _desk(services: Services) -> Desk:
    """Return the desk of the site's host."""
    host = services.accounts.find_by_username("sitehost")
    assert host is not None
    clock = FrozenClock(SystemClock().now())
    return Desk(services=services, clock=clock, host_id=host.id)


def _colleague(desk: Desk, username: str) -> Desk:
    """Return the desk of another host who is always open."""
    colleague = desk.colleague(username, "Europe/Berlin")
    schedule = desk.services.schedules.create(colleague.host_id, EVERY_HOUR)
    profile = {"default_schedule_id": schedule.id}
    desk.services.accounts.change_profile(colleague.host_id, profile)
    return colleague


def test_fifty_guests_race_for_overlapping_starts_and_claims_are_disjoint(
    either_site: Site, either_settings: Settings
) -> None:
    offered = either_site.starts()
    wanted = [offered[number % 12] for number in range(GUESTS)]

    answers = _race(either_site, wanted)

    codes = [answer.status_code for answer in answers]
    assert set(codes) == {201, 409}, codes
    claims = _claims(either_settings)
    assert len(claims) == codes.count(201) == 12
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(claims))


def test_every_loser_is_told_the_code_and_is_given_alternatives(either_site: Site) -> None:
    offered = either_site.starts()

    answers = _race(either_site, [offered[3]] * 20)

    losers = [answer.json() for answer in answers if answer.status_code == 409]
    assert len(losers) == 19
    assert {loser["code"] for loser in losers} == {"slot_unavailable"}
    assert all(loser["alternatives"] for loser in losers)


def test_of_three_guests_for_two_seats_two_sit_down(
    either_site: Site, either_settings: Settings
) -> None:
    with backstage(either_settings) as services:
        _desk(services).set(_offered(either_site), seats=2)
    wanted = either_site.starts()[:8:2] * 3

    answers = _race(either_site, wanted)

    assert _winners(answers, wanted) == dict.fromkeys(wanted, 2)
    assert len(_claims(either_settings)) == 4
    seats = _rows(either_settings, "SELECT sitting_id, number FROM seats")
    assert Counter(number for _, number in seats) == {1: 4, 2: 4}


def test_of_two_requests_for_overlapping_times_one_is_accepted(
    either_site: Site, either_settings: Settings
) -> None:
    columns = {
        "requires_confirmation": True,
        "pending_blocks": False,
        "slot_interval_minutes": 15,
    }
    with backstage(either_settings) as services:
        _desk(services).set(_offered(either_site), **columns)
    starts = either_site.starts()
    pairs = [(starts[first], starts[first + 1]) for first in range(0, 32, 8)]
    wishes = [(start, pair[0]) for pair in pairs for start in pair]
    requested = {
        either_site.book(start, guest=f"guest{n}").json()["uid"]: first
        for n, (start, first) in enumerate(wishes)
    }
    assert _claims(either_settings) == []

    answers = _at_once([_accept(either_site, uid) for uid in requested])

    wanted = list(requested.values())
    assert _winners(answers, wanted) == dict.fromkeys(wanted, 1)
    assert len(_claims(either_settings)) == len(pairs)
    assert _all_disjoint(either_settings)


def test_a_hundred_guests_storm_an_hour_of_three_hosts(
    either_site: Site, either_settings: Settings
) -> None:
    with backstage(either_settings) as services:
        desk = _desk(services)
        hosts = [desk, _colleague(desk, "second"), _colleague(desk, "third")]
        desk.share(_offered(either_site), "round_robin", hosts)
    # Half an hour each, so the hour has room for twice three.
    wanted = either_site.starts()[6:8] * 50

    answers = _race(either_site, wanted)

    assert _winners(answers, wanted) == dict.fromkeys(wanted, 3)
    assert len(_claims(either_settings)) == 6
    assert _all_disjoint(either_settings)
    served = [answer.json()["hosts"] for answer in answers if answer.status_code == 201]
    assert Counter(host["username"] for (host,) in served) == {
        "sitehost": 2,
        "second": 2,
        "third": 2,
    }


def test_of_two_guests_for_one_room_one_gets_it(
    either_site: Site, either_settings: Settings
) -> None:
    with backstage(either_settings) as services:
        desk = _desk(services)
        other = _colleague(desk, "second")
        theirs = other.offer(duration_minutes=30)
        desk.put_resource(_offered(either_site), theirs)
    elsewhere = replace(either_site, event_type_id=encode_id(theirs))
    wanted = either_site.starts()[:6]
    deeds = [
        _guest(site, start, number)
        for number, site in enumerate((either_site, elsewhere))
        for start in wanted
    ]

    answers = _at_once(deeds)

    assert _winners(answers, wanted * 2) == dict.fromkeys(wanted, 1)
    assert len(_claims(either_settings)) == 12
    assert _all_disjoint(either_settings)
