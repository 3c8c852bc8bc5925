"""`Idempotency-Key` on every write of the API: the first answer is the answer to all repeats.

Before the view the key is claimed or answered from the store. While the view runs, its last
writing unit is kept open (`db.KeptUnit`), and the answer is stored in that very unit: what was
written and the answer that tells of it are committed together or not at all. Views that work in
many units, with a provider in between, say so by `at_once`; a booking stores its `Answer` itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar, cast

from flask import Flask, Response, current_app, g, make_response, request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from booking.core.errors import IdempotencyConflict, InvalidInput
from booking.db import KeptUnit
from booking.security.replay import StoredAnswer, Ticket, same_body
from booking.web.current import actor_name, services
from booking.web.json_guard import NOTHING, json_body
from booking.web.json_provider import dump_bytes
from booking.web.negotiation import is_api_request
from booking.web.policy import view_of_request

HEADER: Final = "Idempotency-Key"
_LONGEST_KEY = 255
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Not the request's own result: the same request may succeed a moment later, or as somebody else.
_PASSING = frozenset({401, 403, 408, 424, 425, 429})
_KEPT_HEADERS = ("Content-Type", "Location", "ETag")
_SERVER_FAULT = 500
_JSON = "application/json"
_log = logging.getLogger(__name__)

_Value = TypeVar("_Value")
_View = TypeVar("_View", bound=Callable[..., Any])


class Answer(Generic[_Value]):
    """The answer to a write, stored in the unit that it tells of.

    `render` turns what the service returns into the JSON value of the body.
    """

    def __init__(
        self,
        render: Callable[[_Value], object],
        *,
        status: int = 200,
        location: Callable[[_Value], str] | None = None,
    ) -> None:
        self._render = render
        self._status = status
        self._location = location

    def store(self, session: Session, value: _Value) -> None:
        """Store the answer in the caller's unit; without a key there is nothing to do."""
        ticket: Ticket | None = g.get("replay_ticket")
        if ticket is not None:
            answer = _stored(self.response(value))
            services().replays.finish(session, ticket, answer)
            g.replay_answer = answer

    def response(self, value: _Value) -> Response:
        """Return the answer itself: the same bytes that were stored."""
        headers = {"Location": self._location(value)} if self._location else {}
        body = dump_bytes(self._render(value))
        return Response(body, status=self._status, content_type=_JSON, headers=headers)


def at_once(view: _View) -> _View:
    """Let each unit of this view commit by itself: a provider, or another thread, comes between.

    Such a view must be safe to repeat: a crash between its last unit and its answer repeats it.
    """
    view.commits_at_once = True  # type: ignore[attr-defined]
    return view


def init_idempotency(app: Flask) -> None:
    """Watch the writes of the API."""
    app.before_request(_claim)
    app.after_request(_keep)
    app.teardown_request(_forget)


def _claim() -> Response | None:
    key = request.headers.get(HEADER)
    if key is None or request.method not in _UNSAFE or not is_api_request():
        return None
    if request.endpoint is None or request.routing_exception is not None:
        return None
    if not 0 < len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidInput.at("", f"{HEADER} must be 1 to {_LONGEST_KEY} printable characters.")
    body = json_body()
    content = b"" if body is NOTHING else same_body(body)
    wanted = f"{request.method} {request.full_path.rstrip('?')}"
    claimed = services().replays.begin(key, actor_name(), wanted, content)
    if isinstance(claimed, Ticket):
        g.replay_ticket = claimed
        g.kept_unit = KeptUnit()
        if not getattr(view_of_request(), "commits_at_once", False):
            g.kept_unit.begin()
        return None
    return _replayed(claimed)


def _keep(response: Response) -> Response:
    ticket: Ticket | None = g.get("replay_ticket")
    if ticket is None:
        return response
    answer, kept = _stored(response), g.kept_unit
    kept.stop()
    if answer == g.get("replay_answer"):
        kept.commit()  # the unit stored its own answer: that one stays
        return response
    if kept.session is not None:
        return _kept_with(ticket, answer, kept, response)
    try:
        _settle(ticket, answer)
    except IdempotencyConflict:
        return response  # a repeat took over: its answer stays
    except SQLAlchemyError as error:
        # The key is free again when its lease ends; the answer itself is as good as it was.
        _log.warning("answer_not_stored kind=%s", type(error).__name__)
    return response


def _kept_with(
    ticket: Ticket, answer: StoredAnswer, kept: KeptUnit, response: Response
) -> Response:
    """Commit the last unit together with the answer; if a repeat took over, neither.

    What ended in a fault of ours has changed nothing.
    """
    if answer.status >= _SERVER_FAULT:
        kept.give_up()
    if _passes(answer):
        kept.commit()
        services().replays.abandon(ticket)
        return response
    try:
        services().replays.finish(cast("Session", kept.session), ticket, answer)
    except IdempotencyConflict as error:
        kept.give_up()
        return make_response(current_app.handle_user_exception(error))
    kept.commit()
    return response


def _forget(_error: BaseException | None) -> None:
    kept: KeptUnit | None = g.pop("kept_unit", None)
    if kept is not None:
        kept.stop()
        kept.give_up()


def _passes(answer: StoredAnswer) -> bool:
    return answer.status >= _SERVER_FAULT or answer.status in _PASSING


def _settle(ticket: Ticket, answer: StoredAnswer) -> None:
    if _passes(answer):
        services().replays.abandon(ticket)
    else:
        services().replays.store(ticket, answer)


def _stored(response: Response) -> StoredAnswer:
    headers = response.headers
    kept = tuple((name, headers[name]) for name in _KEPT_HEADERS if name in headers)
    return StoredAnswer(status=response.status_code, headers=kept, body=response.get_data())


def _replayed(answer: StoredAnswer) -> Response:
    response = Response(answer.body, status=answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    response.headers["Idempotent-Replayed"] = "true"
    return response
