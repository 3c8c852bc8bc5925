"""The breaker of a connection: when a failing account is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from booking.calendars import health, store
from booking.calendars.connections import ConnectionService
from booking.core.clock import FrozenClock
from booking.core.errors import (
    ItemGone,
    NotFound,
    PermissionDenied,
    ReconnectRequired,
    Throttled,
    Unreachable,
)
from booking.db import reading
from booking.security.cipher import Cipher
from tests.calendars.accounts import MemoryAccounts, make_user

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DOWN = Unreachable("The server did not answer in time.")


@pytest.fixture
def connections(app: Flask, clock: FrozenClock) -> ConnectionService:
    return ConnectionService(providers=MemoryAccounts(), cipher=Cipher((bytes(32),)), clock=clock)


@pytest.fixture
def connection(connections: ConnectionService) -> int:
    url = "https://dav.example.test/"
    return connections.connect_caldav(make_user(), "generic", url, "host", "secret").id


def test_waits_grow_by_a_half_from_the_fifth_failure_up_to_an_hour() -> None:
    waits = [health.wait_seconds(count) for count in range(1, 12)]

    assert waits == [0, 0, 0, 0, 10, 15, 22, 34, 51, 76, 114]
    assert health.wait_seconds(1000) == 3600


def test_a_server_that_is_back_is_met_within_half_the_time_it_was_away() -> None:
    waits = [health.wait_seconds(count) for count in range(5, 60)]

    assert all(wait <= sum(waits[:n]) / 2 + 12 for n, wait in enumerate(waits))


def test_a_wait_asked_for_is_kept_up_to_an_hour() -> None:
    asked = health.after_failure(0, Throttled(90), NOW)
    too_long = health.after_failure(0, Throttled(86_400), NOW)

    assert asked.retry_at == NOW + timedelta(seconds=90)
    assert too_long.retry_at == NOW + timedelta(hours=1)


def test_a_refused_sign_in_waits_for_the_host() -> None:
    verdict = health.after_failure(7, ReconnectRequired(), NOW)

    assert (verdict.status, verdict.retry_at) == ("reconnect_required", None)


def test_five_failures_keep_the_next_call_waiting(
    connections: ConnectionService, connection: int
) -> None:
    for _ in range(5):
        connections.record_failure(connection, DOWN)

    with pytest.raises(Throttled) as waiting:
        connections.wait_until_allowed(connection)

    assert 10 <= waiting.value.retry_after <= 16


def test_after_the_wait_one_probe_passes_alone(
    connections: ConnectionService, connection: int, clock: FrozenClock
) -> None:
    for _ in range(5):
        connections.record_failure(connection, DOWN)
    clock.advance(seconds=61)

    connections.wait_until_allowed(connection)

    with pytest.raises(Throttled):
        connections.wait_until_allowed(connection)


def test_a_success_closes_the_breaker(connections: ConnectionService, connection: int) -> None:
    for _ in range(5):
        connections.record_failure(connection, DOWN)

    connections.record_success(connection)

    connections.wait_until_allowed(connection)


def test_the_hosts_wish_goes_through_an_open_breaker(
    connections: ConnectionService, connection: int
) -> None:
    user = connections_owner(connection)
    for _ in range(5):
        connections.record_failure(connection, DOWN)

    connections.ask_relist(user, connection)

    connections.wait_until_allowed(connection)


def connections_owner(connection: int) -> int:
    with reading() as session:
        return store.connection_with_secret(session, connection).user_id


def test_a_refused_account_is_not_asked_until_it_is_reconnected(
    connections: ConnectionService, connection: int
) -> None:
    connections.record_failure(connection, ReconnectRequired("The password was refused."))
    connections.record_failure(connection, DOWN)

    with pytest.raises(ReconnectRequired, match="password was refused"):
        connections.wait_until_allowed(connection)


@pytest.mark.parametrize("error", [ItemGone(), PermissionDenied()])
def test_the_fault_of_one_calendar_is_not_the_accounts(
    connections: ConnectionService, connection: int, error: ItemGone
) -> None:
    for _ in range(9):
        connections.record_failure(connection, error)

    connections.wait_until_allowed(connection)
    assert connections.open_provider(connection).list_calendars()


def test_a_removed_connection_is_not_opened(connections: ConnectionService) -> None:
    connections.record_success(1)
    connections.record_failure(1, DOWN)

    with pytest.raises(NotFound):
        connections.open_provider(1)
