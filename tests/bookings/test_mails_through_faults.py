"""The life of a booking told through a mail server that misbehaves: all of it, once, in order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from booking.bookings.values import Actor, BookingView
from tests.bookings.postbox import Postbox
from tests.mail.scene import FollowingCalendar
from tests.servers.smtp_sink import Script

_GUEST = "guest@example.test"


def _live(postbox: Postbox) -> BookingView:
    """Request, confirm, move, move, cancel, a minute apart, whatever becomes of the mails."""
    desk = postbox.desk
    request = desk.book(desk.offer(requires_confirmation=True), "10:00")
    postbox.work()
    steps: list[Callable[[], object]] = [
        lambda: desk.confirm(request),
        lambda: desk.move(request, "14:00", Actor.HOST),
        lambda: desk.move(request, "15:00", Actor.HOST),
        lambda: desk.cancel(request),
    ]
    for step in steps:
        step()
        postbox.work(minutes=1)
    for _ in range(8):
        postbox.work(minutes=30)
    return request


def _scripts() -> dict[str, Script]:
    later = ["451 4.3.0 later"] * 4
    return {
        "works": Script(),
        "drops after DATA": Script(drops=3),
        "greylists": Script(greylists=True),
        "delays": Script(delay=0.05),
        "puts off": Script(answers={"RCPT": list(later), "BODY": list(later)}),
        "goes down": Script(answers={"MAIL": ["421 4.3.2 going down"] * 3}),
    }


@pytest.mark.parametrize("fault", sorted(_scripts()))
def test_nothing_is_lost_or_renamed_and_a_following_calendar_ends_empty(
    postbox: Postbox, fault: str
) -> None:
    postbox.sink.script = _scripts()[fault]

    booking = _live(postbox)

    told = [one for one in postbox.sink.received if one.recipient == _GUEST]
    names = list(dict.fromkeys(str(one.message["Message-ID"]) for one in told))
    kinds = [kind for kind, to, _ in postbox.listed(booking) if to == _GUEST]
    assert kinds == ["requested", "confirmed", "rescheduled", "rescheduled", "cancelled"]
    assert len(names) == len(kinds)
    assert {state for *_, state in postbox.listed(booking)} == {"sent"}
    calendar, counts = FollowingCalendar(), []
    for one in told:
        calendar.read(one.message)
        counts.append(len(calendar.events))
    assert max(counts) == 1
    assert counts[-1] == 0


def test_a_mail_waits_for_those_before_it_and_no_others(postbox: Postbox) -> None:
    desk = postbox.desk
    talk = desk.offer()
    stuck = desk.book(talk, "10:00")
    postbox.sink.script.answers["RCPT"] = ["450 4.2.0 later"]
    postbox.work()
    desk.move(stuck, "14:00", Actor.HOST)
    desk.book(talk, "11:00")

    told = [str(one.message["Subject"]) for one in postbox.work() if one.recipient == _GUEST]

    assert told == ["Talk, Tue 24 November, 11:00 UTC"]


def test_a_mail_that_is_refused_for_good_keeps_none_waiting(postbox: Postbox) -> None:
    desk = postbox.desk
    booking = desk.book(desk.offer(), "10:00")
    postbox.sink.script.answers["RCPT"] = ["550 5.1.1 no such mailbox"]
    postbox.work()
    desk.move(booking, "14:00", Actor.HOST)

    assert _GUEST in {one.recipient for one in postbox.work()}
