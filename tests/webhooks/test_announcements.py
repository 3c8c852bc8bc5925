"""What happens to bookings, accounts and pairs is announced to programs: whole, in order, once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from booking.bookings.values import Actor, BookingView
from booking.core.clock import FrozenClock
from booking.core.errors import ReconnectRequired, Unreachable
from booking.core.ids import encode_id
from booking.jobs.build import build_runner
from booking.webhooks.values import MadeWebhook
from tests.bookings.desk import Desk, open_desk
from tests.webhooks.receiver import Message, Receiver, receiving


class Listening:
    """Hosts whose webhooks lead to one receiver, and the jobs that reach it."""

    def __init__(self, app: Flask, desk: Desk, receiver: Receiver) -> None:
        self._app = app
        self.desk = desk
        self.receiver = receiver

    def listen(self, desk: Desk) -> MadeWebhook:
        service = desk.services.webhooks.service
        return service.create(desk.host_id, {"url": self.receiver.url})

    def heard(self) -> list[Message]:
        """Do all jobs that are due; return everything that has arrived."""
        runner = build_runner(self._app)
        while waiting := runner.due():
            for job_id in waiting:
                runner.run(job_id)
        return self.receiver.messages


@pytest.fixture
def desk(either_app: Flask, clock: FrozenClock) -> Desk:
    return open_desk(either_app, clock)


def _told(messages: list[Message]) -> list[tuple[str, int]]:
    return [(message.event, message.data["sequence"]) for message in messages]


def _listening(app: Flask, desk: Desk, receiver: Receiver) -> Listening:
    listening = Listening(app, desk, receiver)
    listening.listen(desk)
    return listening


def test_the_life_of_a_booking_is_told_in_order(either_app: Flask, desk: Desk) -> None:
    with receiving() as receiver:
        listening = _listening(either_app, desk, receiver)
        request = desk.book(desk.offer(requires_confirmation=True), "10:00")
        desk.confirm(request)
        desk.move(request, "14:00", Actor.HOST)
        desk.cancel(request)

        assert _told(listening.heard()) == [
            ("booking.requested", 1),
            ("booking.confirmed", 2),
            ("booking.rescheduled", 3),
            ("booking.cancelled", 4),
        ]


def test_each_change_is_told_as_it_was_however_late(either_app: Flask, desk: Desk) -> None:
    with receiving() as receiver:
        listening = _listening(either_app, desk, receiver)
        booking = desk.book(desk.offer(), "10:00")
        desk.move(booking, "14:00")
        desk.move(booking, "15:00")
        desk.cancel(booking)

        made, first, second, ended = (message.data for message in listening.heard())

        assert (made["status"], made["start"]) == ("confirmed", "2026-11-24T10:00:00Z")
        assert "previous" not in made
        assert (first["start"], first["previous"]["start"]) == (
            "2026-11-24T14:00:00Z",
            "2026-11-24T10:00:00Z",
        )
        assert (second["start"], second["previous"]["end"]) == (
            "2026-11-24T15:00:00Z",
            "2026-11-24T15:00:00Z",
        )
        assert (ended["status"], ended["reason"], ended["changed_by"]) == (
            "cancelled",
            "Ill",
            "guest",
        )


def test_a_message_has_all_of_a_booking_but_no_token(either_app: Flask, desk: Desk) -> None:
    with receiving() as receiver:
        listening = _listening(either_app, desk, receiver)
        event_type = desk.offer()
        booking = desk.book(event_type, "10:00", additional_guests=("second@example.test",))

        (message,) = listening.heard()

        data: dict[str, Any] = message.data
        assert (data["uid"], data["event_type_id"]) == (booking.uid, encode_id(event_type))
        assert data["hosts"] == [{"user_id": encode_id(desk.host_id), "name": "Some"}]
        assert data["guest"]["email"] == "guest@example.test"
        assert data["additional_guests"] == ["second@example.test"]
        assert booking.manage_token.encode() not in message.request.body
        assert message.content["timestamp"] == "2026-11-23T07:00:00Z"


def test_who_gets_and_who_loses_a_booking_are_both_told(either_app: Flask, desk: Desk) -> None:
    one, two = hosts = desk.colleagues(2)
    talk = one.offer(slug="turns")
    one.share(talk, "round_robin", hosts, {"priority": 4}, {"priority": 0})
    with receiving() as first, receiving() as second:
        listening = _listening(either_app, one, first)
        _listening(either_app, two, second)
        booking = one.book(talk, "10:00")
        one.services.bookings.reassign(booking.uid, host_id=one.host_id)
        listening.heard()

        assert first.events == ["booking.created", "booking.reassigned"]
        assert second.events == ["booking.reassigned"]
        data = second.messages[0].data
        assert [each["user_id"] for each in data["hosts"]] == [encode_id(two.host_id)]
        assert [each["user_id"] for each in data["previous"]["hosts"]] == [encode_id(one.host_id)]


def test_a_request_that_ran_out_is_declined_by_the_system(either_app: Flask, desk: Desk) -> None:
    with receiving() as receiver:
        listening = _listening(either_app, desk, receiver)
        desk.book(desk.offer(requires_confirmation=True), "10:00")
        desk.clock.advance(hours=30)
        desk.services.bookings.expire_requests()

        ended = listening.heard()[-1]

        assert (ended.event, ended.data["changed_by"]) == ("booking.declined", "system")


def test_telling_again_tells_programs_nothing_new(either_app: Flask, desk: Desk) -> None:
    with receiving() as receiver:
        listening = _listening(either_app, desk, receiver)
        booking: BookingView = desk.book(desk.offer(), "10:00")
        (event,) = desk.services.bookings.history(booking.uid, host_id=desk.host_id)
        desk.services.telling.teller.tell(event.id)
        desk.services.telling.teller.tell(event.id)

        assert receiver.events == []
        assert len(listening.heard()) == 1


def test_an_account_in_trouble_is_told_when_its_breaker_opens_and_when_it_is_refused(
    either_app: Flask, desk: Desk
) -> None:
    with receiving() as receiver:
        listening = _listening(either_app, desk, receiver)
        desk.put_calendar()
        (connection,) = desk.services.connections.list(desk.host_id)
        for _ in range(8):
            desk.services.connections.record_failure(connection.id, Unreachable("It is away."))
        desk.services.connections.record_failure(connection.id, ReconnectRequired())
        desk.services.connections.record_failure(connection.id, ReconnectRequired())

        messages = listening.heard()

        assert [(message.event, message.data["status"]) for message in messages] == [
            ("connection.degraded", "degraded"),
            ("connection.degraded", "reconnect_required"),
        ]
        assert messages[0].data["connection_id"] == encode_id(connection.id)
        assert messages[0].data["error"] == "It is away."
