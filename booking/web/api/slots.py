"""`/slots` and `/slots/explain`: what can be booked, and why the rest cannot.

Listing is the busiest address of all: the question is read once per spelling, an answer is
written once per content, and nothing is dumped through a schema.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

from flask import Response, request

from booking.accounts.values import Scope
from booking.bookings.values import Entrance, OfferedSlot, SlotAnswer
from booking.core.zones import zone
from booking.web.api import express
from booking.web.api.explained import wire_of_explanation
from booking.web.api.slot_questions import Target, read_question
from booking.web.api.told_times import told
from booking.web.current import services, user_id
from booking.web.json_provider import dump_bytes
from booking.web.limits import limit_slots
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.policy import api_key, public
from booking.web.schemas.slots import ExplanationSchema, SlotsQuerySchema, SlotsSchema

_JSON = "application/json"
_MOST_REMEMBERED = 256

slots = ApiBlueprint(
    "slots", __name__, url_prefix=f"{API_ROOT}/slots", description="What can be booked."
)


class _Written:
    """Answers as bytes, by their etag: equal answers are written once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def body(self, answer: SlotAnswer) -> bytes:
        with self._lock:
            body = self._bodies.get(answer.etag)
            if body is not None:
                self._bodies.move_to_end(answer.etag)
                return body
        body = dump_bytes(wire_of(answer))
        with self._lock:
            self._bodies[answer.etag] = body
            while len(self._bodies) > _MOST_REMEMBERED:
                self._bodies.popitem(last=False)
        return body


written = _Written()


@slots.route("")
@public
@slots.doc(parameters=[{"in": "query", "schema": SlotsQuerySchema}])
@slots.response(200, SlotsSchema)
def list_slots() -> Response:
    """List the slots that start in `[start, end)`, by the guest's local date."""
    limit_slots()
    question = read_question(request.query_string)
    query = question.about(resolve(question.target), entrance(question.private_link))
    answer = services().slots.find(query)
    if question.target.event_type_id is not None:
        express.learn(request.query_string, query)
    headers = cache_headers(answer)
    if "If-None-Match" in request.headers and request.if_none_match.contains_weak(answer.etag):
        return Response(status=304, content_type=_JSON, headers=headers)
    return Response(written.body(answer), content_type=_JSON, headers=headers)


def entrance(private_link: str | None) -> Entrance:
    """Return how the guest came who sent this `private_link`, if any."""
    return Entrance(private_link_id=services().private_links.named(private_link or ""))


def cache_headers(answer: SlotAnswer) -> list[tuple[str, str]]:
    """Return how an answer may be kept: asked again each time, and unchanged while its tag is."""
    return [("ETag", f'"{answer.etag}"'), ("Cache-Control", "private, no-cache")]


@slots.route("/explain")
@api_key(Scope.READ)
@slots.doc(parameters=[{"in": "query", "schema": SlotsQuerySchema}])
@slots.response(200, ExplanationSchema)
def explain_slots() -> Response:
    """Tell for each day the working hours, and every reason why a time is not offered."""
    question = read_question(request.query_string)
    event_type_id = resolve(question.target)
    explanation = services().slots.explain(question.about(event_type_id), user_id())
    body = dump_bytes(wire_of_explanation(explanation, question.query.time_zone))
    return Response(body, content_type=_JSON)


def resolve(target: Target) -> int:
    """Return the id of the event type that is meant. Errors: NotFound."""
    if target.event_type_id is not None:
        return target.event_type_id
    if target.team:
        return services().event_types.public_team_id(target.team, target.slug)
    return services().event_types.public_id(target.username, target.slug)


def wire_of(answer: SlotAnswer) -> dict[str, Any]:
    """Return a list of slots as it is told."""
    local = zone(answer.time_zone)
    days: dict[str, list[dict[str, Any]]] = {}
    for slot in answer.slots:
        start = told(slot.start, local)
        days.setdefault(start[:10], []).append(_slot(slot, start, told(slot.end, local)))
    return {
        "time_zone": answer.time_zone,
        "slots": days,
        "freshness": {"state": answer.freshness.state, "as_of": answer.freshness.as_of},
    }


def _slot(slot: OfferedSlot, start: str, end: str) -> dict[str, Any]:
    if slot.seats_left is None:
        return {"start": start, "end": end}
    return {"start": start, "end": end, "seats_left": slot.seats_left}
