"""A server that misbehaves is told apart by what it did, and never read as an empty calendar."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from booking.calendars.ports import ChangeKind
from booking.calendars.providers.caldav.provider import CaldavProvider
from booking.core.errors import (
    BadAnswer,
    CursorExpired,
    ItemGone,
    PermissionDenied,
    ProviderError,
    ReconnectRequired,
    Throttled,
    Unreachable,
    Unsupported,
    VersionConflict,
)
from booking.security.outbound import within
from tests.calendars.providers.dav_scene import provider_for
from tests.calendars.providers.made import event, ics
from tests.servers.dav import DavAccount, DavServer
from tests.servers.faulty import Action, FaultyProxy, in_front_of
from tests.servers.radicale_server import Radicale

COUNT = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A provider behind a faulty proxy, on a calendar of six events."""

    proxy: FaultyProxy
    provider: CaldavProvider
    account: DavAccount
    calendar: str
    keys: tuple[str, ...]

    def cursor(self) -> str:
        cursor = self.provider.changes(self.calendar, None).cursor
        assert cursor is not None
        return cursor


@pytest.fixture(params=["radicale", "xandikos"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    server = request.getfixturevalue(request.param)
    assert isinstance(server, DavServer)
    account = server.new_account()
    calendar = account.make_calendar()
    for number in range(COUNT):
        account.put(calendar, f"e-{number}.ics", ics(f"e-{number}@test", "Private matter"))
    with in_front_of(account.base_url) as proxy:
        provider = provider_for(account, url=proxy.url)
        there = proxy.through(calendar)
        keys = tuple(provider.key_for(there, f"e-{number}") for number in range(COUNT))
        yield Line(proxy, provider, account, there, keys)


READS: dict[str, Callable[[Line], object]] = {
    "listing": lambda line: line.provider.changes(line.calendar, None),
    "fetch": lambda line: line.provider.fetch(line.calendar, line.keys),
    "get": lambda line: line.provider.get(line.calendar, line.keys[0]),
    "calendars": lambda line: line.provider.list_calendars(),
}
WRITES: dict[str, Callable[[Line], object]] = {
    "create": lambda line: line.provider.create(line.calendar, "new", event("new@test")),
    "delete": lambda line: line.provider.delete(line.calendar, line.keys[0], None),
}
STATUSES: list[tuple[int, type[ProviderError]]] = [
    (401, ReconnectRequired),
    (402, PermissionDenied),
    (403, PermissionDenied),
    (423, Unreachable),
    (429, Throttled),
    (500, Unreachable),
    (502, Unreachable),
    (503, Unreachable),
]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    "action", [Action.HTML, Action.EMPTY_BODY, Action.EMPTY_MULTISTATUS, Action.HALF_BODY]
)
def test_a_read_answered_by_something_else_is_a_bad_answer(
    line: Line, read: str, action: Action
) -> None:
    line.proxy.inject(action)

    with pytest.raises((BadAnswer, ItemGone)) as caught:
        READS[read](line)

    assert isinstance(caught.value, BadAnswer)
    assert caught.value.step


@pytest.mark.parametrize("read", ["listing", "fetch", "calendars"])
def test_xml_that_stops_in_the_middle_is_a_bad_answer(line: Line, read: str) -> None:
    line.proxy.inject(Action.HALF_XML)

    with pytest.raises(BadAnswer):
        READS[read](line)


@pytest.mark.parametrize("action", [Action.HTML, Action.EMPTY_MULTISTATUS, Action.HALF_XML])
def test_a_delta_answered_by_something_else_is_a_bad_answer(line: Line, action: Action) -> None:
    cursor = line.cursor()
    line.proxy.inject(action, "REPORT")

    with pytest.raises(BadAnswer):
        line.provider.changes(line.calendar, cursor)


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize(("status", "error"), STATUSES)
def test_each_refusing_status_is_its_own_error(
    line: Line, call: str, status: int, error: type[ProviderError]
) -> None:
    line.provider.account()
    line.proxy.inject(Action.STATUS, status=status)

    with pytest.raises(ProviderError) as caught:
        {**READS, **WRITES}[call](line)

    assert type(caught.value) is error
    assert caught.value.provider == "caldav"
    assert "refused by the proxy" not in caught.value.message


@pytest.mark.parametrize("call", [*READS, *WRITES])
def test_a_server_that_asks_for_patience_is_heard(line: Line, call: str) -> None:
    line.provider.account()
    line.proxy.inject(Action.STATUS, status=503, retry_after="30")

    with pytest.raises(Throttled) as caught:
        {**READS, **WRITES}[call](line)

    assert 30 <= caught.value.retry_after <= 31


def test_patience_has_an_end(line: Line) -> None:
    line.proxy.inject(Action.STATUS, status=429, retry_after="999999")

    with pytest.raises(Throttled) as caught:
        line.provider.account()

    assert caught.value.retry_after == 3600


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize("action", [Action.HANG, Action.RESET])
def test_a_server_that_does_not_answer_is_unreachable(
    line: Line, call: str, action: Action
) -> None:
    line.provider.account()
    line.proxy.inject(action)

    with within(0.3), pytest.raises(Unreachable) as caught:
        {**READS, **WRITES}[call](line)

    assert caught.value.step == "answer"


def test_a_lost_answer_to_a_create_is_not_sent_again_and_reads_as_done(line: Line) -> None:
    line.proxy.inject(Action.DROP_AFTER_WRITE, "PUT", times=1)

    with pytest.raises(Unreachable):
        line.provider.create(line.calendar, "new", event("new@test", "Ours"))

    assert line.proxy.methods().count("PUT") == 1
    item = line.provider.get(line.calendar, line.provider.key_for(line.calendar, "new"))
    assert item.event is not None
    assert item.event.title == "Ours"
    with pytest.raises(VersionConflict):
        line.provider.create(line.calendar, "new", event("new@test", "Ours"))


def test_a_lost_answer_to_a_delete_is_done_the_second_time(line: Line) -> None:
    line.proxy.inject(Action.DROP_AFTER_WRITE, "DELETE", times=1)

    with pytest.raises(Unreachable):
        line.provider.delete(line.calendar, line.keys[0], None)
    line.provider.delete(line.calendar, line.keys[0], None)

    assert line.provider.fetch(line.calendar, line.keys).gone == (line.keys[0],)


def test_objects_that_a_multiget_passes_over_are_read_one_by_one(line: Line) -> None:
    line.proxy.inject(Action.HALF_ROWS, "REPORT")

    fetched = line.provider.fetch(line.calendar, line.keys)

    assert sorted(item.key for item in fetched.items) == sorted(line.keys)
    assert fetched.gone == ()


def test_what_half_a_listing_leaves_out_is_found_by_reading_it(line: Line) -> None:
    line.proxy.inject(Action.HALF_ROWS, "REPORT", times=1)
    named = {row.key for row in line.provider.changes(line.calendar, None).named}
    absent = [key for key in line.keys if key not in named]

    fetched = line.provider.fetch(line.calendar, absent)

    assert absent
    assert sorted(item.key for item in fetched.items) == sorted(absent)
    assert fetched.gone == ()


@pytest.mark.parametrize("status", [404, 410])
def test_a_server_that_knows_nothing_any_more_proves_nothing(line: Line, status: int) -> None:
    line.proxy.inject(Action.STATUS, status=status)

    with pytest.raises(Unreachable):
        line.provider.fetch(line.calendar, line.keys)
    with pytest.raises(Unreachable):
        line.provider.get(line.calendar, line.keys[0])
    with pytest.raises(ItemGone):
        line.provider.changes(line.calendar, None)


def test_one_object_that_may_not_be_read_says_nothing_of_itself(line: Line) -> None:
    line.proxy.inject(Action.STATUS, "REPORT", status=501)
    line.proxy.inject(Action.STATUS, "GET", path="e-3", status=403)

    fetched = line.provider.fetch(line.calendar, line.keys)

    assert len(fetched.items) == COUNT - 1
    assert fetched.gone == ()


@pytest.mark.parametrize("status", [400, 403, 405, 409, 412, 415, 501, 507])
def test_a_server_without_sync_tokens_is_listed_by_etags(line: Line, status: int) -> None:
    tokens = line.provider.changes(line.calendar, None)
    line.proxy.inject(Action.STATUS, "REPORT", status=status)

    etags = line.provider.changes(line.calendar, None)

    assert etags.is_complete
    assert set(etags.named) == set(tokens.named)
    assert set(etags.named)


def test_an_unchanged_ctag_is_one_small_request(line: Line) -> None:
    line.proxy.inject(Action.STATUS, "REPORT", status=501)
    cursor = line.cursor()
    before = len(line.proxy.requests)

    again = line.provider.changes(line.calendar, cursor)

    assert again.kind is ChangeKind.DELTA
    assert again.named == ()
    assert len(line.proxy.requests) == before + 1
    assert line.proxy.requests[-1].headers["Depth"] == "0"


def test_a_changed_ctag_lists_all_again(line: Line) -> None:
    line.proxy.inject(Action.STATUS, "REPORT", status=501)
    cursor = line.cursor()
    line.account.put(line.calendar, "more.ics", ics("more@test"))

    again = line.provider.changes(line.calendar, cursor)

    assert again.is_complete
    assert len(again.named) == COUNT + 1


@pytest.mark.parametrize("status", [400, 403, 409, 412])
def test_a_refused_token_is_an_expired_cursor(line: Line, status: int) -> None:
    cursor = line.cursor()
    line.proxy.inject(Action.STATUS, "REPORT", status=status)

    with pytest.raises(CursorExpired):
        line.provider.changes(line.calendar, cursor)


def test_nothing_new_costs_one_request_and_once_another_for_the_ctag(line: Line) -> None:
    cursor, asked = line.cursor(), list[list[str]]()
    for _ in range(4):
        line.proxy.clear()
        cursor = line.provider.changes(line.calendar, cursor).cursor or ""
        asked.append(line.proxy.methods())

    assert asked == [["REPORT", "PROPFIND"], ["REPORT"], ["PROPFIND"], ["PROPFIND"]]


def test_no_event_reaches_the_logs(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    line.provider.fetch(line.calendar, line.keys)
    for action in (Action.HALF_XML, Action.HTML, Action.HALF_BODY):
        line.proxy.clear()
        line.proxy.inject(action)
        with pytest.raises(BadAnswer):
            line.provider.fetch(line.calendar, line.keys)

    assert "Private" not in caplog.text
    assert "sign in to the network" not in caplog.text
    assert line.account.password not in caplog.text


def test_a_calendar_that_may_only_be_read_refuses_writes_clearly(radicale: Radicale) -> None:
    calendar = radicale.new_account().make_calendar("readonly-clear")
    provider = provider_for(radicale.other, url=calendar)

    with pytest.raises(PermissionDenied, match="read-only") as written:
        provider.create(calendar, "new", event("new@test"))

    assert written.value.step == "write"


def test_a_server_that_makes_no_calendars_says_so(line: Line) -> None:
    line.provider.account()
    line.proxy.inject(Action.STATUS, "MKCALENDAR", status=405)

    with pytest.raises(Unsupported, match="choose it"):
        line.provider.create_calendar("New", "#112233")


def test_a_kind_of_server_that_makes_no_calendars_is_not_asked(line: Line) -> None:
    provider = provider_for(line.account, url=line.proxy.url, preset="generic")

    with pytest.raises(Unsupported):
        provider.create_calendar("New", None)

    assert "MKCALENDAR" not in line.proxy.methods()


def test_a_uid_that_stands_under_another_name_is_a_conflict(line: Line) -> None:
    with pytest.raises(VersionConflict):
        line.provider.create(line.calendar, "other-name", event("e-0@test"))
