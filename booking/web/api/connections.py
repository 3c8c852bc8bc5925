"""`/connections`: accounts at calendar providers, and the calendars in them."""

from __future__ import annotations

from typing import Any

from booking.accounts.values import Scope
from booking.calendars.values import CalendarView, ConnectionView
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.idempotency import at_once
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_by_id, page_of
from booking.web.policy import api_key
from booking.web.schemas.calendars import (
    CalendarSchema,
    ConnectionSchema,
    NewCalendarSchema,
    NewConnectionSchema,
)

connections = ApiBlueprint(
    "connections",
    __name__,
    url_prefix=f"{API_ROOT}/connections",
    description="Accounts at calendar providers.",
)


@connections.route("")
@api_key(Scope.READ)
@connections.doc(**PAGED)
@connections.response(200, page_of(ConnectionSchema))
def list_connections() -> Page[ConnectionView]:
    """List the connections with their health."""
    return page_by_id(services().connections.list(user_id()), lambda view: view.id)


@connections.route("", methods=["POST"])
@api_key(Scope.WRITE)
@at_once
@connections.arguments(NewConnectionSchema)
@connections.response(201, ConnectionSchema)
def connect(fields: dict[str, Any]) -> ConnectionView:
    """Connect an account; Google and Microsoft are connected in the browser."""
    if fields["provider"] == "ics":
        return services().connections.connect_feed(user_id(), fields["url"])
    return services().connections.connect_caldav(
        user_id(), fields["preset"], fields["url"], fields["username"], fields["password"]
    )


@connections.route("/<id:connection_id>")
@api_key(Scope.READ)
@connections.response(200, ConnectionSchema)
def show_connection(connection_id: int) -> ConnectionView:
    """Show a connection."""
    return services().connections.get(user_id(), connection_id)


@connections.route("/<id:connection_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@at_once
@connections.response(204)
def disconnect(connection_id: int) -> None:
    """Forget an account and its credentials; nothing is changed there."""
    services().connections.disconnect(user_id(), connection_id)


@connections.route("/<id:connection_id>/calendars")
@api_key(Scope.READ)
@connections.doc(**PAGED)
@connections.response(200, page_of(CalendarSchema))
def list_calendars(connection_id: int) -> Page[CalendarView]:
    """List the calendars of an account and what each is used for."""
    views = services().connections.calendars(user_id(), connection_id)
    return page_by_id(views, lambda view: view.id)


@connections.route("/<id:connection_id>/calendars", methods=["POST"])
@api_key(Scope.WRITE)
@at_once
@connections.arguments(NewCalendarSchema)
@connections.response(201, CalendarSchema)
def create_calendar(fields: dict[str, Any], connection_id: int) -> CalendarView:
    """Create a calendar at the provider."""
    return services().connections.create_calendar(
        user_id(), connection_id, fields["name"], fields["color"]
    )
