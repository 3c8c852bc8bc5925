"""Bookings in a real calendar: written, moved, removed, and never twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from booking.bookings.jobs import WRITE
from booking.bookings.writer import CalendarBusy
from booking.calendars.link_models import SyncPair
from booking.core.errors import ProviderError
from booking.db import reading, writing
from booking.jobs.build import build_runner
from booking.queue.models import Job
from tests.bookings.desk import Desk
from tests.bookings.mirrored import Mirrored, connect
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, in_front_of
from tests.servers.scripted import Reply, Request


@pytest.fixture
def mirrored(desk: Desk, radicale_account: DavAccount) -> Iterator[Mirrored]:
    with in_front_of(radicale_account.base_url) as proxy:
        yield connect(desk, radicale_account, proxy)


@pytest.fixture
def either_mirrored(either_desk: Desk, radicale_account: DavAccount) -> Iterator[Mirrored]:
    with in_front_of(radicale_account.base_url) as proxy:
        yield connect(either_desk, radicale_account, proxy)


def test_a_booking_stands_in_the_calendar_with_its_guest(either_mirrored: Mirrored) -> None:
    desk = either_mirrored.desk
    booking = desk.book(desk.offer(), "10:00")
    assert either_mirrored.state(booking) == ("pending", None)

    either_mirrored.write()

    (text,) = either_mirrored.texts()
    assert f"UID:{booking.ical_uid}" in text
    assert "SUMMARY:Talk: Guest" in text
    assert "guest@example.test" in text
    assert either_mirrored.state(booking) == ("written", None)


@pytest.mark.parametrize("meanwhile", ["made", "moved"])
def test_what_comes_up_during_a_write_is_written_right_after_it(
    app: Flask, mirrored: Mirrored, meanwhile: str
) -> None:
    desk, forward = mirrored.desk, mirrored.proxy.script
    talk = desk.offer()
    bookings = [desk.book(talk, "10:00")]

    def interrupted(request: Request) -> Reply:
        if request.method == "PUT":
            mirrored.proxy.script = forward
            with app.app_context():
                if meanwhile == "made":
                    bookings.append(desk.book(talk, "12:00"))
                else:
                    desk.move(bookings[0], "12:00")
        return forward(request)

    mirrored.proxy.script = interrupted
    runner = build_runner(app)
    with reading() as session:
        job_id = session.scalars(select(Job.id).where(Job.kind == WRITE)).one()

    assert [runner.run(job_id) for _ in range(3)] == [True, True, False]
    assert {mirrored.state(booking) for booking in bookings} == {("written", None)}
    assert any("T120000" in text for text in mirrored.texts())
    assert len(mirrored.texts()) == len(bookings)


def test_nobody_is_invited_by_the_calendar_server(mirrored: Mirrored) -> None:
    mirrored.desk.book(mirrored.desk.offer(), "10:00")

    mirrored.write()

    (text,) = mirrored.texts()
    attendees = [line for line in text.splitlines() if line.startswith("ATTENDEE")]
    assert attendees
    assert all("SCHEDULE-AGENT=CLIENT" in line for line in attendees)


def test_a_moved_booking_moves_its_event_and_raises_the_sequence(
    either_mirrored: Mirrored,
) -> None:
    desk = either_mirrored.desk
    booking = desk.book(desk.offer(), "10:00")
    either_mirrored.write()

    desk.move(booking, "14:00")
    either_mirrored.write()

    (text,) = either_mirrored.texts()
    assert "T140000" in text
    assert "SEQUENCE:1" in text
    assert f"UID:{booking.ical_uid}" in text


def test_a_cancelled_booking_leaves_the_calendar(either_mirrored: Mirrored) -> None:
    desk = either_mirrored.desk
    booking = desk.book(desk.offer(), "10:00")
    either_mirrored.write()

    desk.cancel(booking)
    either_mirrored.write()

    assert either_mirrored.texts() == []
    assert either_mirrored.state(booking) == ("none", None)


def test_a_booking_cancelled_before_it_was_written_never_appears(mirrored: Mirrored) -> None:
    booking = mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.desk.cancel(booking)

    mirrored.write()

    assert mirrored.texts() == []
    assert mirrored.state(booking) == ("none", None)


def test_the_hosts_own_events_are_left_alone(mirrored: Mirrored) -> None:
    own = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:own\r\n"
        "DTSTAMP:20261121T000000Z\r\nDTSTART:20261124T100000Z\r\nSUMMARY:Own\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )
    mirrored.account.put(mirrored.url, "own.ics", own)
    booking = mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.write()

    mirrored.desk.cancel(booking)
    mirrored.write()

    assert ["SUMMARY:Own" in text for text in mirrored.texts()] == [True]


def test_a_private_event_type_writes_private_events(mirrored: Mirrored) -> None:
    mirrored.desk.book(mirrored.desk.offer(visibility="private"), "10:00")

    mirrored.write()

    assert "CLASS:PRIVATE" in mirrored.texts()[0]


def test_nothing_to_write_asks_the_server_nothing(mirrored: Mirrored) -> None:
    mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.write()
    mirrored.proxy.clear()

    mirrored.write()

    assert mirrored.proxy.methods() == []


def test_writing_one_booking_reads_no_list(mirrored: Mirrored) -> None:
    mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.proxy.clear()

    mirrored.write()

    assert set(mirrored.proxy.methods()) <= {"PUT", "GET"}


@pytest.mark.parametrize("status", [500, 503, 403, 507])
def test_a_refused_write_is_shown_and_made_up_for(mirrored: Mirrored, status: int) -> None:
    booking = mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.proxy.inject(Action.STATUS, "PUT", status=status)

    with pytest.raises(ProviderError):
        mirrored.write()
    state, error = mirrored.state(booking)
    assert state == "failing"
    assert error
    mirrored.proxy.clear()
    mirrored.desk.clock.advance(hours=1)
    mirrored.write()

    assert len(mirrored.texts()) == 1
    assert mirrored.state(booking) == ("written", None)


@pytest.mark.parametrize("step", ["book", "move", "cancel"])
def test_a_lost_answer_is_settled_by_looking(either_mirrored: Mirrored, step: str) -> None:
    desk = either_mirrored.desk
    booking = desk.book(desk.offer(), "10:00")
    if step != "book":
        either_mirrored.write()
        desk.move(booking, "14:00") if step == "move" else desk.cancel(booking)
    either_mirrored.proxy.inject(Action.DROP_AFTER_WRITE, "PUT", "DELETE", times=1)

    with pytest.raises(ProviderError):
        either_mirrored.write()
    desk.clock.advance(minutes=10)
    either_mirrored.write()

    assert len(either_mirrored.texts()) == (0 if step == "cancel" else 1)
    assert either_mirrored.state(booking)[0] == ("none" if step == "cancel" else "written")


def test_one_worker_at_a_time_writes_to_a_calendar(mirrored: Mirrored) -> None:
    mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.write()
    mirrored.desk.book(mirrored.desk.offer(slug="more"), "12:00")
    with writing() as session:
        until = mirrored.desk.clock.now().replace(hour=8)
        session.execute(update(SyncPair).values(lease_owner="elsewhere/1", lease_until=until))

    with pytest.raises(CalendarBusy):
        mirrored.write()
    mirrored.desk.clock.advance(hours=2)
    mirrored.write()

    assert len(mirrored.texts()) == 2


def test_what_could_not_be_written_for_days_says_so(mirrored: Mirrored) -> None:
    booking = mirrored.desk.book(mirrored.desk.offer(), "10:00")

    mirrored.services.booking_writer.give_up(mirrored.calendar, "The server was away.")

    assert mirrored.state(booking) == ("dead", "The server was away.")


def test_the_next_change_of_a_given_up_booking_tries_again(mirrored: Mirrored) -> None:
    booking = mirrored.desk.book(mirrored.desk.offer(), "10:00")
    mirrored.services.booking_writer.give_up(mirrored.calendar, "The server was away.")

    mirrored.desk.move(booking, "14:00")
    mirrored.write()

    assert mirrored.state(booking) == ("written", None)
