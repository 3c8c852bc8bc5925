"""A form that is sent twice books once: the key in it stands for one booking.

The answer to a guest's form is a redirect, stored in the booking's own transaction.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request
from sqlalchemy.orm import Session

from booking.bookings.values import BookingRequest, BookingView
from booking.security.replay import StoredAnswer, Ticket, same_body
from booking.web import current

_ACTOR = "guest-form"


def book_once(wish: BookingRequest, key: str, address_of: Callable[[BookingView], str]) -> Response:
    """Book, or return the answer that the same form got before.

    Errors: those of `BookingService.book`; IdempotencyConflict while the first is running.
    """
    if not key:
        return _as_response(_answer(address_of(current.services().bookings.book(wish))))
    replays = current.services().replays
    claimed = replays.begin(key, _ACTOR, f"POST {request.path}", _body())
    if isinstance(claimed, StoredAnswer):
        return _as_response(claimed)
    return _as_response(_book(wish, claimed, address_of))


def _book(
    wish: BookingRequest, ticket: Ticket, address_of: Callable[[BookingView], str]
) -> StoredAnswer:
    services = current.services()
    answers: list[StoredAnswer] = []

    def store(session: Session, view: BookingView) -> None:
        answers[:] = [_answer(address_of(view))]
        services.replays.finish(session, ticket, answers[0])

    done = False
    try:
        services.bookings.book(wish, store)
        done = True
    finally:
        if not done:
            services.replays.abandon(ticket)
    return answers[0]


def _body() -> bytes:
    return same_body(sorted(request.form.items(multi=True)))


def _answer(address: str) -> StoredAnswer:
    return StoredAnswer(status=303, headers=(("Location", address),), body=b"")


def _as_response(answer: StoredAnswer) -> Response:
    return Response(answer.body, status=answer.status, headers=list(answer.headers))
