"""A worker that dies between two commits: the next one ends what it began, once.

One story dies at every even commit, the other at every odd one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import event

from booking.bookings.values import BookingView
from booking.core.instants import DAY, Instant
from booking.db import db
from tests.bookings.answering import Story
from tests.bookings.by_hand import DavHand
from tests.bookings.desk import Desk, at
from tests.servers.dav import DavAccount


class Dead(BaseException):
    """The process is no more: it asks its database nothing."""


@contextmanager
def dying_after(commits: int) -> Iterator[None]:
    """Let the process die at its n-th commit, once that is done: not even its leases end."""
    done = 0

    def on_commit(_connection: object) -> None:
        nonlocal done
        done += 1

    def on_begin(_connection: object) -> None:
        if done >= commits:
            raise Dead

    event.listen(db.engine, "commit", on_commit)
    event.listen(db.engine, "begin", on_begin)
    try:
        yield
    finally:
        event.remove(db.engine, "commit", on_commit)
        event.remove(db.engine, "begin", on_begin)


@pytest.fixture
def story(desk: Desk, radicale_account: DavAccount) -> Story:
    hand = DavHand(account=radicale_account)
    calendar = hand.connect(desk)
    desk.services.selection.set_destination(desk.host_id, calendar)
    return Story(desk=desk, hand=hand, calendar=calendar)


def _work(story: Story) -> None:
    """Do what is due: look, follow, write."""
    services = story.desk.services
    if services.lookout.ask_due():
        services.lookout.look(story.calendar)
    services.booking_writer.write(story.calendar)


def _booked(story: Story, event_type: int, turn: int) -> BookingView:
    day, hour = divmod(turn, 8)
    start = at("2026-12-01 09:00") + day * DAY + hour * 3600
    booking = story.desk.book(event_type, Instant(start))
    story.write()
    story.desk.services.lookout.ask_due()
    return booking


def _try_to_die(story: Story, commits: int) -> bool:
    """Work until death; tell whether it came. Then wait until the dead worker's leases end."""
    try:
        with dying_after(commits):
            _work(story)
    except Dead:
        story.desk.clock.advance(minutes=16)
        return True
    return False


def test_a_deleted_event_is_put_back_once_whenever_the_worker_dies(story: Story) -> None:
    story.wish("restore")
    talk = story.desk.offer()
    for turn in count(1):
        booking = _booked(story, talk, turn)
        story.hand.delete(booking)
        story.desk.clock.advance(minutes=15)

        has_died = _try_to_die(story, 2 * turn)
        _work(story)

        assert len(story.hand.events()) == turn
        assert story.change(booking) is None
        assert story.kinds(booking) == [("created", "guest", False)]
        if not has_died:
            break
        story.desk.clock.advance(hours=2)
    assert turn > 4


def test_a_deletion_is_followed_once_whenever_the_worker_dies(story: Story) -> None:
    story.wish("follow")
    talk = story.desk.offer()
    for turn in count(1):
        booking = _booked(story, talk, turn)
        story.hand.delete(booking)
        story.desk.clock.advance(minutes=15)
        _work(story)
        story.desk.clock.advance(minutes=2)

        has_died = _try_to_die(story, 2 * turn - 1)
        _work(story)

        assert story.hand.events() == []
        assert story.kinds(booking)[1:] == [("cancelled", "host", True)]
        if not has_died:
            break
        story.desk.clock.advance(hours=2)
    assert turn > 3
