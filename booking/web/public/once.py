"""A form that is sent twice acts once: the key in it stands for one booking.

The answer to a guest's form is a redirect, stored in the booking's own transaction.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request
from sqlalchemy.orm import Session

from booking.security.replay import StoredAnswer, Ticket, same_body
from booking.web import current

_ACTOR = "guest-form"


StoreAddress = Callable[[Session, str], None]
"""Keeps the address that the guest is led to, in the unit that makes the booking."""
Act = Callable[[StoreAddress | None], str]
"""Does what the form asks for, and returns that address."""


def once(key: str, act: Act) -> Response:
    """Act and lead on, or give the answer that the same form got before.

    Errors: those of `act`; IdempotencyConflict while the first is running.
    """
    if not key:
        return _as_response(_answer(act(None)))
    replays = current.services().replays
    claimed = replays.begin(key, _ACTOR, f"POST {request.path}", _body())
    if isinstance(claimed, StoredAnswer):
        return _as_response(claimed)
    return _as_response(_do(act, claimed))


def _do(act: Act, ticket: Ticket) -> StoredAnswer:
    replays = current.services().replays

    def store(session: Session, address: str) -> None:
        replays.finish(session, ticket, _answer(address))

    done = False
    try:
        address = act(store)
        done = True
    finally:
        if not done:
            replays.abandon(ticket)
    return _answer(address)


def _body() -> bytes:
    return same_body(sorted(request.form.items(multi=True)))


def _answer(address: str) -> StoredAnswer:
    return StoredAnswer(status=303, headers=(("Location", address),), body=b"")


def _as_response(answer: StoredAnswer) -> Response:
    return Response(answer.body, status=answer.status, headers=list(answer.headers))
