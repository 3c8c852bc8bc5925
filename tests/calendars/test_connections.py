"""Connecting, reconnecting and leaving accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from booking.calendars import store
from booking.calendars.connections import ConnectionService
from booking.calendars.models import Connection
from booking.core.clock import FrozenClock
from booking.core.errors import (
    BadAnswer,
    Conflict,
    InvalidInput,
    NotFound,
    ReconnectRequired,
    Unreachable,
    Unsupported,
)
from booking.db import reading, writing
from booking.security.cipher import Cipher
from tests.calendars.accounts import TEAM, WORK, MemoryAccounts, jobs, make_user, slots_version

CIPHER = Cipher((bytes(32),))
URL = "https://dav.example.test/"


@pytest.fixture
def accounts() -> MemoryAccounts:
    return MemoryAccounts()


@pytest.fixture
def connections(app: Flask, accounts: MemoryAccounts, clock: FrozenClock) -> ConnectionService:
    return ConnectionService(providers=accounts, cipher=CIPHER, clock=clock)


PASSWORD = "secret"


def connect(connections: ConnectionService, user_id: int, password: str = PASSWORD) -> int:
    return connections.connect_caldav(user_id, "radicale", URL, "host", password).id


def names(connections: ConnectionService, user_id: int, connection_id: int) -> list[str]:
    return [view.name for view in connections.calendars(user_id, connection_id)]


def test_a_connected_account_lists_its_calendars_and_selects_none(
    connections: ConnectionService,
) -> None:
    user = make_user()

    connection = connect(connections, user)

    calendars = connections.calendars(user, connection)
    assert [(view.name, view.read_only) for view in calendars] == [("Team", True), ("Work", False)]
    assert not any(view.selected or view.destination for view in calendars)
    assert connections.get(user, connection).status == "connected"


def test_the_password_is_stored_sealed_for_its_row_alone(connections: ConnectionService) -> None:
    connection = connect(connections, make_user())

    with reading() as session:
        secret = store.connection_with_secret(session, connection).secret

    assert secret is not None
    assert b"secret" not in secret
    assert CIPHER.open(secret, f"connections|{connection}|secret") == "secret"


def test_a_refused_password_stores_nothing(connections: ConnectionService) -> None:
    user = make_user()

    with pytest.raises(ReconnectRequired) as refused:
        connect(connections, user, password="wrong")

    assert refused.value.details["step"] == "sign_in"
    assert connections.list(user) == ()


@pytest.mark.parametrize("field", ["url", "username", "password"])
def test_an_empty_field_is_named(connections: ConnectionService, field: str) -> None:
    values = {"url": URL, "username": "host", "password": "secret", field: " "}

    with pytest.raises(InvalidInput) as refused:
        connections.connect_caldav(make_user(), "generic", **values)

    assert [fault.pointer for fault in refused.value.fields] == [f"/{field}"]


def test_connecting_the_same_account_again_renews_it(connections: ConnectionService) -> None:
    user = make_user()
    first = connect(connections, user)

    second = connect(connections, user)

    assert first == second
    assert len(connections.list(user)) == 1


def test_the_same_account_of_another_user_is_another_connection(
    connections: ConnectionService,
) -> None:
    first = connect(connections, make_user("one"))

    second = connect(connections, make_user("two"))

    assert first != second


def test_a_feed_shows_its_host_and_seals_the_rest(
    connections: ConnectionService, accounts: MemoryAccounts
) -> None:
    address = "https://calendars.example.test/private-token/basic.ics"
    accounts.account.password = address

    view = connections.connect_feed(make_user(), address)

    assert view.url == "https://calendars.example.test/…"
    assert connections.open_provider(view.id).list_calendars()


def test_a_foreign_connection_is_not_found(connections: ConnectionService) -> None:
    connection = connect(connections, make_user("owner"))
    stranger = make_user("stranger")

    for act in (
        lambda: connections.get(stranger, connection),
        lambda: connections.calendars(stranger, connection),
        lambda: connections.create_calendar(stranger, connection, "New", None),
        lambda: connections.reconnect(stranger, connection, "secret"),
        lambda: connections.effect_of_disconnect(stranger, connection),
        lambda: connections.disconnect(stranger, connection),
        lambda: connections.ask_relist(stranger, connection),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_created_calendar_is_there_at_once(connections: ConnectionService) -> None:
    user = make_user()
    connection = connect(connections, user)

    created = connections.create_calendar(user, connection, "  Bookings ", "#112233")

    assert (created.name, created.color) == ("Bookings", "#112233")
    assert "Bookings" in names(connections, user, connection)


def test_a_server_that_cannot_create_calendars_says_so(
    connections: ConnectionService, accounts: MemoryAccounts
) -> None:
    accounts.account.can_create = False
    user = make_user()
    connection = connect(connections, user)

    with pytest.raises(Unsupported):
        connections.create_calendar(user, connection, "Bookings", None)
    assert not connections.can_create(connection)


def test_reconnecting_keeps_calendars_and_clears_the_error(
    connections: ConnectionService, accounts: MemoryAccounts
) -> None:
    user = make_user()
    connection = connect(connections, user)
    before = connections.calendars(user, connection)
    connections.record_failure(connection, ReconnectRequired("The password was refused."))
    accounts.account.password = "new"

    view = connections.reconnect(user, connection, "new")

    assert (view.status, view.error) == ("connected", None)
    assert connections.calendars(user, connection) == before


def test_reconnecting_never_points_to_another_account(
    connections: ConnectionService, accounts: MemoryAccounts
) -> None:
    user = make_user()
    connection = connect(connections, user)
    accounts.account.key = "https://dav.example.test/somebody-else/"

    with pytest.raises(Conflict):
        connections.reconnect(user, connection, "secret")


def test_disconnecting_tells_first_what_it_changes(connections: ConnectionService) -> None:
    user = make_user()
    connection = connect(connections, user)
    work = connections.calendars(user, connection)[1]
    with writing() as session:
        store.put_destination(session, user, work.id)

    effect = connections.effect_of_disconnect(user, connection)

    assert effect.calendars == ("Team", "Work")
    assert effect.blocking == ()
    assert effect.destination == "Work"


def test_disconnecting_deletes_the_secret_and_changes_slots(
    connections: ConnectionService,
) -> None:
    user = make_user()
    connection = connect(connections, user)
    before = slots_version(user)

    connections.disconnect(user, connection)

    assert slots_version(user) > before
    with reading() as session:
        assert session.scalars(select(Connection)).all() == []


def test_lists_are_read_again_daily_even_where_the_password_was_refused(
    connections: ConnectionService, clock: FrozenClock
) -> None:
    user = make_user()
    connection = connect(connections, user)
    connections.record_failure(connection, ReconnectRequired())
    assert connections.ask_due_lists() == 0

    clock.advance(days=1)

    assert [connections.ask_due_lists() for _ in range(2)] == [1, 0]
    connections.relist(connection)
    assert connections.get(user, connection).status == "connected"


def test_a_vanished_calendar_is_marked_and_comes_back(
    connections: ConnectionService, accounts: MemoryAccounts
) -> None:
    user = make_user()
    connection = connect(connections, user)
    work = connections.calendars(user, connection)[1]
    accounts.account.calendars = [TEAM]
    connections.relist(connection)
    assert names(connections, user, connection) == ["Team"]

    accounts.account.calendars = [TEAM, replace(WORK, name="Office")]
    connections.relist(connection)

    assert connections.calendars(user, connection)[0].id == work.id
    assert names(connections, user, connection) == ["Office", "Team"]


def test_a_vanished_destination_stays_listed(
    connections: ConnectionService, accounts: MemoryAccounts
) -> None:
    user = make_user()
    connection = connect(connections, user)
    work = connections.calendars(user, connection)[1]
    with writing() as session:
        store.put_destination(session, user, work.id)
    accounts.account.calendars = [TEAM]

    connections.relist(connection)

    gone = connections.calendars(user, connection)[1]
    assert gone.destination
    assert gone.gone_at is not None


def test_a_suddenly_empty_list_is_not_believed(
    connections: ConnectionService, accounts: MemoryAccounts
) -> None:
    user = make_user()
    connection = connect(connections, user)
    accounts.account.calendars = []

    with pytest.raises(BadAnswer):
        connections.relist(connection)

    assert names(connections, user, connection) == ["Team", "Work"]
    assert connections.get(user, connection).status == "degraded"


def test_a_relist_asked_for_twice_is_one_job(connections: ConnectionService) -> None:
    user = make_user()
    connection = connect(connections, user)

    connections.ask_relist(user, connection)
    connections.ask_relist(user, connection)

    assert [job.payload for job in jobs("calendars.relist")] == [{"connection_id": connection}]


def test_an_unreachable_server_leaves_its_sentence_on_the_connection(
    connections: ConnectionService, accounts: MemoryAccounts, clock: FrozenClock
) -> None:
    user = make_user()
    connection = connect(connections, user)
    accounts.account.fault = Unreachable("The server did not answer in time.")

    with pytest.raises(Unreachable):
        connections.relist(connection)

    view = connections.get(user, connection)
    assert (view.status, view.error_count) == ("degraded", 1)
    assert (view.error, view.error_at) == ("The server did not answer in time.", clock.now())
