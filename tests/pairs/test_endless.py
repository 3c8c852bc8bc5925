"""A server whose answers have no end costs the run that met it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from booking.core.clock import FrozenClock, monotonic
from booking.core.errors import ProviderError
from booking.security.outbound import TOTAL_SECONDS
from tests.pairs.place import Hands, Place, hands_on, hour
from tests.pairs.proxied import proxied
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, FaultyProxy

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]
TITLES = ["Event 0", "Event 1", "Event 2"]
ENDLESS = pytest.mark.parametrize("action", [Action.FLOOD, Action.DRIP], ids=str)


@dataclass(slots=True, kw_only=True)
class Two:
    """A pair whose left server stands behind a proxy, and another pair of the same servers."""

    first: Place
    second: Place
    proxy: FaultyProxy

    def meet(self, action: Action, method: str) -> float:
        """Sync the first pair while the left server's answers have no end; return the seconds."""
        self.proxy.inject(action, method)
        began = monotonic()
        with pytest.raises(ProviderError):
            self.first.sync()
        return monotonic() - began

    def recover(self) -> None:
        self.proxy.clear()
        for hours in (2, 25, 1):
            self.first.clock.advance(hours=hours)
            report = self.first.services.pair_runner.run(self.first.pair)
        assert report.finished


@pytest.fixture
def two(
    app: Flask, clock: FrozenClock, radicale_account: DavAccount, xandikos_account: DavAccount
) -> Iterator[Two]:
    accounts = (radicale_account, xandikos_account)
    with proxied(app, clock, accounts, TITLES) as (first, left, _):
        sides = [hands_on(first.services, first.user, account) for account in accounts]
        second = Place(
            services=first.services, clock=clock, user=first.user, left=sides[0], right=sides[1]
        )
        second.join()
        for place in (first, second):
            place.sync()
            place.sync()
        yield Two(first=first, second=second, proxy=left)


@ENDLESS
def test_a_reading_without_end_costs_its_run_alone(two: Two, action: Action) -> None:
    two.first.left.rewrite("SUMMARY:Event 1", "SUMMARY:Changed")
    two.first.right.put("more", *hour("20261202T100000", "More"))
    two.second.left.put("other", *hour("20261203T100000", "Other"))

    seconds = two.meet(action, "REPORT")
    met_at = two.first.clock.now()
    two.second.sync()

    assert seconds < TOTAL_SECONDS + 5
    assert (two.first.view().error_count, two.second.view().error_count) == (1, 0)
    assert _synced_at(two.first, two.first.left) != met_at
    assert _synced_at(two.first, two.first.right) == met_at
    assert two.second.right.titles() == ["Other"]
    assert two.first.left.titles() == ["Changed", "Event 0", "Event 2"]
    assert two.first.right.titles() == [*TITLES, "More"]


def test_after_a_reading_without_end_both_sides_become_the_same(two: Two) -> None:
    two.first.left.rewrite("SUMMARY:Event 1", "SUMMARY:Changed")
    two.first.right.put("more", *hour("20261202T100000", "More"))
    two.meet(Action.FLOOD, "REPORT")

    two.recover()

    assert two.first.left.titles() == ["Changed", "Event 0", "Event 2", "More"]
    assert two.first.same()


def test_a_write_whose_answer_has_no_end_is_made_once(two: Two) -> None:
    two.first.right.put("more", *hour("20261202T100000", "More"))

    seconds = two.meet(Action.FLOOD, "PUT")

    assert seconds < TOTAL_SECONDS
    two.recover()
    assert two.first.left.titles() == [*TITLES, "More"]
    assert two.first.same()


def _synced_at(place: Place, hands: Hands) -> object:
    return place.services.calendar_status.status(place.user, hands.calendar).synced_at
