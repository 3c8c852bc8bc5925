"""The host moves or deletes a booking's event by hand: on Radicale, at Google, at Microsoft."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from booking.bookings.jobs import LOOK
from booking.bookings.values import Actor
from booking.core.errors import IllegalTransition, SlotUnavailable
from booking.db import reading
from booking.jobs.build import build_runner, handlers
from booking.queue.models import Job
from booking.settings import Settings
from tests.bookings.answering import Story
from tests.bookings.by_hand import DavHand, GoogleHand, Hand, MicrosoftHand
from tests.bookings.desk import Desk, at, occupied

on_radicale = pytest.mark.parametrize("provider", ["radicale"], indirect=True)
"""Marks what is decided alike whichever calendar it is."""


@pytest.fixture(params=["radicale", "google", "microsoft"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hand(request: pytest.FixtureRequest, provider: str) -> Hand:
    """The host's hand in a calendar of each kind."""
    if provider == "google":
        return GoogleHand(sim=request.getfixturevalue("sim"))
    if provider == "microsoft":
        return MicrosoftHand(graph=request.getfixturevalue("graph"))
    return DavHand(account=request.getfixturevalue("radicale_account"))


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings, hand: Hand) -> Settings:
    """Settings whose clouds are simulated."""
    if isinstance(hand, GoogleHand):
        return replace(sqlite_settings, **hand.sim.google_settings)  # type: ignore[arg-type]
    if isinstance(hand, MicrosoftHand):
        return replace(sqlite_settings, **hand.graph.microsoft_settings)  # type: ignore[arg-type]
    return sqlite_settings


@pytest.fixture
def story(desk: Desk, hand: Hand) -> Story:
    calendar = hand.connect(desk)
    desk.services.selection.set_destination(desk.host_id, calendar)
    return Story(desk=desk, hand=hand, calendar=calendar)


def test_a_moved_event_is_asked_about_and_the_booking_follows_when_accepted(story: Story) -> None:
    (booking,) = story.booked("10:00")
    story.hand.move(booking, "14:00", "15:30")

    story.look()

    change = story.asked(booking)
    assert (change.kind, change.start, change.end) == ("moved", at("14:00"), at("15:30"))
    assert story.desk.now(booking).start == at("10:00")

    story.desk.services.answers.accept(booking.uid, host_id=story.desk.host_id)
    story.write()

    moved = story.desk.now(booking)
    assert (moved.start, moved.end, moved.sequence) == (at("14:00"), at("15:30"), 1)
    assert (moved.calendar_change, moved.calendar_state) == (None, "written")
    assert occupied(story.desk.host_id) == [(story.desk.host_id, "14:00", "15:30")]
    assert story.kinds(booking)[-1] == ("rescheduled", "host", True)
    assert story.hand.events() == [("Talk: Guest", "14:00", "15:30")]


def test_a_deleted_event_is_asked_about_and_the_booking_is_cancelled_when_accepted(
    story: Story,
) -> None:
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)

    story.look()

    assert story.asked(booking).kind == "deleted"
    assert story.desk.now(booking).status == "confirmed"

    story.desk.services.answers.accept(booking.uid, host_id=story.desk.host_id)
    story.write()

    view = story.desk.now(booking)
    assert (view.status, view.calendar_change, view.calendar_state) == ("cancelled", None, "none")
    assert story.kinds(booking)[-1] == ("cancelled", "host", True)
    assert story.hand.events() == []


@pytest.mark.parametrize("act", ["move", "delete"])
def test_an_event_is_put_back_when_asked_to(story: Story, act: str) -> None:
    (booking,) = story.booked("10:00")
    story.hand.move(booking, "14:00", "15:00") if act == "move" else story.hand.delete(booking)
    story.look()

    view = story.desk.services.answers.put_back(booking.uid, host_id=story.desk.host_id)
    assert view.calendar_change is not None
    assert view.calendar_change.state == "putting_back"
    story.write()

    assert story.hand.events() == [("Talk: Guest", "10:00", "11:00")]
    view = story.desk.now(booking)
    assert (view.calendar_change, view.calendar_state) == (None, "written")
    assert story.kinds(booking) == [("created", "guest", False)]
    story.look()
    assert story.change(booking) is None


@pytest.mark.parametrize("act", ["move", "delete"])
def test_a_host_who_wants_it_so_has_events_put_back_unasked(story: Story, act: str) -> None:
    story.wish("restore")
    (booking,) = story.booked("10:00")
    story.hand.move(booking, "14:00", "15:00") if act == "move" else story.hand.delete(booking)

    story.look()
    story.write()

    assert story.hand.events() == [("Talk: Guest", "10:00", "11:00")]
    assert story.change(booking) is None
    assert story.kinds(booking) == [("created", "guest", False)]


@pytest.mark.parametrize("act", ["move", "delete"])
def test_a_change_is_followed_after_two_minutes_of_grace(story: Story, act: str) -> None:
    story.wish("follow")
    (booking,) = story.booked("10:00")
    story.hand.move(booking, "14:00", "15:00") if act == "move" else story.hand.delete(booking)

    story.look()
    change = story.change(booking)
    assert change is not None
    assert change.state == "following"
    story.later(minutes=1)
    assert story.desk.now(booking).start == at("10:00")
    assert story.desk.now(booking).status == "confirmed"

    story.later(minutes=1)
    story.write()

    view = story.desk.now(booking)
    followed = ("rescheduled", "host", True) if act == "move" else ("cancelled", "host", True)
    assert story.kinds(booking)[-1] == followed
    assert (view.status, view.start) == (
        ("confirmed", at("14:00")) if act == "move" else ("cancelled", at("10:00"))
    )
    assert story.hand.events() == ([("Talk: Guest", "14:00", "15:00")] if act == "move" else [])


def test_a_move_that_is_undone_within_the_grace_changes_nothing(story: Story) -> None:
    story.wish("follow")
    (booking,) = story.booked("10:00")
    story.hand.move(booking, "14:00", "15:00")
    story.look()

    story.hand.move(booking, "10:00", "11:00")
    story.later(minutes=2)

    assert story.change(booking) is None
    assert story.kinds(booking) == [("created", "guest", False)]


# Graph gives an event that is restored from the bin another id, so there it is put back instead.
@pytest.mark.parametrize("provider", ["radicale", "google"], indirect=True)
def test_a_deletion_that_is_undone_by_hand_is_forgotten(story: Story) -> None:
    story.wish("follow")
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)
    story.look()

    story.hand.undo_delete(booking)
    story.later(minutes=2)

    assert story.change(booking) is None
    assert story.desk.now(booking).status == "confirmed"
    story.desk.move(booking, "16:00")
    story.write()
    assert story.hand.events() == [("Talk: Guest", "16:00", "17:00")]


@on_radicale
def test_a_change_put_back_within_the_grace_is_not_followed(story: Story) -> None:
    story.wish("follow")
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)
    story.look()

    story.desk.services.answers.put_back(booking.uid, host_id=story.desk.host_id)
    story.write()
    story.later(minutes=15)

    assert story.hand.events() == [("Talk: Guest", "10:00", "11:00")]
    assert story.kinds(booking) == [("created", "guest", False)]


def test_a_new_title_is_the_hosts_and_stays_when_the_booking_moves(story: Story) -> None:
    (booking,) = story.booked("10:00")
    story.hand.rename(booking, "Mine")

    story.look()
    assert story.change(booking) is None
    story.desk.move(booking, "16:00")
    story.write()

    assert story.hand.events() == [("Mine", "16:00", "17:00")]


@on_radicale
def test_a_title_of_the_hosts_stays_when_the_event_is_put_back(story: Story) -> None:
    (booking,) = story.booked("10:00")
    story.hand.rename(booking, "Mine")
    story.hand.move(booking, "14:00", "15:00")
    story.look()

    story.desk.services.answers.put_back(booking.uid, host_id=story.desk.host_id)
    story.write()

    assert story.hand.events() == [("Mine", "10:00", "11:00")]


@on_radicale
def test_a_move_onto_another_booking_is_refused_with_the_cause(story: Story) -> None:
    booking, other = story.booked("10:00", "14:00")
    story.hand.move(booking, "13:30", "14:30")
    story.look()

    with pytest.raises(SlotUnavailable, match="Another booking"):
        story.desk.services.answers.accept(booking.uid, host_id=story.desk.host_id)

    assert story.asked(booking).reason == "Another booking or request takes this time."
    assert story.desk.now(booking).start == at("10:00")
    assert story.desk.now(other).start == at("14:00")


@on_radicale
def test_nothing_is_followed_onto_another_booking(story: Story) -> None:
    story.wish("follow")
    booking, _ = story.booked("10:00", "14:00")
    story.hand.move(booking, "13:30", "14:30")
    story.look()

    story.later(minutes=2)

    assert story.asked(booking).reason == "Another booking or request takes this time."
    assert story.desk.now(booking).start == at("10:00")


@on_radicale
@pytest.mark.parametrize("wish", ["ask", "follow", "restore"])
def test_more_than_three_deletions_at_once_are_asked_about(story: Story, wish: str) -> None:
    story.wish(wish)
    bookings = story.booked("09:00", "10:00", "11:00", "12:00")
    for booking in bookings:
        story.hand.delete(booking)

    story.look()
    story.later(minutes=15)

    assert [story.asked(booking).kind for booking in bookings] == ["deleted"] * 4
    assert {story.desk.now(booking).status for booking in bookings} == {"confirmed"}


@on_radicale
def test_the_guest_who_moves_on_overtakes_what_the_host_did(story: Story) -> None:
    (booking,) = story.booked("10:00")
    story.hand.delete(booking)
    story.look()

    story.desk.move(booking, "16:00")
    assert story.change(booking) is None
    story.write()

    assert story.hand.events() == [("Talk: Guest", "16:00", "17:00")]
    story.look()
    assert story.change(booking) is None


@on_radicale
def test_nothing_waits_where_nothing_was_changed(story: Story) -> None:
    (booking,) = story.booked("10:00")
    story.look()

    answers = story.desk.services.answers
    for answer in (answers.accept, answers.put_back):
        with pytest.raises(IllegalTransition):
            answer(booking.uid, host_id=story.desk.host_id)


pushing = pytest.mark.parametrize("provider", ["google", "microsoft"], indirect=True)


def _push(app: Flask, story: Story) -> int:
    """Let the provider announce a change; return how many looks were taken at once."""
    handlers(story.desk.services)["calendars.hint"]({"calendar_id": story.calendar})
    return _look_where_due(app)


def _look_where_due(app: Flask) -> int:
    with reading() as session:
        looks = set(session.scalars(select(Job.id).where(Job.kind == LOOK)))
    runner = build_runner(app)
    return sum(runner.run(job_id) for job_id in looks & set(runner.due()))


@pushing
def test_a_push_about_a_calendar_that_only_receives_bookings_is_followed(
    app: Flask, story: Story
) -> None:
    (booking,) = story.booked("10:00")
    story.desk.clock.advance(minutes=1)
    story.hand.move(booking, "14:00", "15:30")

    assert _push(app, story) == 1

    assert story.asked(booking).start == at("14:00")


@pushing
def test_pushes_have_a_calendar_looked_at_once_a_minute(app: Flask, story: Story) -> None:
    (booking,) = story.booked("10:00")
    story.desk.clock.advance(minutes=1)
    assert _push(app, story) == 1
    story.hand.delete(booking)

    assert [_push(app, story) for _ in range(3)] == [0, 0, 0]
    story.desk.clock.advance(minutes=1)

    assert _look_where_due(app) == 1
    assert story.asked(booking).kind == "deleted"


@pushing
def test_a_push_about_a_calendar_without_bookings_to_come_asks_for_nothing(
    app: Flask, story: Story
) -> None:
    (booking,) = story.booked("10:00")
    story.desk.services.bookings.cancel(booking.uid, Actor.HOST, host_id=story.desk.host_id)
    story.write()

    assert _push(app, story) == 0
