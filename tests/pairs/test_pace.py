"""What a sync of a pair asks of its servers: no more than what changed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.wiring import Services
from tests.calendars.accounts import make_user
from tests.pairs.place import Place, hands_on, hour
from tests.pairs.proxied import proxied
from tests.servers.dav import DavAccount
from tests.servers.faulty import FaultyProxy, in_front_of
from tests.servers.scripted import Reply, Request, Script

EVENTS = 6


@dataclass(slots=True, kw_only=True)
class Counted:
    """A pair in step, whose servers stand behind proxies that count."""

    place: Place
    left: FaultyProxy
    right: FaultyProxy

    def synced(self) -> tuple[Counter[str], Counter[str]]:
        """Sync; return what was asked of each side."""
        self.left.clear()
        self.right.clear()
        self.place.sync()
        return Counter(self.left.methods()), Counter(self.right.methods())


@pytest.fixture
def counted(
    app: Flask, clock: FrozenClock, radicale_account: DavAccount, xandikos_account: DavAccount
) -> Iterator[Counted]:
    accounts = (radicale_account, xandikos_account)
    titles = [f"Event {number}" for number in range(EVENTS)]
    with proxied(app, clock, accounts, titles) as (place, one, two):
        for _ in range(5):
            place.sync()
        yield Counted(place=place, left=one, right=two)


def test_where_nothing_changed_each_side_is_asked_once(counted: Counted) -> None:
    left, right = counted.synced()

    assert left == right == {"PROPFIND": 1}


def test_changes_are_read_in_one_request_and_written_in_one_each(counted: Counted) -> None:
    for number in range(4):
        counted.place.left.rewrite(f"SUMMARY:Event {number}", f"SUMMARY:Changed {number}")

    left, right = counted.synced()

    assert left == {"PROPFIND": 1, "REPORT": 1}
    assert right == {"PROPFIND": 1, "REPORT": 1, "PUT": 4}
    assert counted.place.same()


def test_an_edit_between_reading_ahead_and_writing_is_not_overwritten(counted: Counted) -> None:
    place = counted.place
    for number in range(3):
        place.left.rewrite(f"SUMMARY:Event {number}", f"SUMMARY:Changed {number}")
    forward = counted.right.script

    def meddling(request: Request) -> Reply:
        """Let a person edit just before our first write."""
        if request.method == "PUT":
            counted.right.script = forward
            text = place.right.account.get(place.right.with_text("SUMMARY:Event 2")[0])
            assert "LOCATION" not in text
            place.right.rewrite("END:VEVENT", "LOCATION:Room 7\r\nEND:VEVENT", of="SUMMARY:Event 2")
        return forward(request)

    counted.right.script = meddling
    place.sync()
    place.sync()

    assert place.same()
    assert [one["location"] for one in place.left.contents() if one["title"] == "Changed 2"] == [
        "Room 7"
    ]


def test_calendars_of_two_accounts_are_asked_at_once(counted: Counted) -> None:
    both = threading.Barrier(2, timeout=20)
    for proxy in (counted.left, counted.right):
        forward = proxy.script

        def together(request: Request, forward: Script = forward) -> Reply:
            both.wait()
            return forward(request)

        proxy.script = together

    assert counted.synced() == ({"PROPFIND": 1}, {"PROPFIND": 1})


def test_calendars_of_one_account_are_asked_in_turn(
    app: Flask, clock: FrozenClock, radicale_account: DavAccount
) -> None:
    services: Services = app.extensions["booking"]
    user, asked, most = make_user(), list[int](), list[int]()
    with in_front_of(radicale_account.base_url) as proxy:
        forward, address = proxy.script, proxy.through(radicale_account.base_url)

        def counting(request: Request) -> Reply:
            asked.append(1)
            most.append(len(asked))
            try:
                return forward(request)
            finally:
                asked.pop()

        left, right = (hands_on(services, user, radicale_account, address) for _ in range(2))
        place = Place(services=services, clock=clock, user=user, left=left, right=right)
        left.put("one", *hour("20261210T100000", "One"))
        place.join()
        proxy.script = counting
        place.sync()

    assert left.connection == right.connection
    assert right.titles() == ["One"]
    assert max(most) == 1
