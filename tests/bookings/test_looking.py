"""The short look before a booking: at the calendars of whoever is going to get it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from booking.bookings.looking import Look, Looker
from booking.bookings.service import BookingService
from booking.bookings.values import Actor, BookingRequest, Guest
from booking.core.errors import NotFound
from tests.bookings.desk import Desk, at, hosts_of


class _Look:
    """Notes which calendars were looked at; all of them are up to date then."""

    def __init__(self) -> None:
        self.seen: list[set[int]] = []

    def __call__(self, calendar_ids: Sequence[int]) -> frozenset[int]:
        self.seen.append(set(calendar_ids))
        return frozenset(calendar_ids)


def _service(desk: Desk, look: Look) -> BookingService:
    services = desk.services
    return BookingService(
        sends_mail=False,
        clock=desk.clock,
        slots=services.slots,
        views=services.booking_views,
        looker=Looker(clock=desk.clock, slots=services.slots, look=look),
        domain="example.test",
    )


def _wish(event_type: int, start: str) -> BookingRequest:
    guest = Guest(name="Guest", email="guest@example.test")
    return BookingRequest(event_type_id=event_type, start=at(start), time_zone="UTC", guest=guest)


@pytest.fixture
def crowd(desk: Desk) -> dict[int, int]:
    """Three hosts, each with a calendar that was read two minutes ago: calendars by host."""
    found = {host.host_id: host.put_calendar() for host in desk.colleagues(3)}
    desk.clock.advance(minutes=2)
    return found


def _desks(desk: Desk, crowd: dict[int, int]) -> list[Desk]:
    return [Desk(services=desk.services, clock=desk.clock, host_id=each) for each in crowd]


def test_the_lot_falls_on_the_host_whose_calendars_were_looked_at(
    desk: Desk, crowd: dict[int, int]
) -> None:
    for hour in range(9, 17):
        # Nobody has been booked by an event type that is new, so there is a lot to draw.
        talk = desk.shared("round_robin", _desks(desk, crowd), slug=f"turns-{hour}")
        look = _Look()

        booking = _service(desk, look).book(_wish(talk, f"{hour:02}:00"))

        assert look.seen == [{crowd[host] for host in hosts_of(booking)}]


def test_before_a_booking_moves_a_look_is_taken_at_the_host_who_keeps_it(
    desk: Desk, crowd: dict[int, int]
) -> None:
    look, talk = _Look(), desk.shared("round_robin", _desks(desk, crowd))
    service = _service(desk, look)
    for hour in range(9, 15):
        booking = service.book(_wish(talk, f"{hour:02}:00"))
        look.seen.clear()

        moved = service.reschedule(booking.uid, at("16:00"), Actor.GUEST)

        assert look.seen == [{crowd[moved.host.user_id]}]
        assert moved.hosts[0].user_id == booking.hosts[0].user_id
        service.cancel(booking.uid, Actor.HOST)


def test_who_gave_a_booking_away_during_the_look_moves_it_no_more(
    desk: Desk, crowd: dict[int, int]
) -> None:
    talk = desk.shared("round_robin", _desks(desk, crowd)[1:])
    booking = desk.book(talk, "10:00")
    former, other = hosts_of(booking)[0], *({*crowd} - {desk.host_id, *hosts_of(booking)})

    def give_away(calendar_ids: Sequence[int]) -> frozenset[int]:
        desk.services.bookings.reassign(booking.uid, other, host_id=desk.host_id)
        return frozenset(calendar_ids)

    with pytest.raises(NotFound):
        _service(desk, give_away).reschedule(booking.uid, at("16:00"), Actor.HOST, host_id=former)

    assert hosts_of(desk.now(booking)) == [other]
    assert desk.now(booking).start == at("10:00")


def test_a_look_is_taken_at_all_calendars_of_a_collective_and_its_room(
    desk: Desk, crowd: dict[int, int]
) -> None:
    look = _Look()
    talk = desk.shared("collective", _desks(desk, crowd))
    rooms = desk.put_calendar(selected=False)
    desk.put_resource(talk, calendar=rooms)
    desk.clock.advance(minutes=2)

    _service(desk, look).book(_wish(talk, "10:00"))

    assert look.seen == [{*crowd.values(), rooms}]
