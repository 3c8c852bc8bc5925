"""What a calendar shows is believed only when the event itself says so; nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.bookings.writer import CalendarBusy
from booking.calendars.link_models import SyncPair
from booking.core.errors import Conflict, ProviderError, SlotUnavailable
from booking.db import db, reading, writing
from booking.jobs.build import build_runner, ticks
from booking.mail.models import MailMessage
from booking.wiring import Services
from tests.bookings.answering import Story
from tests.bookings.by_hand import DavHand
from tests.bookings.desk import Desk, at, bookings, occupied
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, FaultyProxy, in_front_of

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
AT_ANY_TIME = {"type": "unlimited"}


@dataclass
class ProxiedHand(DavHand):
    """A hand at the server itself, while the application goes through a proxy."""

    proxy: FaultyProxy | None = None

    def connect(self, desk: Desk) -> int:
        assert self.proxy is not None
        self.url = self.account.make_calendar()
        return self._connect(desk, self.proxy.through(self.account.base_url))


def _story(desk: Desk, account: DavAccount, proxy: FaultyProxy) -> Story:
    hand = ProxiedHand(account=account, proxy=proxy)
    calendar = hand.connect(desk)
    desk.services.selection.set_destination(desk.host_id, calendar)
    return Story(desk=desk, hand=hand, calendar=calendar)


@pytest.fixture
def proxy(radicale_account: DavAccount) -> Iterator[FaultyProxy]:
    with in_front_of(radicale_account.base_url) as found:
        yield found


@pytest.fixture
def story(desk: Desk, radicale_account: DavAccount, proxy: FaultyProxy) -> Story:
    return _story(desk, radicale_account, proxy)


@pytest.fixture
def either_story(either_desk: Desk, radicale_account: DavAccount, proxy: FaultyProxy) -> Story:
    return _story(either_desk, radicale_account, proxy)


@pytest.fixture
def selected(story: Story) -> Story:
    """The same, where the calendar also blocks, and so is read for the busy cache."""
    story.desk.services.selection.select(story.desk.host_id, story.calendar)
    return story


def _told() -> int:
    """Return how many mails hosts were sent."""
    with reading() as session:
        return len(session.scalars(select(MailMessage.id)).all())


def test_a_calendar_that_vanishes_with_fifty_bookings_cancels_none_and_says_so(
    story: Story,
) -> None:
    story.wish("follow")
    everyday = {
        "name": "Every day",
        "time_zone": "UTC",
        "weekly": [{"days": DAYS, "start": "09:00", "end": "17:00"}],
    }
    schedule = story.desk.services.schedules.create(story.desk.host_id, everyday)
    daily = {"frequency": "daily", "interval": 1, "max_count": 50}
    course = story.desk.offer(recurrence=daily, schedule_id=schedule.id, window=AT_ANY_TIME)
    story.desk.book(course, "10:00", recurrence_count=50)
    story.write()
    story.desk.services.lookout.ask_due()
    assert len(bookings()) == 50

    story.hand.vanish()

    story.look()
    story.look()

    assert {booking.status for booking in bookings()} == {"confirmed"}
    assert story.desk.services.answers.open(story.desk.host_id) == ()
    assert len(story.desk.services.answers.missing_calendars(story.desk.host_id)) == 1
    assert _told() == 1


def test_a_calendar_that_is_back_is_no_longer_missed(story: Story, proxy: FaultyProxy) -> None:
    (booking,) = story.booked("10:00")
    proxy.inject(Action.STATUS, "GET", "REPORT", "PROPFIND", status=404)
    story.look()
    assert story.desk.services.answers.missing_calendars(story.desk.host_id)

    proxy.clear()
    story.look()

    assert story.desk.services.answers.missing_calendars(story.desk.host_id) == []
    assert story.change(booking) is None


def test_a_deletion_that_was_a_phantom_is_not_followed(story: Story, proxy: FaultyProxy) -> None:
    story.wish("follow")
    (booking,) = story.booked("10:00")
    proxy.inject(Action.STATUS, "GET", "REPORT", status=404)
    story.look()
    change = story.change(booking)
    assert change is not None
    assert change.state == "following"

    proxy.clear()
    story.later(minutes=2)

    assert story.change(booking) is None
    assert story.desk.now(booking).status == "confirmed"


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_failed_look_says_nothing_about_the_bookings(
    story: Story, proxy: FaultyProxy, status: int
) -> None:
    story.wish("follow")
    (booking,) = story.booked("10:00")
    proxy.inject(Action.STATUS, "GET", "REPORT", "PROPFIND", status=status)

    story.look()
    story.later(minutes=2)

    assert story.change(booking) is None
    assert story.desk.now(booking).status == "confirmed"


def test_a_server_that_is_away_is_asked_once_a_minute(story: Story, proxy: FaultyProxy) -> None:
    story.wish("follow")
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)
    story.look()
    story.desk.clock.advance(minutes=2)
    proxy.inject(Action.STATUS, "GET", "REPORT", "PROPFIND", status=503)
    lookout = story.desk.services.lookout

    asked = []
    for _ in range(12):
        asked.append(lookout.ask_due())
        lookout.look(story.calendar) if asked[-1] else None
        story.desk.clock.advance(seconds=10)

    assert asked == [1, 0, 0, 0, 0, 0] * 2


def test_nothing_is_followed_without_another_look(story: Story, proxy: FaultyProxy) -> None:
    story.wish("follow")
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)
    story.look()

    proxy.inject(Action.STATUS, "GET", "REPORT", "PROPFIND", status=503)
    story.later(minutes=2)
    assert story.desk.now(booking).status == "confirmed"

    proxy.clear()
    story.desk.clock.advance(hours=1)
    story.desk.services.lookout.look(story.calendar)
    assert story.desk.now(booking).status == "cancelled"


def test_a_change_is_noticed_when_the_busy_cache_reads_the_calendar(selected: Story) -> None:
    desk = selected.desk
    (booking,) = selected.booked("10:00")
    desk.clock.advance(minutes=1)
    desk.services.refresher.refresh(selected.calendar)
    desk.services.lookout.ask_due()
    desk.services.lookout.look(selected.calendar)
    selected.hand.move(booking, "14:00", "15:00")
    desk.clock.advance(minutes=1)

    desk.services.refresher.refresh(selected.calendar)
    assert desk.services.lookout.ask_due() == 1
    desk.services.lookout.look(selected.calendar)

    assert selected.asked(booking).start == at("14:00")


def test_a_calendar_that_is_read_anyway_costs_no_request_more(
    selected: Story, proxy: FaultyProxy
) -> None:
    desk = selected.desk
    selected.booked("10:00", "11:00")
    desk.clock.advance(minutes=1)
    desk.services.refresher.refresh(selected.calendar)
    proxy.clear()

    for _ in range(20):
        selected.later(minutes=1)

    assert proxy.methods() == []


def test_many_bookings_are_looked_at_in_one_request(story: Story, proxy: FaultyProxy) -> None:
    story.booked("09:00", "10:00", "11:00", "12:00", "13:00")
    proxy.clear()

    story.look()

    assert proxy.methods() == ["REPORT"]


def test_guests_are_not_offered_the_time_to_which_an_event_was_moved(selected: Story) -> None:
    desk = selected.desk
    (booking,) = selected.booked("10:00")
    other = desk.offer(slug="other")
    selected.hand.move(booking, "14:00", "15:00")
    desk.clock.advance(minutes=1)
    desk.services.refresher.refresh(selected.calendar)
    assert "14:00" in desk.starts(other)

    desk.services.lookout.look(selected.calendar)
    assert not {"10:00", "14:00"} & set(desk.starts(other))

    desk.services.answers.put_back(booking.uid, host_id=desk.host_id)
    assert "14:00" in desk.starts(other)
    assert "10:00" not in desk.starts(other)


def test_a_moved_event_is_followed_onto_its_own_time(selected: Story) -> None:
    desk = selected.desk
    selected.wish("follow")
    (booking,) = selected.booked("10:00")
    selected.hand.move(booking, "14:00", "15:00")
    desk.clock.advance(minutes=1)
    desk.services.refresher.refresh(selected.calendar)
    desk.services.lookout.look(selected.calendar)

    selected.later(minutes=2)

    assert desk.now(booking).start == at("14:00")


def test_nothing_is_followed_onto_another_event_of_the_host(selected: Story) -> None:
    desk = selected.desk
    selected.wish("follow")
    (booking,) = selected.booked("10:00")
    desk.put_busy(selected.calendar, at("14:30"), at("16:00"))
    selected.hand.move(booking, "14:00", "15:00")
    desk.clock.advance(minutes=1)
    desk.services.refresher.refresh(selected.calendar)
    desk.services.lookout.look(selected.calendar)

    selected.later(minutes=2)

    assert selected.asked(booking).reason == "Another event of yours stands at this time."
    desk.services.answers.accept(booking.uid, host_id=desk.host_id)
    assert desk.now(booking).start == at("14:00")


def _work(app: Flask, *ticks_named: str) -> None:
    """Let the worker's ticks and jobs run until nothing is due."""
    services: Services = app.extensions["booking"]
    runner = build_runner(app)
    for tick in ticks(services):
        if tick.name in ticks_named:
            tick.work()
    list(runner.drain())


def test_the_worker_notices_and_follows_by_itself_and_the_guest_is_told(
    either_app: Flask, either_story: Story
) -> None:
    story, clock = either_story, either_story.desk.clock
    story.wish("follow")
    booking = story.desk.book(story.desk.offer(), "10:00")
    _work(either_app)
    _work(either_app, "looks")
    before = _mails_to("guest@example.test")
    story.hand.delete(booking)

    clock.advance(minutes=15)
    _work(either_app, "looks")
    assert story.desk.now(booking).status == "confirmed"
    clock.advance(minutes=2)
    _work(either_app, "looks")

    assert story.desk.now(booking).status == "cancelled"
    assert _mails_to("guest@example.test")[len(before) :] == ["cancelled"]


def _mails_to(address: str) -> list[str]:
    with reading() as session:
        query = select(MailMessage.kind).where(MailMessage.recipient == address)
        return list(session.scalars(query.order_by(MailMessage.id)))


def test_putting_back_tells_the_guest_nothing(either_app: Flask, either_story: Story) -> None:
    story = either_story
    story.wish("restore")
    booking = story.desk.book(story.desk.offer(), "10:00")
    _work(either_app)
    _work(either_app, "looks")
    before = _mails_to("guest@example.test")
    story.hand.delete(booking)

    story.desk.clock.advance(minutes=15)
    _work(either_app, "looks")

    assert story.hand.events() == [("Talk: Guest", "10:00", "11:00")]
    assert _mails_to("guest@example.test") == before


def test_who_shares_a_booking_is_asked_first_and_moves_it_only_where_all_are_free(
    story: Story,
) -> None:
    story.wish("follow")
    one, two = story.desk, story.desk.colleague("other")
    booking = one.book(one.shared("collective", [one, two]), "10:00")
    story.write()
    one.services.lookout.ask_due()
    theirs = two.put_calendar()
    two.put_busy(theirs, at("14:30"), at("16:00"))
    story.hand.move(booking, "14:00", "15:00")
    story.look()
    assert story.asked(booking).reason == "The booking concerns other hosts too."

    with pytest.raises(SlotUnavailable, match="Another host"):
        one.services.answers.accept(booking.uid, host_id=one.host_id)
    story.hand.move(booking, "13:00", "14:00")
    story.look()
    one.services.answers.accept(booking.uid, host_id=two.host_id)

    assert one.now(booking).start == at("13:00")
    assert occupied(one.host_id, two.host_id) == [
        (host_id, "13:00", "14:00") for host_id in sorted((one.host_id, two.host_id))
    ]


@pytest.mark.parametrize("action", [Action.DROP_AFTER_WRITE, Action.RESET])
@pytest.mark.parametrize("act", ["move", "delete"])
def test_putting_back_survives_a_lost_answer(
    either_story: Story, proxy: FaultyProxy, act: str, action: Action
) -> None:
    story = either_story
    (booking,) = story.booked("10:00")
    story.hand.move(booking, "14:00", "15:00") if act == "move" else story.hand.delete(booking)
    story.look()
    story.desk.services.answers.put_back(booking.uid, host_id=story.desk.host_id)
    proxy.inject(action, "PUT", times=1)

    with pytest.raises(ProviderError):
        story.write()
    story.desk.clock.advance(minutes=10)
    story.write()

    assert story.hand.events() == [("Talk: Guest", "10:00", "11:00")]
    assert story.change(booking) is None


def test_one_worker_at_a_time_looks_at_a_calendar(story: Story) -> None:
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)
    with writing() as session:
        until = story.desk.clock.now().replace(hour=8)
        session.execute(update(SyncPair).values(lease_owner="elsewhere/1", lease_until=until))

    with pytest.raises(CalendarBusy):
        story.look()
    story.desk.clock.advance(hours=2)
    story.look()

    assert story.asked(booking).kind == "deleted"


def test_two_workers_follow_a_change_once(either_app: Flask, either_story: Story) -> None:
    story = either_story
    story.wish("follow")
    (booking,) = story.booked("10:00")
    story.hand.move(booking, "14:00", "15:00")
    story.look()
    story.desk.clock.advance(minutes=2)
    gate = Barrier(8)
    key = next(row.id for row in bookings() if row.uid == booking.uid)

    def worker(_: int) -> int:
        with either_app.app_context():
            gate.wait()
            return story.desk.services.answers.follow(story.calendar, [key])

    with ThreadPoolExecutor(8) as crew:
        done = sum(crew.map(worker, range(8)))
    db.session.remove()

    assert done == 1
    assert story.kinds(booking) == [("created", "guest", False), ("rescheduled", "host", True)]
    assert occupied(story.desk.host_id) == [(story.desk.host_id, "14:00", "15:00")]


def test_accepting_and_putting_back_at_once_is_one_of_the_two(
    either_app: Flask, either_story: Story
) -> None:
    story = either_story
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)
    story.look()
    answers, host_id = story.desk.services.answers, story.desk.host_id
    gate = Barrier(6)

    def client(turn: int) -> bool:
        with either_app.app_context():
            gate.wait()
            try:
                (answers.accept, answers.put_back)[turn % 2](booking.uid, host_id=host_id)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(6) as crowd:
        done = sum(crowd.map(client, range(6)))
    db.session.remove()
    story.write()

    assert done == 1
    stands = story.desk.now(booking).status == "confirmed"
    assert story.hand.events() == ([("Talk: Guest", "10:00", "11:00")] if stands else [])
