"""A booking is given to another host: to whom, on which grounds, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from booking.bookings.values import BookingView
from booking.core.errors import (
    Conflict,
    IllegalTransition,
    InvalidInput,
    NotFound,
    SlotUnavailable,
)
from booking.db import writing
from booking.eventtypes.models import EventTypeHostRow
from tests.bookings.desk import Desk, at, choice_of, hosts_of, ids, occupied
from tests.bookings.mirrored import Mirrored, connect
from tests.servers.faulty import in_front_of
from tests.servers.radicale_server import Radicale


def _turns(hosts: list[Desk], **fields: object) -> int:
    """Make a round robin in which the first hosts come first."""
    talk = hosts[0].offer(slug="turns", **fields)
    order = [{"priority": 4 - place} for place in range(len(hosts))]
    hosts[0].share(talk, "round_robin", hosts, *order)
    return talk


def _reassign(
    desk: Desk, booking: BookingView, to: Desk | None = None, reason: str | None = None
) -> BookingView:
    return desk.services.bookings.reassign(
        booking.uid, None if to is None else to.host_id, reason, host_id=desk.host_id
    )


def test_a_named_host_gets_the_booking_under_its_old_name(either_desk: Desk) -> None:
    one, two, three = hosts = either_desk.colleagues(3)
    booking = one.book(_turns(hosts), "10:00")
    assert hosts_of(booking) == [one.host_id]

    given = _reassign(one, booking, three, "Ill")

    assert hosts_of(given) == [three.host_id]
    assert (given.uid, given.ical_uid, given.start) == (booking.uid, booking.ical_uid, at("10:00"))
    assert (given.sequence, given.status, given.reason) == (1, "confirmed", "Ill")
    assert (given.changed_by, choice_of(given).reason) == ("host", "named")
    assert occupied() == [(three.host_id, "10:00", "11:00")]
    assert two.host_id not in hosts_of(given)


def test_without_a_name_the_next_of_the_others_gets_it_by_the_usual_choice(
    either_desk: Desk,
) -> None:
    one, two, three = hosts = either_desk.colleagues(3)
    booking = one.book(_turns(hosts), "10:00")

    given = _reassign(one, booking)

    choice = choice_of(given)
    assert hosts_of(given) == [two.host_id]
    assert (choice.reason, choice.among) == ("priority", [two.host_id, three.host_id])


def test_a_host_who_is_busy_then_is_passed_over_and_cannot_be_named(either_desk: Desk) -> None:
    one, two, three = hosts = either_desk.colleagues(3)
    booking = one.book(_turns(hosts), "10:00")
    two.book(two.offer(slug="own"), "10:00")

    with pytest.raises(SlotUnavailable, match="This host is not free"):
        _reassign(one, booking, two)
    given = _reassign(one, booking)

    assert hosts_of(given) == [three.host_id]
    assert choice_of(given).reason == "only_one_free"


def test_where_nobody_else_is_free_the_booking_stays(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    booking = one.book(_turns(hosts), "10:00")
    two.put_busy(two.put_calendar(), at("10:30"), at("11:30"))

    with pytest.raises(SlotUnavailable, match="None of the other hosts"):
        _reassign(one, booking)

    assert one.now(booking) == booking
    assert occupied() == [(one.host_id, "10:00", "11:00")]


def test_the_old_host_is_free_again_and_the_new_one_is_not(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    booking = one.book(_turns(hosts), "10:00")
    own = {desk.host_id: desk.offer(slug="own") for desk in hosts}
    assert "10:00" in two.starts(own[two.host_id])

    _reassign(one, booking)

    assert "10:00" in one.starts(own[one.host_id])
    assert "10:00" not in two.starts(own[two.host_id])


def test_what_is_asked_of_a_new_time_is_not_asked_again(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = _turns(hosts)
    booking = one.book(talk, "10:00")
    one.book(talk, "14:00")
    one.set(
        talk,
        minimum_notice_minutes=2880,
        slot_interval_minutes=45,
        limits={"bookings": {"day": 1}},
        window={"type": "range", "start_date": "2027-01-01", "end_date": "2027-01-02"},
        first_slot_only=True,
    )

    assert hosts_of(_reassign(one, booking)) == [two.host_id]


def test_a_request_stays_a_request_with_its_deadline(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    request = one.book(_turns(hosts, requires_confirmation=True), "10:00")

    given = _reassign(one, request)

    assert (given.status, given.expires_at) == ("pending", request.expires_at)
    assert hosts_of(given) == [two.host_id]
    assert two.confirm(given).status == "confirmed"


def test_a_request_that_blocks_nothing_still_claims_nothing(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = _turns(hosts, requires_confirmation=True, pending_blocks=False)

    given = _reassign(one, one.book(talk, "10:00"))

    assert hosts_of(given) == [two.host_id]
    assert occupied() == []


def test_who_always_takes_part_and_rooms_stay_as_they_are(either_desk: Desk) -> None:
    lead, one, two = hosts = either_desk.colleagues(3)
    talk = lead.offer(slug="turns")
    lead.share(talk, "round_robin", hosts, {"fixed": True}, {"priority": 3}, {"priority": 1})
    room = lead.put_resource(talk)
    booking = lead.book(talk, "10:00")
    assert set(hosts_of(booking)) == {lead.host_id, one.host_id}
    lead.put_busy(lead.put_calendar(), at("10:00"), at("10:30"))

    given = _reassign(lead, booking)

    assert hosts_of(given) == [two.host_id, lead.host_id]
    assert {row[0] for row in occupied()} == {lead.host_id, two.host_id, room}


def test_hosts_who_all_take_part_cannot_be_replaced(desk: Desk) -> None:
    one, two = hosts = desk.colleagues(2)
    booking = one.book(one.shared("collective", hosts), "10:00")

    with pytest.raises(Conflict, match="No other host"):
        _reassign(one, booking)
    with pytest.raises(Conflict, match="has the booking already"):
        _reassign(one, booking, two)


def test_a_host_who_left_the_event_type_is_replaced_by_who_came(desk: Desk) -> None:
    one, two, three = desk.colleagues(3)
    talk = one.shared("collective", [one, two])
    booking = one.book(talk, "10:00")
    with writing() as session:
        session.execute(delete(EventTypeHostRow).where(EventTypeHostRow.user_id == two.host_id))
        session.add(
            EventTypeHostRow(
                event_type_id=talk, user_id=three.host_id, position=1, since=one.clock.now()
            )
        )

    given = _reassign(one, booking, three)

    assert set(hosts_of(given)) == {one.host_id, three.host_id}


def test_an_only_host_has_nobody_to_give_it_to(desk: Desk) -> None:
    booking = desk.book(desk.offer(), "10:00")

    with pytest.raises(Conflict, match="No other host"):
        _reassign(desk, booking)
    assert desk.services.bookings.candidates(booking.uid, host_id=desk.host_id) == ()


def test_only_hosts_of_the_event_type_can_be_named(desk: Desk) -> None:
    one, two = hosts = desk.colleagues(2)
    stranger = desk.colleague("stranger")
    booking = one.book(_turns(hosts), "10:00")

    with pytest.raises(InvalidInput) as caught:
        _reassign(one, booking, stranger)
    assert [fault.pointer for fault in caught.value.fields] == ["/user_id"]
    with pytest.raises(NotFound):
        _reassign(stranger, booking, two)
    with pytest.raises(NotFound):
        _reassign(two, booking, two)


def test_who_manages_the_event_type_may_give_it_on_and_take_it_back(desk: Desk) -> None:
    one, two = hosts = desk.colleagues(2)
    booking = one.book(_turns(hosts), "10:00")

    _reassign(one, booking, two)

    assert hosts_of(_reassign(one, booking, one)) == [one.host_id]


def test_what_has_begun_or_ended_is_not_given_on(desk: Desk) -> None:
    one, two = hosts = desk.colleagues(2)
    talk = _turns(hosts)
    begun, ended = one.book(talk, "10:00"), one.book(talk, "12:00")
    one.cancel(ended)
    one.clock.advance(days=1, hours=3)

    with pytest.raises(IllegalTransition, match="has begun"):
        _reassign(one, begun, two)
    with pytest.raises(IllegalTransition, match="was cancelled"):
        _reassign(one, ended, two)


def test_each_candidate_is_shown_with_whether_they_are_free(either_desk: Desk) -> None:
    one, two, three = hosts = either_desk.colleagues(3)
    booking = one.book(_turns(hosts), "10:00")
    two.book(two.offer(slug="own"), "10:00")

    found = one.services.bookings.candidates(booking.uid, host_id=one.host_id)

    assert [(each.user_id, each.is_free) for each in found] == [
        (two.host_id, False),
        (three.host_id, True),
    ]


def test_one_seat_moves_and_the_others_stay(either_desk: Desk) -> None:
    one, two = hosts = either_desk.colleagues(2)
    talk = _turns(hosts, seats=3)
    booking, other = one.book(talk, "10:00"), one.book(talk, "10:00")
    assert hosts_of(booking) == hosts_of(other)

    given = _reassign(one, booking)

    assert hosts_of(given) == [two.host_id]
    assert hosts_of(one.now(other)) == [one.host_id]
    assert occupied() == [(each, "10:00", "11:00") for each in sorted(ids(hosts))]


def test_a_calendar_that_gives_no_answer_is_judged_as_the_event_type_says(desk: Desk) -> None:
    one, two = hosts = desk.colleagues(2)
    talk = _turns(hosts, on_stale="hide")
    booking = one.book(talk, "10:00")
    two.put_calendar()
    two.clock.advance(hours=1)

    with pytest.raises(SlotUnavailable):
        _reassign(one, booking)


@pytest.fixture
def mirrors(either_desk: Desk, radicale: Radicale) -> Iterator[tuple[Mirrored, Mirrored]]:
    """Two hosts, each with an account and a calendar that receives bookings."""
    one, two = either_desk.colleagues(2)
    with in_front_of(radicale.new_account().base_url) as proxy:
        yield (
            connect(one, radicale.new_account(), proxy),
            connect(two, radicale.new_account(), proxy),
        )


def test_the_event_leaves_one_calendar_and_stands_in_the_other(
    mirrors: tuple[Mirrored, Mirrored],
) -> None:
    one, two = mirrors
    booking = one.desk.book(_turns([one.desk, two.desk]), "10:00")
    one.write()
    assert (len(one.texts()), len(two.texts())) == (1, 0)

    _reassign(one.desk, booking, two.desk)
    one.write()
    two.write()

    assert one.texts() == []
    (text,) = two.texts()
    assert f"UID:{booking.ical_uid}" in text
    assert "SEQUENCE:1" in text
    assert two.state(booking) == ("written", None)
