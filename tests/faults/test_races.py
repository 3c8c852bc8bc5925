"""Many guests want overlapping times of one host at once: nobody is booked twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from booking.settings import Settings
from tests.site import Site

pytestmark = pytest.mark.fault
GUESTS = 50


def _race(site: Site, starts: list[str]) -> list[requests.Response]:
    """Let one guest for each start book at the same moment."""
    gate = threading.Barrier(len(starts))

    def guest(number: int) -> requests.Response:
        gate.wait()
        return site.book(starts[number], guest=f"guest{number}")

    with ThreadPoolExecutor(len(starts)) as crowd:
        return list(crowd.map(guest, range(len(starts))))


def _claims(settings: Settings) -> list[Any]:
    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        query = "SELECT starts_at, ends_at FROM claims WHERE active ORDER BY starts_at"
        rows = list(connection.execute(sa.text(query)))
    engine.dispose()
    return rows


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
