"""The live look: calendars are read at once while a guest waits, who never waits long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from booking.calendars.live import BUDGET_SECONDS, MOST_THREADS, LiveLook
from booking.calendars.models import Calendar, Connection
from booking.calendars.replica_store import release_lease, take_lease
from booking.core.clock import FrozenClock
from booking.core.errors import Throttled, Unreachable
from booking.db import reading, writing
from tests.bookings.desk import Desk, open_desk
from tests.calendars.selected import Selected, hour, ics, select_calendar
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, FaultyProxy, in_front_of
from tests.servers.radicale_server import Radicale
from tests.servers.scripted import Manner, Reply, Request, serving

MOST_SECONDS = BUDGET_SECONDS + 0.3
DRIPS = Reply(207, b"<" * 4000, {"Content-Type": "application/xml"}, manner=Manner.DRIP)
HANGS = Reply(manner=Manner.HANG)


@pytest.fixture
def desk(app: Flask, clock: FrozenClock) -> Desk:
    return open_desk(app, clock)


@pytest.fixture
def place(desk: Desk, radicale_account: DavAccount) -> Iterator[Selected]:
    """A calendar with one event, read two minutes ago."""
    with in_front_of(radicale_account.base_url) as proxy:
        selected = select_calendar(desk, radicale_account, proxy)
        selected.put("known", *hour("20261124T100000Z"))
        selected.refresh()
        selected.later(minutes=2)
        proxy.clear()
        yield selected


def look(place: Selected) -> frozenset[int]:
    return place.desk.services.live_look.look([place.calendar])


def timed(looking: Callable[[], frozenset[int]]) -> tuple[frozenset[int], float]:
    """Return what a look found and how long it took, once its threads are done as well."""
    began = time.monotonic()
    found = looking()
    took = time.monotonic() - began
    settle()
    return found, took


def crew() -> list[threading.Thread]:
    """Return the threads of looks that are at work."""
    return [thread for thread in threading.enumerate() if thread.name == "live-look"]


def settle() -> None:
    """Wait until no look is under way any more."""
    until(lambda: not crew())


def until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads do."""
    ends_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends_at, "it did not come about within ten seconds"
        time.sleep(0.01)


def together(app: Flask, count: int, looking: Callable[[], frozenset[int]]) -> list[frozenset[int]]:
    """Let so many guests look at the same moment."""
    gate = threading.Barrier(count)

    def guest(_: int) -> frozenset[int]:
        gate.wait(10)
        with app.app_context():
            return looking()

    with ThreadPoolExecutor(count) as guests:
        return list(guests.map(guest, range(count)))


def slowed(proxy: FaultyProxy, seconds: float) -> None:
    """Have the server take its time over each answer from now on."""
    answer = proxy.script

    def slowly(request: Request) -> Reply:
        time.sleep(seconds)
        return answer(request)

    proxy.script = slowly


def health(place: Selected) -> tuple[str, int, int, int]:
    """Return the account's status and failures, and those of the calendar."""
    with reading() as session:
        row = session.get_one(Connection, place.connection)
    return row.status, row.failures, row.error_count, place.cursor().error_count


def test_an_event_put_seconds_before_is_seen(place: Selected) -> None:
    talk = place.desk.offer()
    place.put("new", *hour("20261124T140000Z"))
    assert "14:00" in place.desk.starts(talk)

    assert look(place) == {place.calendar}

    assert "14:00" not in place.desk.starts(talk)
    assert place.stored() == place.expected()


def calmed(place: Selected) -> None:
    """Let the calendar be found unchanged so often that one small request tells so."""
    for _ in range(2):
        place.refresh()
    place.later(seconds=60)
    place.proxy.clear()


def test_a_quiet_calendar_costs_one_request(place: Selected) -> None:
    calmed(place)

    assert look(place) == {place.calendar}

    assert place.proxy.methods() == ["PROPFIND"]


def test_a_calendar_read_less_than_a_minute_ago_is_not_asked(place: Selected) -> None:
    place.refresh()
    place.proxy.clear()

    place.later(seconds=59)
    assert look(place) == {place.calendar}
    assert place.proxy.methods() == []
    place.later(seconds=1)
    assert look(place) == {place.calendar}
    assert len(place.proxy.requests) == 1


def test_a_calendar_that_was_never_read_is_read(desk: Desk, radicale_account: DavAccount) -> None:
    with in_front_of(radicale_account.base_url) as proxy:
        selected = select_calendar(desk, radicale_account, proxy)
        selected.put("first", *hour("20261124T100000Z"))

        assert look(selected) == {selected.calendar}
        assert selected.stored() == selected.expected() != []


@pytest.mark.parametrize("reply", [HANGS, DRIPS], ids=["hangs", "drips"])
def test_a_server_without_an_answer_keeps_the_guest_for_the_budget_and_is_nobodys_failure(
    place: Selected, reply: Reply
) -> None:
    before = health(place)
    place.proxy.script = lambda _: reply

    found, took = timed(lambda: look(place))

    assert found == frozenset()
    assert BUDGET_SECONDS - 0.1 < took < MOST_SECONDS
    assert health(place) == before == ("connected", 0, 0, 0)
    assert (place.cursor().retry_at, place.cursor().lease_until) == (None, None)


def test_after_a_look_in_vain_the_next_one_sees_what_came_meanwhile(place: Selected) -> None:
    fault = place.proxy.inject(Action.HANG, times=1)
    place.put("new", *hour("20261124T140000Z"))
    assert timed(lambda: look(place))[0] == frozenset()

    assert look(place) == {place.calendar}
    assert fault.hits == 1
    assert place.stored() == place.expected()


def test_one_calendar_without_an_answer_takes_nothing_from_the_others(
    place: Selected, radicale: Radicale
) -> None:
    account = radicale.new_account()
    with in_front_of(account.base_url) as proxy:
        other = select_calendar(place.desk, account, proxy)
        other.put("new", *hour("20261124T140000Z"))
        place.proxy.inject(Action.HANG)
        both = [place.calendar, other.calendar]

        found, took = timed(lambda: place.desk.services.live_look.look(both))

        assert found == {other.calendar}
        assert took < MOST_SECONDS
        assert other.stored()[-1] == other.expected()[-1]


@pytest.mark.parametrize(
    ("action", "status"), [(Action.HTML, 200), (Action.STATUS, 500), (Action.RESET, 0)], ids=str
)
def test_a_real_failure_is_written_down_and_told_at_once(
    place: Selected, action: Action, status: int
) -> None:
    place.proxy.inject(action, status=status)

    found, took = timed(lambda: look(place))

    assert (found, took < 1.5) == (frozenset(), True)
    assert health(place) == ("degraded", 1, 1, 1)
    assert place.cursor().retry_at is not None


def test_a_refused_password_waits_for_the_host_as_ever(place: Selected) -> None:
    place.proxy.inject(Action.STATUS, status=401)
    assert look(place) == frozenset()
    assert place.status() == "reconnect_required"
    place.proxy.clear()

    place.later(days=1)
    assert look(place) == frozenset()
    assert place.proxy.methods() == []


def test_behind_an_open_breaker_nothing_is_asked_and_its_probe_is_left_alone(
    place: Selected,
) -> None:
    for _ in range(5):
        place.desk.services.connections.record_failure(place.connection, Unreachable())
    before = health(place)

    for seconds in (0, 11):
        place.later(seconds=seconds)
        assert look(place) == frozenset()

    assert place.proxy.methods() == []
    assert health(place) == before
    place.refresh()
    assert look(place) == {place.calendar}


def test_a_calendar_that_waits_after_a_failure_is_not_asked(place: Selected) -> None:
    place.proxy.inject(Action.STATUS, status=503, retry_after="600")
    with pytest.raises(Throttled):
        place.refresh()
    with writing() as session:
        session.get_one(Connection, place.connection).retry_at = None
    place.proxy.clear()

    assert look(place) == frozenset()
    assert place.proxy.methods() == []
    place.later(seconds=601)
    assert look(place) == {place.calendar}


def test_a_calendar_that_is_gone_or_unknown_is_left_out_unasked(place: Selected) -> None:
    with writing() as session:
        session.get_one(Calendar, place.calendar).gone_at = place.desk.clock.now()

    assert place.desk.services.live_look.look([place.calendar, 1]) == frozenset()
    assert place.desk.services.live_look.look([]) == frozenset()
    assert place.proxy.methods() == []


def test_guests_at_the_same_time_share_one_refresh(place: Selected, app: Flask) -> None:
    calmed(place)
    slowed(place.proxy, 0.3)

    found = together(app, 6, lambda: look(place))

    assert found == [frozenset({place.calendar})] * 6
    assert len(place.proxy.requests) == 1


def test_guests_at_the_same_time_each_wait_for_no_more_than_their_own_budget(
    place: Selected, app: Flask
) -> None:
    place.proxy.inject(Action.HANG)
    times: list[float] = []

    def measured() -> frozenset[int]:
        found, took = timed(lambda: look(place))
        times.append(took)
        return found

    assert together(app, 6, measured) == [frozenset()] * 6
    assert max(times) < MOST_SECONDS
    assert len(place.proxy.requests) == 1


def test_another_workers_refresh_is_waited_for(place: Selected, app: Flask) -> None:
    slowed(place.proxy, 0.5)
    place.put("new", *hour("20261124T140000Z"))

    def work() -> None:
        with app.app_context():
            place.refresh()

    worker = threading.Thread(target=work)
    worker.start()
    until(lambda: bool(place.proxy.requests))
    assert look(place) == {place.calendar}
    worker.join()

    assert place.proxy.methods().count("REPORT") == 2
    assert place.stored() == place.expected()


def test_another_workers_refresh_that_does_not_end_is_not_waited_for_longer(
    place: Selected,
) -> None:
    now = place.desk.clock.now()
    with writing() as session:
        lease = take_lease(session, place.calendar, "another", now)
    assert lease is not None

    found, took = timed(lambda: look(place))

    assert (found, took < MOST_SECONDS) == (frozenset(), True)
    assert place.proxy.methods() == []
    with writing() as session:
        release_lease(session, place.calendar, lease)
    assert look(place) == {place.calendar}


def test_a_feed_counts_too(desk: Desk) -> None:
    texts = [ics("one", *hour("20261124T100000Z"))]

    def publish(_: Request) -> Reply:
        return Reply(200, texts[-1].encode(), {"Content-Type": "text/calendar"})

    with serving(publish) as server:
        connection = desk.services.connections.connect_feed(desk.host_id, server.url)
        (feed,) = desk.services.connections.calendars(desk.host_id, connection.id)
        desk.services.selection.select(desk.host_id, feed.id)
        talk = desk.offer()
        assert desk.services.live_look.look([feed.id]) == {feed.id}
        assert "10:00" not in desk.starts(talk)

        texts.append(ics("one", *hour("20261124T150000Z")))
        desk.clock.moment += timedelta(minutes=2)
        assert desk.services.live_look.look([feed.id]) == {feed.id}
        assert "10:00" in desk.starts(talk)
        assert "15:00" not in desk.starts(talk)

        server.script = lambda _: HANGS
        desk.clock.moment += timedelta(minutes=2)
        found, took = timed(lambda: desk.services.live_look.look([feed.id]))
        assert (found, took < MOST_SECONDS) == (frozenset(), True)


def many(desk: Desk, account: DavAccount, proxy: FaultyProxy, count: int) -> list[int]:
    """Connect an account with so many calendars, none of them read yet."""
    for _ in range(count):
        account.put(account.make_calendar(), "one.ics", ics("one", *hour("20261124T100000Z")))
    connection = desk.services.connections.connect_caldav(
        desk.host_id, "radicale", proxy.through(account.base_url), account.user, account.password
    )
    proxy.clear()
    return [each.id for each in desk.services.connections.calendars(desk.host_id, connection.id)]


def _look_in(app: Flask, looker: LiveLook, ids: Sequence[int]) -> frozenset[int]:
    with app.app_context():
        return looker.look(ids)


def test_many_calendars_are_read_by_a_few_daemons_that_end_with_their_work(
    app: Flask, desk: Desk, radicale_account: DavAccount
) -> None:
    with in_front_of(radicale_account.base_url) as proxy:
        ids = many(desk, radicale_account, proxy, MOST_THREADS + 4)
        proxy.inject(Action.HANG)
        with ThreadPoolExecutor(1) as guest:
            answer = guest.submit(_look_in, app, desk.services.live_look, ids)
            until(lambda: len(proxy.requests) >= MOST_THREADS)
            at_work = crew()
            assert answer.result(10) == frozenset()
        settle()

        assert len(at_work) == MOST_THREADS
        assert all(thread.daemon for thread in at_work)
        assert len(proxy.requests) == MOST_THREADS


def test_more_calendars_than_threads_are_all_read(
    either_app: Flask, clock: FrozenClock, radicale_account: DavAccount
) -> None:
    desk = open_desk(either_app, clock)
    patient = LiveLook(
        refresher=desk.services.refresher,
        clock=clock,
        context=either_app.app_context,
        budget_seconds=20,
    )
    with in_front_of(radicale_account.base_url) as proxy:
        ids = many(desk, radicale_account, proxy, MOST_THREADS + 4)

        assert patient.look(ids) == set(ids)
        proxy.clear()
        assert patient.look(ids) == set(ids)
        assert proxy.requests == []
