"""A booking, its claim, its work and its stored answer are one transaction."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from booking.bookings.values import BookingView
from booking.queue.models import JobState
from tests.bookings.desk import Desk, at, bookings, claims, jobs


class AnswerLostError(Exception):
    """The answer could not be stored."""


def _fail(session: Session, view: BookingView) -> None:
    raise AnswerLostError


def test_a_booking_and_its_work_are_written_together(either_desk: Desk) -> None:
    calendar = either_desk.put_calendar(receives=True)

    booking = either_desk.book(either_desk.offer(), "10:00")

    assert booking.calendar_state == "pending"
    (job,) = jobs()
    assert (job.payload, job.state) == ({"calendar_id": calendar}, JobState.READY)
    assert job.due_at == either_desk.clock.now()


def test_nothing_stays_where_the_answer_cannot_be_stored(either_desk: Desk) -> None:
    either_desk.put_calendar(receives=True)
    talk = either_desk.offer()

    with pytest.raises(AnswerLostError):
        either_desk.book(talk, "10:00", store_answer=_fail)

    assert (bookings(), claims(), jobs()) == ([], [], [])
    assert "10:00" in either_desk.starts(talk)


def test_a_hold_survives_a_booking_that_was_rolled_back(either_desk: Desk) -> None:
    talk = either_desk.offer()
    hold = either_desk.services.holds.place(talk, at("10:00"))

    with pytest.raises(AnswerLostError):
        either_desk.book(talk, "10:00", hold_id=hold.hold_id, store_answer=_fail)

    assert either_desk.services.holds.renew(hold.hold_id).start == hold.start


def test_what_is_stored_with_a_booking_is_what_its_guest_is_told(desk: Desk) -> None:
    stored: list[BookingView] = []

    def keep(session: Session, view: BookingView) -> None:
        stored.append(view)

    told = desk.book(desk.offer(), "10:00", store_answer=keep)

    assert stored == [told]


def test_several_changes_of_one_calendar_are_one_job(desk: Desk) -> None:
    desk.put_calendar(receives=True)
    talk = desk.offer()
    booking = desk.book(talk, "10:00")
    desk.book(talk, "12:00")

    desk.move(booking, "14:00")
    desk.cancel(booking)

    assert len(jobs()) == 1


def test_an_event_types_own_destination_goes_before_the_hosts(desk: Desk) -> None:
    desk.put_calendar(receives=True)
    own = desk.put_calendar(selected=False)

    desk.book(desk.offer(destination_calendar_id=own), "10:00")

    assert [job.payload["calendar_id"] for job in jobs()] == [own]


def test_without_a_destination_there_is_no_work(desk: Desk) -> None:
    desk.put_calendar()

    booking = desk.book(desk.offer(), "10:00")

    assert (booking.calendar_state, jobs()) == ("none", [])
