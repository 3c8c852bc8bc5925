"""A host whose last time is taken is told, once a day, and not where times are hidden."""

from __future__ import annotations

from tests.bookings.postbox import Postbox

_HOST = "some@example.test"
_TUESDAY = {"window": {"type": "range", "start_date": "2026-11-24", "end_date": "2026-11-24"}}


def _told_full(postbox: Postbox, **later: float) -> int:
    arrived = postbox.work(**later)
    subjects = [str(one.message["Subject"]) for one in arrived if one.recipient == _HOST]
    return subjects.count("Needs your attention: Talk")


def test_the_last_time_of_an_event_type_is_told_and_no_other(either_postbox: Postbox) -> None:
    desk = either_postbox.desk
    talk = desk.offer(duration_minutes=240, **_TUESDAY)
    first, last = desk.starts(talk)[0], desk.starts(talk)[-1]

    desk.book(talk, first)
    assert _told_full(either_postbox) == 0
    desk.book(talk, last)
    assert _told_full(either_postbox) == 1


def test_it_is_told_once_a_day(postbox: Postbox) -> None:
    desk = postbox.desk
    talk = desk.offer(duration_minutes=480, **_TUESDAY)
    booking = desk.book(talk, "09:00")
    assert _told_full(postbox) == 1

    desk.cancel(booking)
    desk.book(talk, "09:00")
    assert _told_full(postbox) == 0


def test_a_hidden_event_type_is_full_in_silence(postbox: Postbox) -> None:
    desk = postbox.desk
    desk.book(desk.offer(duration_minutes=480, hidden=True, **_TUESDAY), "09:00")

    assert _told_full(postbox) == 0


def test_an_event_type_that_is_gone_is_no_ones_trouble(postbox: Postbox) -> None:
    desk = postbox.desk
    talk = desk.offer(duration_minutes=480, **_TUESDAY)
    desk.book(talk, "09:00")
    desk.services.event_types.delete(desk.host_id, talk)

    assert _told_full(postbox) == 0
    assert not desk.services.telling.full.look(talk)
