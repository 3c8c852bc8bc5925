"""A pair while its servers, or this process, fail at the worst moment: nothing lost or doubled."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import Connection, event

from booking.core.clock import FrozenClock
from booking.core.errors import ProviderError
from booking.db import db
from tests.pairs.place import Place, hour
from tests.pairs.proxied import proxied
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, FaultyProxy

pytestmark = [pytest.mark.fault, pytest.mark.timeout(400)]
EVENTS = 6


class Killed(BaseException):
    """The process dies here."""


@dataclass(slots=True, kw_only=True)
class Shaky:
    """A pair whose two servers stand behind proxies that can misbehave."""

    place: Place
    proxies: tuple[FaultyProxy, FaultyProxy]
    count: int = 0
    added: list[str] = field(default_factory=list)

    def edit(self) -> None:
        """Change something on both sides: an edit each, a new event each, a deletion."""
        self.count += 1
        number = self.count
        for side, hands in (("left", self.place.left), ("right", self.place.right)):
            hands.put(f"{side}{number}", *hour("20261201T100000", f"New {side} {number}"))
        self.place.left.rewrite(f"Event 0 {number - 1}\r", f"Event 0 {number}\r")
        self.place.right.rewrite(f"Event 1 {number - 1}\r", f"Event 1 {number}\r")
        self.added += [f"New left {number}", f"New right {number}"]
        there = [title for title in self.place.right.titles() if title.startswith("New left")]
        if there:
            self.place.right.delete(f"SUMMARY:{there[0]}\r")
            self.added.remove(there[0])

    def expected(self) -> list[str]:
        titles = [f"Event {number} {self.count if number < 2 else 0}" for number in range(EVENTS)]
        return sorted([*titles, *self.added])

    def come_to_rest(self) -> None:
        """Sync until nothing is left to do; after a day, when everything is compared."""
        for hours in (2, 25, 1, 1):
            self.place.clock.advance(hours=hours)
            report = self.place.services.pair_runner.run(self.place.pair)
            if report.held:
                report = self.place.services.pair_runner.confirm(self.place.pair)
        assert report.finished
        assert not any(sum(side.values()) for side in report.written.values())

    def check(self) -> None:
        assert self.place.left.titles() == self.expected()
        assert self.place.same()


@pytest.fixture
def shaky(
    app: Flask, clock: FrozenClock, radicale_account: DavAccount, xandikos_account: DavAccount
) -> Iterator[Shaky]:
    accounts = (radicale_account, xandikos_account)
    titles = [f"Event {number} 0" for number in range(EVENTS)]
    with proxied(app, clock, accounts, titles) as (place, one, two):
        place.sync()
        one.clear()
        two.clear()
        yield Shaky(place=place, proxies=(one, two))


def try_to_sync(shaky: Shaky) -> None:
    shaky.place.clock.advance(minutes=1)
    with suppress(ProviderError, Killed):
        shaky.place.services.pair_runner.run(shaky.place.pair)


FAULTS = [
    (Action.DROP_AFTER_WRITE, ("PUT",), {}),
    (Action.DROP_AFTER_WRITE, ("DELETE",), {}),
    (Action.RESET, ("PUT", "DELETE"), {}),
    (Action.STATUS, ("PUT", "DELETE"), {"status": 503}),
    (Action.STATUS, ("PUT",), {"status": 500}),
    (Action.STATUS, ("PUT",), {"status": 412}),
    (Action.STATUS, ("PUT",), {"status": 429, "retry_after": "30"}),
    (Action.STATUS, ("REPORT",), {"status": 403}),
    (Action.STATUS, ("GET", "REPORT"), {"status": 404}),
    (Action.HTML, ("REPORT",), {}),
    (Action.HTML, (), {}),
    (Action.EMPTY_MULTISTATUS, ("REPORT", "PROPFIND"), {}),
    (Action.HALF_ROWS, ("REPORT",), {}),
    (Action.HALF_XML, (), {}),
    (Action.HALF_BODY, (), {}),
]


@pytest.mark.parametrize(("action", "methods", "how"), FAULTS, ids=str)
@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
def test_whatever_a_server_answers_both_sides_end_the_same(
    shaky: Shaky,
    action: Action,
    methods: tuple[str, ...],
    how: dict[str, object],
    times: int | None,
) -> None:
    shaky.edit()
    for proxy in shaky.proxies:
        proxy.inject(action, *methods, times=times, **how)  # type: ignore[arg-type]
    try_to_sync(shaky)
    try_to_sync(shaky)
    for proxy in shaky.proxies:
        proxy.clear()

    shaky.come_to_rest()

    shaky.check()


@contextmanager
def killed_at_commit(number: int) -> Iterator[list[int]]:
    """Die in the n-th commit of the block; the list tells how many there were."""
    seen = [0]

    def on_commit(connection: Connection) -> None:
        seen[0] += 1
        if seen[0] == number:
            connection.connection.rollback()  # what the database does for a process that is gone
            raise Killed

    event.listen(db.engine, "commit", on_commit)
    try:
        yield seen
    finally:
        event.remove(db.engine, "commit", on_commit)


def test_a_process_that_dies_in_any_commit_is_gone_on_with(shaky: Shaky) -> None:
    number, is_through = 0, False

    while not is_through:
        number += 3
        shaky.edit()
        shaky.place.clock.advance(days=1)
        with killed_at_commit(number) as seen:
            try_to_sync(shaky)
        is_through = seen[0] < number
        shaky.come_to_rest()
        shaky.check()

    assert number > 20


@pytest.mark.parametrize("seed", range(3))
def test_random_edits_and_faults_end_the_same(shaky: Shaky, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(8):
        shaky.edit()
        if chance.random() < 0.7:
            action, methods, how = chance.choice(FAULTS)
            proxy = chance.choice(shaky.proxies)
            proxy.inject(action, *methods, times=chance.choice([1, 2, 5]), **how)  # type: ignore[arg-type]
        try_to_sync(shaky)
        for proxy in shaky.proxies:
            proxy.clear()

    shaky.come_to_rest()

    shaky.check()


def test_only_the_two_calendars_are_asked_for(shaky: Shaky) -> None:
    shaky.place.left.account.make_calendar("private")
    shaky.place.right.account.make_calendar("private")
    shaky.edit()
    shaky.place.sync(full=True)
    shaky.place.services.pairs.preview(shaky.place.user, shaky.place.pair)
    for proxy, hands in zip(shaky.proxies, (shaky.place.left, shaky.place.right), strict=True):
        own = urlsplit(hands.url).path
        assert proxy.requests
        assert {request.path for request in proxy.requests if own not in request.path} == set()


def test_a_quiet_sync_is_one_request_a_side(shaky: Shaky) -> None:
    shaky.come_to_rest()
    for proxy in shaky.proxies:
        proxy.clear()

    shaky.place.sync()

    assert [len(proxy.requests) for proxy in shaky.proxies] == [1, 1]


@pytest.mark.parametrize("status", [403, 404])
def test_a_calendar_that_is_taken_away_pauses_the_pair_and_is_probed_for(
    shaky: Shaky, status: int
) -> None:
    shaky.proxies[1].inject(Action.STATUS, status=status)
    try_to_sync(shaky)
    view = shaky.place.view()
    assert (view.status, view.error_count) == ("paused", 1)
    assert view.reason
    assert view.retry_at is not None
    shaky.proxies[1].clear()

    shaky.place.clock.advance(days=1)
    assert shaky.place.services.pairs.ask_due() == 1
    shaky.come_to_rest()

    assert shaky.place.view().status == "active"
    assert len(shaky.place.left.titles()) == len(shaky.place.right.titles()) == EVENTS


def test_a_calendar_that_may_only_be_read_pauses_the_pair(shaky: Shaky) -> None:
    shaky.place.left.put("new", *hour("20261201T100000", "New"))
    shaky.proxies[1].inject(Action.STATUS, "PUT", "DELETE", status=403)
    try_to_sync(shaky)
    assert (shaky.place.view().status, shaky.place.view().code) == ("paused", "forbidden")
    shaky.proxies[1].clear()

    shaky.place.clock.advance(days=1)
    shaky.come_to_rest()

    assert shaky.place.view().status == "active"
    assert "New" in shaky.place.right.titles()


def test_a_refused_password_is_revoked_and_asks_nothing_more(shaky: Shaky) -> None:
    shaky.proxies[1].inject(Action.STATUS, status=401)
    try_to_sync(shaky)
    assert shaky.place.view().status == "revoked"
    shaky.proxies[1].clear()
    shaky.place.clock.advance(days=2)
    shaky.place.left.put("new", *hour("20261201T100000", "New"))

    assert shaky.place.services.pairs.ask_due() == 0
    try_to_sync(shaky)
    assert shaky.proxies[1].requests == []

    right = shaky.place.right
    connections = shaky.place.services.connections
    connections.reconnect(shaky.place.user, right.connection, right.account.password)
    assert shaky.place.services.pairs.ask_due() == 1
    shaky.place.sync()
    assert shaky.place.view().status == "active"
    assert shaky.place.same()
