"""`/event-types`: what a host offers."""

from __future__ import annotations

from typing import Any

from booking.accounts.values import Scope
from booking.eventtypes.values import EventTypeView
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_by_id, page_of
from booking.web.policy import api_key
from booking.web.schemas.event_types import EventTypeChangeSchema, EventTypeSchema

event_types = ApiBlueprint(
    "event_types", __name__, url_prefix=f"{API_ROOT}/event-types", description="What is offered."
)


@event_types.route("")
@api_key(Scope.READ)
@event_types.doc(**PAGED)
@event_types.response(200, page_of(EventTypeSchema))
def list_event_types() -> Page[EventTypeView]:
    """List the event types, hidden ones included."""
    return page_by_id(services().event_types.list(user_id()), lambda view: view.id)


@event_types.route("", methods=["POST"])
@api_key(Scope.WRITE)
@event_types.arguments(EventTypeSchema)
@event_types.response(201, EventTypeSchema)
def create_event_type(fields: dict[str, Any]) -> EventTypeView:
    """Create an event type; all fields but the title have a default."""
    return services().event_types.create(user_id(), fields)


@event_types.route("/<id:event_type_id>")
@api_key(Scope.READ)
@event_types.response(200, EventTypeSchema)
def show_event_type(event_type_id: int) -> EventTypeView:
    """Show an event type."""
    return services().event_types.get(user_id(), event_type_id)


@event_types.route("/<id:event_type_id>", methods=["PATCH"])
@api_key(Scope.WRITE)
@event_types.arguments(EventTypeChangeSchema)
@event_types.response(200, EventTypeSchema)
def change_event_type(fields: dict[str, Any], event_type_id: int) -> EventTypeView:
    """Change the given fields; null clears those that may be empty."""
    return services().event_types.change(user_id(), event_type_id, fields)


@event_types.route("/<id:event_type_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@event_types.response(204)
def delete_event_type(event_type_id: int) -> None:
    """Delete an event type; bookings made with it stand."""
    services().event_types.delete(user_id(), event_type_id)
