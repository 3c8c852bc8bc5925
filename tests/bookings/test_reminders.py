"""Reminders are due at their minute, move with the booking, and go out once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from booking.bookings.models import BookingReminder
from booking.bookings.values import Actor, BookingView
from booking.db import db, reading
from booking.mail.values import Kind
from tests.bookings.desk import at
from tests.bookings.postbox import Postbox, headline, words

_GUEST, _OTHER, _HOST = "guest@example.test", "other@example.test", "some@example.test"


def _book(postbox: Postbox, *minutes: int, start: str = "10:00", **fields: object) -> BookingView:
    """Book for Tuesday; it is Monday, seven in the morning. The mails of it are out of the way."""
    talk = postbox.desk.offer(reminders_minutes=list(minutes), **fields)
    booking = postbox.desk.book(talk, start, additional_guests=(_OTHER,))
    postbox.work()
    return booking


def _planned() -> list[tuple[int, int]]:
    with reading() as session:
        rows = session.scalars(select(BookingReminder).order_by(BookingReminder.due_at))
        return [(row.minutes, row.due_at) for row in rows]


def _reminded(postbox: Postbox, **later: float) -> list[str]:
    """Return what reminders arrived, when time has moved on."""
    postbox.desk.clock.advance(**later)
    postbox.services.telling.reminders.ask_due()
    return [headline(one.message) for one in postbox.work()]


def test_everybody_is_reminded_at_the_minute(either_postbox: Postbox) -> None:
    _book(either_postbox, 60)
    assert _reminded(either_postbox, days=1, hours=1, minutes=59) == []

    either_postbox.desk.clock.advance(minutes=1)
    either_postbox.services.telling.reminders.ask_due()
    told = either_postbox.told()

    assert told == dict.fromkeys((_GUEST, _OTHER, _HOST), "The meeting begins in 1 hour.")
    assert _reminded(either_postbox, minutes=1) == []


def test_each_reminder_of_an_event_type_goes_out(postbox: Postbox) -> None:
    _book(postbox, 1440, 60)

    assert set(_reminded(postbox, hours=3)) == {"The meeting begins in 1 day."}
    assert set(_reminded(postbox, hours=23)) == {"The meeting begins in 1 hour."}


def test_a_reminder_that_was_due_before_the_booking_was_made_is_none(postbox: Postbox) -> None:
    _book(postbox, 10_080)

    assert _planned() == []


def test_a_request_has_no_reminders_until_it_is_confirmed(postbox: Postbox) -> None:
    request = _book(postbox, 60, requires_confirmation=True)
    assert _planned() == []

    postbox.desk.confirm(request)
    postbox.work()

    assert _planned() == [(60, at("09:00"))]


def test_a_reminder_moves_with_its_booking(either_postbox: Postbox) -> None:
    booking = _book(either_postbox, 60)
    either_postbox.desk.move(booking, "14:00", Actor.HOST)
    either_postbox.work()

    assert _planned() == [(60, at("13:00"))]
    assert _reminded(either_postbox, days=1, hours=2) == []
    assert len(_reminded(either_postbox, hours=4)) == 3


def test_a_booking_that_moves_away_after_its_reminder_reminds_again(postbox: Postbox) -> None:
    booking = _book(postbox, 60)
    assert len(_reminded(postbox, days=1, hours=2)) == 3
    postbox.desk.move(booking, "2026-11-25 10:00", Actor.HOST)
    postbox.work()

    assert len(_reminded(postbox, days=1)) == 3


def test_a_cancelled_booking_reminds_nobody(either_postbox: Postbox) -> None:
    booking = _book(either_postbox, 60)
    either_postbox.desk.cancel(booking)
    either_postbox.work()

    assert _planned() == []


def test_a_change_that_was_not_told_yet_is_heeded_all_the_same(postbox: Postbox) -> None:
    moved, ended = _book(postbox, 60), _book(postbox, 60, start="12:00", slug="more")
    postbox.desk.clock.advance(days=1, hours=5)
    postbox.desk.move(moved, "2026-11-25 10:00", Actor.HOST)
    postbox.desk.cancel(ended, Actor.HOST)

    postbox.services.telling.reminders.send_due()

    assert {kind for kind, *_ in (*postbox.listed(moved), *postbox.listed(ended))} == {"confirmed"}


def test_a_reminder_that_waits_for_the_mail_server_is_withdrawn_with_its_booking(
    postbox: Postbox,
) -> None:
    booking = _book(postbox, 60)
    postbox.sink.script.answers["RCPT"] = ["450 4.2.0 later"] * 3
    assert _reminded(postbox, days=1, hours=2) == []
    postbox.desk.cancel(booking, Actor.HOST)
    postbox.work(minutes=5)

    states = [state for kind, _, state in postbox.listed(booking) if kind == Kind.REMINDER]
    assert states == ["skipped"] * 3


def test_a_late_reminder_tells_how_long_it_really_is(postbox: Postbox) -> None:
    _book(postbox, 1440)

    assert set(_reminded(postbox, days=1, minutes=30)) == {"The meeting begins in 150 minutes."}


def test_a_reminder_for_what_has_begun_is_none(postbox: Postbox) -> None:
    booking = _book(postbox, 60)

    assert _reminded(postbox, days=1, hours=3) == []
    assert {kind for kind, *_ in postbox.listed(booking)} == {"confirmed"}


def test_bookings_follow_the_reminders_of_their_event_type(postbox: Postbox) -> None:
    booking = _book(postbox, 60)
    assert booking.event_type_id is not None
    postbox.services.event_types.change(
        postbox.desk.host_id, booking.event_type_id, {"reminders_minutes": [30, 120]}
    )
    postbox.work()

    assert _planned() == [(120, at("08:00")), (30, at("09:30"))]


def test_a_reminder_links_to_where_the_booking_is_managed(postbox: Postbox) -> None:
    booking = _book(postbox, 60)
    before = len(postbox.sink.received)
    _reminded(postbox, days=1, hours=2)

    told = {one.recipient: words(one.message) for one in postbox.sink.received[before:]}
    assert booking.manage_url in told[_GUEST]
    assert booking.manage_token not in told[_OTHER] + told[_HOST]


def test_workers_at_the_same_time_remind_once(either_postbox: Postbox) -> None:
    talk = either_postbox.desk.offer(reminders_minutes=[60], seats=50)
    for _ in range(6):
        either_postbox.desk.book(talk, "10:00")
    either_postbox.work()
    before = len(either_postbox.sink.received)
    either_postbox.desk.clock.advance(days=1, hours=2)
    gate = Barrier(4)

    def remind(_: int) -> int:
        with either_postbox.app.app_context():
            gate.wait()
            return either_postbox.services.telling.reminders.send_due()

    with ThreadPoolExecutor(4) as crew:
        taken = list(crew.map(remind, range(4)))
    db.session.remove()
    either_postbox.work()

    assert sum(taken) == 6
    names = Counter(one.message["Message-ID"] for one in either_postbox.sink.received[before:])
    assert len(names) == 12
    assert set(names.values()) == {1}
