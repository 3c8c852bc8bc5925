"""How often and how many at once one account is asked, and that a busy one holds up nobody else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from flask import Flask

from booking.calendars.budget import ACCOUNTS, Allowance, Budget, Budgets
from booking.core.clock import FrozenClock
from booking.core.errors import BreakerOpen, Throttled, Unreachable
from booking.security.outbound import within
from booking.settings import Settings
from tests.bookings.desk import Desk, open_desk
from tests.calendars.push_site import HOST, google_account, microsoft_account
from tests.doorless import doorless_app
from tests.providersim.faults import Act
from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim

__all__ = ["doorless_app"]


@dataclass
class Seconds:
    """A stopwatch that a test moves."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def budget(at_once: int = 2, per_second: float = 5, burst: int = 3) -> tuple[Budget, Seconds]:
    seconds = Seconds()
    allowance = Allowance(at_once=at_once, per_second=per_second, burst=burst)
    return Budget(allowance, seconds), seconds


def test_a_burst_is_free_and_then_requests_are_spread() -> None:
    found, seconds = budget()

    assert [round(found.reserve(), 3) for _ in range(5)] == [0, 0, 0, 0.2, 0.4]

    seconds.now += 10
    assert found.reserve() == 0


def test_what_was_not_sent_is_given_back() -> None:
    found, _ = budget(burst=1)
    found.reserve()
    assert found.reserve() > 0
    found.give_back()

    assert round(found.reserve(), 3) == 0.2


def test_a_long_wait_is_left_to_the_queue() -> None:
    budgets = Budgets({"x": Allowance(at_once=1, per_second=0.01, burst=1)}, {})
    with budgets.turn("x", "a"):
        pass

    with pytest.raises(BreakerOpen) as caught, budgets.turn("x", "a"):
        raise AssertionError("nothing may be sent")

    assert 90 <= caught.value.retry_after <= 100


def test_a_callers_own_deadline_is_no_fault_of_the_account() -> None:
    budgets = Budgets({"x": Allowance(at_once=1, per_second=1, burst=1)}, {})
    with budgets.turn("x", "a"):
        pass

    with within(0.1), pytest.raises(Unreachable), budgets.turn("x", "a"):
        raise AssertionError("nothing may be sent")


def test_accounts_do_not_share_what_they_may_ask() -> None:
    budgets = Budgets({"x": Allowance(at_once=1, per_second=0.01, burst=1)}, {})

    with within(1), budgets.turn("x", "a"), budgets.turn("x", "b"), budgets.turn("y", "c"):
        asked = True

    assert asked


def test_no_more_are_under_way_than_may_be() -> None:
    budgets = Budgets({"x": Allowance(at_once=2, per_second=1e6, burst=100)}, {})
    lock, under_way, most = threading.Lock(), 0, 0

    def ask(_place: int) -> None:
        nonlocal under_way, most
        with budgets.turn("x", "a"):
            with lock:
                under_way += 1
                most = max(most, under_way)
            threading.Event().wait(0.01)
            with lock:
                under_way -= 1

    with ThreadPoolExecutor(8) as crew:
        list(crew.map(ask, range(16)))

    assert most == 2


def test_half_of_what_graph_allows_is_left_for_a_second_process() -> None:
    assert ACCOUNTS["microsoft"].at_once * 2 <= 4


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, sim: ProviderSim, graph: GraphSim) -> Settings:
    """Settings whose clouds are the simulators."""
    return replace(sqlite_settings, **sim.google_settings, **graph.microsoft_settings)  # type: ignore[arg-type]


@pytest.fixture
def desk(app: Flask, clock: FrozenClock) -> Desk:
    """A host."""
    return open_desk(app, clock)


def test_a_mailbox_is_never_asked_for_more_than_graph_allows_at_once(
    desk: Desk, graph: GraphSim
) -> None:
    connection = desk.services.connections.connect(desk.host_id, microsoft_account(graph)).id
    graph.fail_next("me", Act.DELAY, seconds=0.02, times=None)
    providers = [desk.services.connections.open_provider(connection) for _ in range(10)]

    with ThreadPoolExecutor(10) as crew:
        names = {account.name for account in crew.map(lambda one: one.account(), providers)}

    assert names == {HOST}
    assert graph.quota.most_at_once[HOST] <= 2
    assert graph.quota.refused[HOST] == 0


def test_retry_after_keeps_one_account_waiting_and_no_other(
    desk: Desk, sim: ProviderSim, clock: FrozenClock
) -> None:
    other = "other@example.org"
    services = desk.services
    ids = [
        services.connections.connect(desk.host_id, google_account(sim, email)).id
        for email in (HOST, other)
    ]
    calendars = [services.connections.calendars(desk.host_id, each)[0].id for each in ids]
    sim.google.fail_next(
        "events.list", account=HOST, status=429, retry_after="600", reason="rateLimitExceeded"
    )
    with pytest.raises(Throttled):
        services.refresher.refresh(calendars[0])
    services.refresher.refresh(calendars[1])
    calls = sim.calls.count("events.list")

    clock.advance(seconds=590)
    with pytest.raises(BreakerOpen):
        services.refresher.refresh(calendars[0])
    assert sim.calls.count("events.list") == calls

    clock.advance(seconds=11)
    services.refresher.refresh(calendars[0])
    assert services.connections.list(desk.host_id)[0].status == "connected"
