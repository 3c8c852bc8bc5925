"""Each change of a booking is told by mail to everybody it concerns."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
import vobject
from sqlalchemy import update

from booking.bookings.models import Booking
from booking.bookings.values import Actor, BookingView, Guest
from booking.core.errors import Conflict, NotFound
from booking.core.instants import from_instant
from booking.db import writing
from booking.eventtypes.models import EventType
from tests.bookings.desk import at
from tests.bookings.postbox import Postbox, headline, invitation, words
from tests.mail.scene import FollowingCalendar, parts_of

_GUEST, _OTHER, _HOST = "guest@example.test", "other@example.test", "some@example.test"


def _to(postbox: Postbox, address: str) -> list[EmailMessage]:
    return [one.message for one in postbox.sink.received if one.recipient == address]


def _book(postbox: Postbox, start: str = "10:00", **fields: object) -> BookingView:
    desk = postbox.desk
    return desk.book(desk.offer(**fields), start, additional_guests=(_OTHER,))


def test_a_booking_is_told_to_everybody(either_postbox: Postbox) -> None:
    booking = _book(either_postbox)

    assert either_postbox.told() == {
        _GUEST: "Your booking is confirmed.",
        _OTHER: "You are invited to a meeting.",
        _HOST: "You have a new booking.",
    }
    assert either_postbox.listed(booking) == [
        ("confirmed", _GUEST, "sent"),
        ("confirmed", _OTHER, "sent"),
        ("confirmed", _HOST, "sent"),
    ]
    assert either_postbox.told() == {}


def test_guests_are_invited_and_hosts_are_not(postbox: Postbox) -> None:
    booking = _book(postbox)
    postbox.work()

    (to_guest,), (to_host,) = _to(postbox, _GUEST), _to(postbox, _HOST)
    found = invitation(to_guest)
    assert found is not None
    assert (found["method"], found["uid"], found["sequence"]) == ("REQUEST", booking.ical_uid, 0)
    assert found["organizer"] == "mailto:booking@book.example"
    assert "booking@book.example" in str(to_guest["From"])
    assert invitation(to_host) is None


def test_two_independent_parsers_read_the_same_invitation(postbox: Postbox) -> None:
    booking = _book(postbox)
    postbox.work()
    (to_guest,) = _to(postbox, _GUEST)
    (body,) = parts_of(to_guest, "text/calendar")
    event = vobject.readOne(body).vevent

    found = invitation(to_guest)
    assert found is not None
    assert event.uid.value == found["uid"] == booking.ical_uid
    assert event.dtstart.value == found["start"] == from_instant(booking.start)
    assert (event.summary.value, event.organizer.value) == (found["title"], found["organizer"])
    assert (int(event.sequence.value), event.status.value) == (0, found["status"])


def test_the_guests_link_goes_to_the_guest_alone(postbox: Postbox) -> None:
    booking = _book(postbox)
    postbox.work()

    (to_guest,), (to_other,) = _to(postbox, _GUEST), _to(postbox, _OTHER)
    (to_host,) = _to(postbox, _HOST)
    assert booking.manage_url in words(to_guest)
    assert booking.manage_token not in words(to_other) + words(to_host)
    assert f"https://book.example/bookings/{booking.uid}" in words(to_host)


def test_a_request_is_told_and_invites_nobody_until_it_is_confirmed(
    either_postbox: Postbox,
) -> None:
    request = _book(either_postbox, requires_confirmation=True)
    assert either_postbox.told() == {
        _GUEST: "Your request was sent.",
        _HOST: "A guest asks for a time.",
    }
    assert invitation(_to(either_postbox, _GUEST)[0]) is None

    either_postbox.desk.confirm(request)

    assert either_postbox.told() == {
        _GUEST: "Your booking is confirmed.",
        _OTHER: "You are invited to a meeting.",
        _HOST: "You have a new booking.",
    }
    assert invitation(_to(either_postbox, _GUEST)[1]) is not None


def test_a_request_shows_its_host_the_day_around_it(postbox: Postbox) -> None:
    desk = postbox.desk
    calendar = desk.put_calendar()
    desk.put_busy(calendar, at("12:00"), at("13:00"))
    desk.book(desk.offer(), "15:00")
    desk.book(desk.offer(slug="other"), "2026-11-25 09:00")
    _book(postbox, requires_confirmation=True, slug="asked")
    postbox.work()

    told = words(_to(postbox, _HOST)[-1])
    assert "That day: 12:00 \u2013 13:00 Busy\n  15:00 \u2013 16:00 Talk: Guest\n" in told
    assert "09:00" not in told


@pytest.mark.parametrize("blocks", [True, False])
def test_tentative_times_stand_in_that_day_where_they_block(postbox: Postbox, blocks: bool) -> None:
    desk = postbox.desk
    desk.put_busy(desk.put_calendar(), at("12:00"), at("13:00"), is_tentative=True)
    (chosen,) = desk.services.selection.list(desk.host_id)
    desk.services.selection.change(desk.host_id, chosen.id, blocks)

    _book(postbox, requires_confirmation=True)
    postbox.work()

    assert ("12:00 \u2013 13:00 Busy" in words(_to(postbox, _HOST)[-1])) == blocks


def test_a_declined_request_is_told_to_its_guest_with_reason_and_other_times(
    postbox: Postbox,
) -> None:
    request = _book(postbox, requires_confirmation=True, slug="talk")
    postbox.work()
    postbox.desk.decline(request)

    (received,) = postbox.work()
    assert received.recipient == _GUEST
    told = words(received.message)
    assert "No time" in told
    assert "https://book.example/some/talk" in told


def test_where_only_private_links_lead_no_mail_names_the_page(postbox: Postbox) -> None:
    request = _book(postbox, requires_confirmation=True, slug="talk")
    postbox.work()
    with writing() as session:
        session.execute(update(EventType).values(private_links_only=True))
    postbox.desk.decline(request)

    (received,) = postbox.work()
    assert "/talk" not in words(received.message)
    assert "Other times" not in words(received.message)


def test_an_unanswered_request_is_told_to_guest_and_host(postbox: Postbox) -> None:
    _book(postbox, requires_confirmation=True)
    postbox.work()
    postbox.desk.clock.advance(hours=30)
    postbox.services.bookings.expire_requests()

    assert postbox.told() == {
        _GUEST: "Your request was not answered in time.",
        _HOST: "A request ended without an answer from you.",
    }


def test_a_move_tells_the_old_and_the_new_time_on_everybodys_clocks(postbox: Postbox) -> None:
    postbox.speak(postbox.desk, "de", "Europe/Berlin")
    booking = _book(postbox)
    postbox.work()
    postbox.desk.move(booking, "14:00", Actor.HOST)
    postbox.work()

    to_guest, to_host = words(_to(postbox, _GUEST)[1]), words(_to(postbox, _HOST)[1])
    assert "10:00 \u2013 11:00 (UTC+00:00, UTC)" in to_guest
    assert "14:00 \u2013 15:00 (UTC+00:00, UTC)" in to_guest
    assert "11:00 \u2013 12:00 (UTC+01:00, Europe/Berlin)" in to_host
    assert "15:00 \u2013 16:00 (UTC+01:00, Europe/Berlin)" in to_host
    assert to_host.startswith("Eine Buchung")


def test_a_cancellation_tells_who_and_why_and_withdraws_the_invitation(postbox: Postbox) -> None:
    booking = _book(postbox)
    postbox.work()
    postbox.desk.cancel(booking, Actor.HOST)

    told = {one.recipient: one.message for one in postbox.work()}
    assert set(told) == {_GUEST, _OTHER, _HOST}
    assert "Ill" in words(told[_GUEST])
    for address in (_GUEST, _OTHER):
        found = invitation(told[address])
        assert found is not None
        assert (found["method"], found["status"]) == ("CANCEL", "CANCELLED")


def test_what_a_guest_typed_reaches_no_third_party(postbox: Postbox) -> None:
    desk = postbox.desk
    asked = [{"key": "topic", "label": "Topic", "type": "text", "required": False}]
    booking = desk.book(
        desk.offer(questions=asked),
        "10:00",
        guest=Guest(name="Typed-name", email=_GUEST),
        answers={"topic": "typed-answer"},
        additional_guests=(_OTHER,),
    )
    postbox.work()
    postbox.services.bookings.cancel(booking.uid, Actor.GUEST, "typed-reason")
    postbox.work()

    for address in (_GUEST, _OTHER):
        assert "yped" not in "".join(message.as_string() for message in _to(postbox, address))
    assert "typed-answer" in words(_to(postbox, _HOST)[0])
    assert "typed-reason" in words(_to(postbox, _HOST)[1])


def test_a_new_host_the_old_one_and_the_guest_hear_of_it(either_postbox: Postbox) -> None:
    desk = either_postbox.desk
    hosts = desk.colleagues(2)
    talk = desk.offer(slug="turns")
    desk.share(talk, "round_robin", hosts, {"priority": 4}, {"priority": 0})
    booking = desk.book(talk, "10:00")
    either_postbox.work()

    desk.services.bookings.reassign(booking.uid, host_id=desk.host_id)

    assert either_postbox.told() == {
        _GUEST: "Your booking has a new host.",
        "host2@example.test": "A booking is yours now.",
        _HOST: "A booking was given to another host.",
    }


def test_every_host_of_a_collective_is_told(postbox: Postbox) -> None:
    desk = postbox.desk
    hosts = desk.colleagues(3)
    talk = desk.offer(slug="all")
    desk.share(talk, "collective", hosts)
    desk.book(talk, "10:00")

    told = postbox.told()
    assert set(told) == {_GUEST, _HOST, "host2@example.test", "host3@example.test"}


def test_a_series_is_one_mail_to_the_host_and_an_invitation_for_each_time(
    postbox: Postbox,
) -> None:
    weekly = {"frequency": "weekly", "interval": 1, "max_count": 12}
    desk = postbox.desk
    desk.book(desk.offer(recurrence=weekly), "10:00", recurrence_count=12)
    postbox.work()

    (to_host,) = _to(postbox, _HOST)
    to_guest = _to(postbox, _GUEST)
    assert words(to_host).count("10:00 \u2013 11:00") == 13
    invited = [invitation(message) for message in to_guest]
    assert len({each["uid"] for each in invited if each is not None}) == 12


def test_guests_of_one_seated_time_do_not_learn_of_each_other(postbox: Postbox) -> None:
    desk = postbox.desk
    talk = desk.offer(seats=3)
    desk.book(talk, "10:00")
    desk.book(talk, "10:00", guest=Guest(name="Second", email="second@example.test"))
    postbox.work()

    (to_first,), (to_second,) = _to(postbox, _GUEST), _to(postbox, "second@example.test")
    assert "second" not in to_first.as_string().lower()
    assert _GUEST not in to_second.as_string()
    assert len(_to(postbox, _HOST)) == 2


def test_what_guests_do_is_limited_for_an_unconfirmed_address_and_what_hosts_do_is_told(
    postbox: Postbox,
) -> None:
    booking = postbox.desk.book(postbox.desk.offer(), "10:00")
    for number in range(10):
        postbox.desk.move(booking, ("14:00", "15:00")[number % 2])
    postbox.work()
    assert len(_to(postbox, _GUEST)) == 10
    assert [state for _, to, state in postbox.listed(booking) if to == _GUEST][-1] == "skipped"

    postbox.desk.cancel(booking, Actor.HOST)
    postbox.work()

    found = invitation(_to(postbox, _GUEST)[-1])
    assert found is not None
    assert found["method"] == "CANCEL"


def test_nobody_writes_to_a_guest_who_was_erased(postbox: Postbox) -> None:
    booking = postbox.desk.book(postbox.desk.offer(), "10:00")
    with writing() as session:
        session.execute(update(Booking).values(erased_at=postbox.desk.clock.now()))

    assert set(postbox.told()) == {_HOST}
    assert [to for _, to, _ in postbox.listed(booking)] == [_HOST]


def test_a_no_show_is_nobodys_mail(postbox: Postbox) -> None:
    booking = _book(postbox)
    postbox.work(days=1, hours=4)
    postbox.services.bookings.no_show(booking.uid, host_id=postbox.desk.host_id)

    assert postbox.told() == {}


def test_changes_told_late_are_told_as_they_were(postbox: Postbox) -> None:
    booking = _book(postbox)
    postbox.desk.move(booking, "14:00", Actor.HOST)
    postbox.desk.move(booking, "15:00", Actor.HOST)
    postbox.work()

    invited = [invitation(message) for message in _to(postbox, _GUEST)]
    assert [(each["sequence"], each["start"].hour) for each in invited if each] == [
        (0, 10),
        (1, 14),
        (2, 15),
    ]


def test_a_confirmed_booking_that_its_guest_moves_is_tentative_until_it_is_confirmed(
    postbox: Postbox,
) -> None:
    request = _book(postbox, requires_confirmation=True)
    postbox.desk.confirm(request)
    postbox.work()
    postbox.desk.move(request, "14:00")

    told = {one.recipient: one.message for one in postbox.work()}
    assert headline(told[_HOST]) == "A request has moved to another time."
    for address in (_GUEST, _OTHER):
        found = invitation(told[address])
        assert found is not None
        assert (found["method"], found["status"], found["start"].hour) == (
            "REQUEST",
            "TENTATIVE",
            14,
        )

    postbox.desk.decline(request)
    found = invitation(next(one.message for one in postbox.work() if one.recipient == _OTHER))
    assert found is not None
    assert found["method"] == "CANCEL"


def test_a_client_that_only_follows_the_mails_has_one_event_and_then_none(
    either_postbox: Postbox,
) -> None:
    desk = either_postbox.desk
    calendar = FollowingCalendar()
    request = _book(either_postbox, requires_confirmation=True)
    counts = [_follow(either_postbox, calendar)]
    desk.confirm(request)
    counts.append(_follow(either_postbox, calendar))
    for start in ("14:00", "2026-11-25 09:00"):
        desk.move(request, start, Actor.HOST)
        counts.append(_follow(either_postbox, calendar))
    (event,) = calendar.events.values()
    assert event["DTSTART"].dt.day == 25
    desk.cancel(request)
    counts.append(_follow(either_postbox, calendar))

    assert counts == [0, 1, 1, 1, 0]
    assert calendar.organizers == {"mailto:booking@book.example"}


def _follow(postbox: Postbox, calendar: FollowingCalendar) -> int:
    for one in postbox.work():
        if one.recipient == _GUEST:
            calendar.read(one.message)
    return len(calendar.events)


def test_a_mail_can_be_sent_again_by_any_host_of_the_booking_and_nobody_else(
    postbox: Postbox,
) -> None:
    stranger = postbox.desk.colleague("stranger")
    booking, foreign = _book(postbox), _book(postbox, "14:00", slug="more")
    postbox.work()
    mails = postbox.services.telling.mails
    first = mails.list(booking.uid, host_id=postbox.desk.host_id)[0]

    with pytest.raises(NotFound):
        mails.send_again(booking.uid, first.id, host_id=stranger.host_id)
    with pytest.raises(NotFound):
        mails.send_again(foreign.uid, first.id, host_id=postbox.desk.host_id)
    assert mails.send_again(booking.uid, first.id, host_id=postbox.desk.host_id).state == "waiting"

    (again,) = postbox.work()
    assert again.message["Message-ID"] == first.message_id


def test_without_a_mail_server_nobody_invites_and_mails_are_listed(desk_without: Postbox) -> None:
    booking = _book(desk_without)
    desk_without.work()

    assert booking.invites_from == "none"
    assert {state for _, _, state in desk_without.listed(booking)} == {"not_configured"}
    (first, *_) = desk_without.services.telling.mails.list(
        booking.uid, host_id=desk_without.desk.host_id
    )
    with pytest.raises(Conflict):
        desk_without.services.telling.mails.send_again(
            booking.uid, first.id, host_id=desk_without.desk.host_id
        )


def test_with_one_our_mails_invite(postbox: Postbox) -> None:
    assert _book(postbox).invites_from == "mail"


@pytest.fixture
def desk_without(app: object, desk: object, sink: object) -> Postbox:
    return Postbox(app=app, desk=desk, sink=sink)  # type: ignore[arg-type]
