"""Pairs across clouds while a provider fails at the worst moment, alike for each of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from booking.core.errors import ProviderError, ReconnectRequired, Throttled
from tests.doorless import doorless_app
from tests.pairs.couples import Couple
from tests.pairs.people import Entry, GooglePerson, GraphPerson, Person, titles
from tests.providersim.faults import Act, Fault

__all__ = ["doorless_app"]
pytestmark = [
    pytest.mark.fault,
    pytest.mark.parametrize("couple", ["caldav-google", "caldav-microsoft"], indirect=True),
]
ROUTES = {
    GooglePerson: {
        "create": "events.insert",
        "change": "events.patch",
        "delete": "events.delete",
        "list": "events.list",
    },
    GraphPerson: {
        "create": "events.create",
        "change": "events.patch",
        "delete": "events.delete",
        "list": "delta",
    },
}


def breaking(person: Person, call: str, act: Act, **details: object) -> Fault:
    """Let the next calls of one kind go wrong at a cloud."""
    route = ROUTES[type(person)][call]
    if isinstance(person, GooglePerson):
        return person.sim.google.fail_next(route, act, **details)
    assert isinstance(person, GraphPerson)
    return person.graph.fail_next(route, act, **details)


@pytest.fixture
def running(couple: Couple) -> Couple:
    """A pair in step, with an event for each thing that is to be done."""
    for title in ("Kept", "Changed", "Deleted"):
        couple.left.add(Entry(title=title))
    couple.join()
    couple.sync()
    couple.sync()
    return couple


def edit(couple: Couple) -> None:
    couple.left.add(Entry(title="Made", rule="FREQ=DAILY;COUNT=3"))
    couple.left.change_instance("Made", "2026-11-25T10:00", title="Made otherwise")
    couple.left.change("Changed", place="Room 2")
    couple.left.delete("Deleted")


@pytest.mark.parametrize("act", [Act.DROP_AFTER_WRITE, Act.APPLY_THEN_STATUS, Act.DROP_BEFORE])
def test_writes_whose_answers_are_lost_are_done_once(running: Couple, act: Act) -> None:
    edit(running)
    faults = [breaking(running.right, call, act) for call in ("create", "change", "delete")]

    for _ in range(4):
        running.try_to_sync(hours=1)
    running.come_to_rest()

    assert all(fault.hits for fault in faults)
    assert running.same()
    assert titles(running.left) == ["Changed", "Kept", "Made"]


def test_a_cursor_that_is_refused_means_a_listing_and_no_doubles(running: Couple) -> None:
    person = running.right
    edit(running)
    if isinstance(person, GooglePerson):
        person.sim.google.expire_cursors(person.key)
    else:
        breaking(person, "list", Act.STATUS, status=400, reason="syncStateNotFound")

    running.sync()
    running.come_to_rest()

    assert running.same()
    assert titles(running.left) == ["Changed", "Kept", "Made"]


@pytest.mark.parametrize("act", [Act.EMPTY_PAGE, Act.DUPLICATES, Act.REVERSED])
def test_odd_pages_lose_and_double_nothing(running: Couple, act: Act) -> None:
    running.right.add(Entry(title="Across"))
    running.right.change("Changed", place="Room 2")
    running.right.delete("Deleted")
    fault = breaking(running.right, "list", act)

    running.sync()

    assert fault.hits == 1
    assert running.same()
    assert titles(running.left) == ["Across", "Changed", "Kept"]


def test_pages_that_never_end_change_nothing(running: Couple) -> None:
    breaking(running.right, "list", Act.LOOPING, times=3)

    assert running.try_to_sync() is not None

    assert titles(running.left) == titles(running.right) == ["Changed", "Deleted", "Kept"]


def test_a_provider_that_asks_to_wait_is_not_asked_before(running: Couple) -> None:
    edit(running)
    breaking(running.right, "create", Act.STATUS, status=429, retry_after="300")

    error = running.try_to_sync()

    assert isinstance(error, Throttled)
    retry_at = running.view().retry_at
    assert retry_at is not None
    assert retry_at - running.world.clock.now() >= timedelta(seconds=300)
    asked = len(calls_of(running.right))
    running.world.pass_time(seconds=200)
    assert running.services.pairs.ask_due() == 0
    assert calls_of(running.right)[asked:] == []
    running.sync(hours=1)
    running.come_to_rest()
    assert running.same()


def calls_of(person: Person) -> list[str]:
    if isinstance(person, GooglePerson):
        return person.sim.calls
    assert isinstance(person, GraphPerson)
    return person.graph.calls


def revoke(person: Person) -> None:
    if isinstance(person, GooglePerson):
        person.sim.google.revoke(person.email)
    elif isinstance(person, GraphPerson):
        person.graph.revoke(person.email)


def test_access_that_is_taken_back_in_the_middle_of_a_run_loses_nothing(running: Couple) -> None:
    edit(running)
    hook: Callable[[], None] = lambda: revoke(running.right)  # noqa: E731  (a hook is a value)
    breaking(running.right, "change", Act.MEANWHILE, hook=hook)

    error = running.try_to_sync()
    assert isinstance(error, ReconnectRequired)
    assert running.view().status == "revoked"
    asked = len(calls_of(running.right))
    for _ in range(3):
        assert isinstance(running.try_to_sync(hours=2), ProviderError)
        assert running.services.pairs.ask_due() == 0
    assert calls_of(running.right)[asked:] == []

    provider = "google" if isinstance(running.right, GooglePerson) else "microsoft"
    secret = running.world.grant(provider).text()
    connections = running.services.connections
    connections.reconnect(running.world.user, running.right.connection, secret)
    assert running.services.pairs.ask_due() == 1
    running.sync()
    running.come_to_rest()

    assert running.view().status == "active"
    assert running.same()
    assert titles(running.left) == ["Changed", "Kept", "Made"]


def test_a_calendar_that_vanished_deletes_nothing_and_is_told(running: Couple) -> None:
    running.right.wreck()

    for hours in (1, 25):
        assert running.try_to_sync(hours=hours) is not None

    assert running.view().status == "paused"
    assert "does not exist any more" in running.view().reason
    assert titles(running.left) == ["Changed", "Deleted", "Kept"]
