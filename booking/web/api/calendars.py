"""What calendars are used for, how their copies stand, and asking for a fresh copy."""

from __future__ import annotations

from typing import Any

from booking.accounts.values import Scope
from booking.calendars.values import CalendarStatus, CalendarView, SelectionView
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_by_id, page_of
from booking.web.policy import api_key
from booking.web.schemas.calendars import (
    CalendarStatusSchema,
    DestinationSchema,
    NewDestinationSchema,
    RefreshSchema,
    SelectedCalendarSchema,
    SelectionChangeSchema,
)

selected_calendars = ApiBlueprint(
    "selected_calendars",
    __name__,
    url_prefix=f"{API_ROOT}/selected-calendars",
    description="Calendars whose events block.",
)
destination_calendar = ApiBlueprint(
    "destination_calendar",
    __name__,
    url_prefix=f"{API_ROOT}/destination-calendar",
    description="The calendar that receives bookings.",
)
calendars = ApiBlueprint(
    "calendars",
    __name__,
    url_prefix=f"{API_ROOT}/calendars",
    description="How the copies of calendars stand.",
)


@selected_calendars.route("")
@api_key(Scope.READ)
@selected_calendars.doc(**PAGED)
@selected_calendars.response(200, page_of(SelectedCalendarSchema))
def list_selected() -> Page[SelectionView]:
    """List the calendars that block."""
    return page_by_id(services().selection.list(user_id()), lambda view: view.id)


@selected_calendars.route("", methods=["POST"])
@api_key(Scope.WRITE)
@selected_calendars.arguments(SelectedCalendarSchema)
@selected_calendars.response(201, SelectedCalendarSchema)
def select_calendar(fields: dict[str, Any]) -> SelectionView:
    """Let a calendar block all event types, or the one named."""
    return services().selection.select(
        user_id(), fields["calendar_id"], fields["event_type_id"], fields["tentative_blocks"]
    )


@selected_calendars.route("/<id:selection_id>")
@api_key(Scope.READ)
@selected_calendars.response(200, SelectedCalendarSchema)
def show_selected(selection_id: int) -> SelectionView:
    """Show a selected calendar."""
    return services().selection.get(user_id(), selection_id)


@selected_calendars.route("/<id:selection_id>", methods=["PATCH"])
@api_key(Scope.WRITE)
@selected_calendars.arguments(SelectionChangeSchema)
@selected_calendars.response(200, SelectedCalendarSchema)
def change_selected(fields: dict[str, Any], selection_id: int) -> SelectionView:
    """Say whether tentative events block."""
    return services().selection.change(user_id(), selection_id, fields["tentative_blocks"])


@selected_calendars.route("/<id:selection_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@selected_calendars.response(204)
def unselect_calendar(selection_id: int) -> None:
    """Stop a calendar's events from blocking."""
    services().selection.unselect(user_id(), selection_id)


@destination_calendar.route("")
@api_key(Scope.READ)
@destination_calendar.response(200, DestinationSchema)
def show_destination() -> CalendarView | dict[str, None]:
    """Show which calendar receives bookings."""
    return services().selection.destination(user_id()) or {"id": None}


@destination_calendar.route("", methods=["PUT"])
@api_key(Scope.WRITE)
@destination_calendar.arguments(NewDestinationSchema)
@destination_calendar.response(200, DestinationSchema)
def set_destination(fields: dict[str, Any]) -> CalendarView:
    """Let new bookings go to a calendar."""
    return services().selection.set_destination(user_id(), fields["calendar_id"])


@destination_calendar.route("", methods=["DELETE"])
@api_key(Scope.WRITE)
@destination_calendar.response(204)
def clear_destination() -> None:
    """Write new bookings to no calendar."""
    services().selection.clear_destination(user_id())


@calendars.route("/<id:calendar_id>/status")
@api_key(Scope.READ)
@calendars.response(200, CalendarStatusSchema)
def show_status(calendar_id: int) -> CalendarStatus:
    """Show how the copy of a calendar stands."""
    return services().calendar_status.status(user_id(), calendar_id)


@calendars.route("/<id:calendar_id>/refresh", methods=["POST"])
@api_key(Scope.WRITE)
@calendars.arguments(RefreshSchema)
@calendars.response(202, CalendarStatusSchema)
def refresh(fields: dict[str, Any], calendar_id: int) -> CalendarStatus:
    """Have a calendar read again now; `status` tells when it is done."""
    services().calendar_status.ask_refresh(user_id(), calendar_id, full=fields["full"])
    return services().calendar_status.status(user_id(), calendar_id)
