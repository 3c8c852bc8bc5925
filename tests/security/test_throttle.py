"""Limits are exact, also when many try at once, and end when they say."""

import threading

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.core.errors import RateLimited
from booking.core.instants import to_instant
from booking.db import writing
from booking.security.throttle import (
    Limit,
    LocalThrottle,
    Throttle,
    is_shared,
    network_of,
    purge_windows,
)

SECRET = "k" * 40


@pytest.fixture
def throttle(either_app: Flask, clock: FrozenClock) -> Throttle:
    return Throttle(clock, SECRET)


def test_the_limit_is_reached_exactly(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.hit("b", 3, 60)

    with pytest.raises(RateLimited) as caught:
        throttle.hit("b", 3, 60)

    assert caught.value.retry_after == 60


def test_the_window_ends_when_it_said_however_often_it_was_tried(
    throttle: Throttle, clock: FrozenClock
) -> None:
    throttle.hit("b", 1, 60)
    clock.advance(seconds=59)
    with pytest.raises(RateLimited) as caught:
        throttle.hit("b", 1, 60)
    assert caught.value.retry_after == 1

    clock.advance(seconds=1)

    throttle.hit("b", 1, 60)


def test_buckets_do_not_share(throttle: Throttle) -> None:
    throttle.hit("a", 1, 60)

    throttle.hit("b", 1, 60)


def test_a_success_empties_its_bucket(throttle: Throttle) -> None:
    throttle.hit("b", 1, 60)

    throttle.forget("b")

    throttle.hit("b", 1, 60)


def test_a_pardon_takes_back_one_try_only(throttle: Throttle) -> None:
    throttle.hit("b", 2, 60)
    throttle.hit("b", 2, 60)

    throttle.pardon("b")

    throttle.hit("b", 2, 60)
    with pytest.raises(RateLimited):
        throttle.hit("b", 2, 60)


def test_the_longest_wait_is_told(throttle: Throttle) -> None:
    limits = {"short": Limit(hits=1, seconds=10), "long": Limit(hits=1, seconds=100)}
    throttle.hit_all(limits)

    with pytest.raises(RateLimited) as caught:
        throttle.hit_all(limits)

    assert caught.value.retry_after == 100


def test_many_at_once_are_counted_exactly(either_app: Flask, throttle: Throttle) -> None:
    passed: list[bool] = []

    def attempt() -> None:
        with either_app.app_context():
            try:
                throttle.hit("b", 5, 60)
            except RateLimited:
                passed.append(False)
            else:
                passed.append(True)

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert passed.count(True) == 5
    assert passed.count(False) == 15


def test_ended_windows_are_purged(throttle: Throttle, clock: FrozenClock) -> None:
    throttle.hit("old", 1, 60)
    throttle.hit("new", 1, 600)
    clock.advance(seconds=61)

    with writing() as session:
        assert purge_windows(session, to_instant(clock.now())) == 1


def test_a_local_throttle_allows_a_burst_and_then_a_rate() -> None:
    seconds = [0.0]
    throttle = LocalThrottle(rate=60, burst=2, seconds=lambda: seconds[0])
    throttle.hit("b")
    throttle.hit("b")
    with pytest.raises(RateLimited) as caught:
        throttle.hit("b")
    assert caught.value.retry_after == 1

    seconds[0] = 1.0

    throttle.hit("b")
    throttle.hit("other")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_visitor_is_an_address_or_a_64(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "fd00::1"])
def test_private_addresses_may_stand_for_many(address: str) -> None:
    assert is_shared(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.0.113.7", "2a00:1450::1", "unknown"])
def test_public_addresses_stand_for_one_visitor(address: str) -> None:
    assert not is_shared(address)
