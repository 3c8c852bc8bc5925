"""The servers do what the other tests rely on."""

from __future__ import annotations

import psycopg
import pytest
import redis as redis_client

from tests.servers.dav import DavAccount, DavServer
from tests.servers.postgres_server import Postgres
from tests.servers.process import ServerFailed, need
from tests.servers.radicale_server import Radicale
from tests.servers.redis_server import Redis
from tests.servers.xandikos_server import Xandikos

ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:one@test\r\n"
    "DTSTAMP:20261121T080000Z\r\nDTSTART:20261123T090000Z\r\nDTEND:20261123T100000Z\r\n"
    "SUMMARY:One\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture(params=["radicale", "xandikos"])
def dav(request: pytest.FixtureRequest) -> DavServer:
    server = request.getfixturevalue(request.param)
    assert isinstance(server, DavServer)
    return server


def test_an_object_put_is_listed_read_and_deleted(dav: DavServer) -> None:
    account = dav.new_account()
    calendar = account.make_calendar()

    url = account.put(calendar, "one.ics", ICS)

    assert list(account.listing(calendar)) == [url]
    assert "SUMMARY:One" in account.get(url)
    account.delete(url)
    assert account.listing(calendar) == {}


def test_a_wrong_password_is_refused(dav: DavServer) -> None:
    account = dav.new_account()
    stranger = DavAccount(
        base_url=account.base_url, user=account.user, password="guess", home_url=account.home_url
    )

    assert stranger.send("PROPFIND", account.home_url).status == 401


@pytest.mark.fault
def test_data_and_port_survive_an_outage(dav: DavServer) -> None:
    calendar = dav.make_calendar()
    url = dav.account.put(calendar, "one.ics", ICS)

    with dav.outage(kill=True):
        assert not dav.is_running

    assert list(dav.account.listing(calendar)) == [url]


def test_the_other_account_reads_a_readonly_calendar_of_radicale(radicale: Radicale) -> None:
    calendar = radicale.make_calendar("readonly-for-other")

    refused = radicale.other.send("PUT", calendar + "one.ics", ICS)

    assert radicale.other.listing(calendar) == {}
    assert refused.status == 403


def test_a_database_is_fresh_for_each_test(postgres: Postgres) -> None:
    template = postgres.create(name="model_of_copies")
    with psycopg.connect(template.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE seen (id int)")

    copy = postgres.create(template="model_of_copies")

    with psycopg.connect(copy.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


@pytest.mark.fault
def test_postgres_comes_back_after_a_crash(postgres: Postgres) -> None:
    url = postgres.create().replace("+psycopg", "")

    postgres.stop(kill=True)
    postgres.start()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_redis_is_empty_for_each_test(redis_url: str) -> None:
    with redis_client.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


@pytest.mark.fault
def test_redis_comes_back_on_its_port(redis_server: Redis) -> None:
    with redis_server.outage():
        pass

    with redis_client.Redis.from_url(redis_server.url) as client:
        assert client.ping()


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(ServerFailed, match="package frobnicate-server"):
        need("frobnicate", package="frobnicate-server")


def test_xandikos_gives_each_user_a_home(xandikos: Xandikos) -> None:
    account = xandikos.new_account()

    assert account.send("PROPFIND", account.base_url + account.user + "/").status == 207
