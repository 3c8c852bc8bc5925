"""`/schedules`, `/out-of-office` and `/travel`: a host's opening hours."""

from __future__ import annotations

from typing import Any

from booking.accounts.values import Scope
from booking.availability.values import AbsenceView, ScheduleView, TravelView
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_by_id, page_of
from booking.web.policy import api_key
from booking.web.schemas.schedules import (
    AbsenceSchema,
    ScheduleChangeSchema,
    ScheduleSchema,
    TravelSchema,
)

schedules = ApiBlueprint(
    "schedules", __name__, url_prefix=f"{API_ROOT}/schedules", description="Opening hours."
)
out_of_office = ApiBlueprint(
    "out_of_office",
    __name__,
    url_prefix=f"{API_ROOT}/out-of-office",
    description="Dates without bookings.",
)
travel = ApiBlueprint(
    "travel", __name__, url_prefix=f"{API_ROOT}/travel", description="Dates in another zone."
)


@schedules.route("")
@api_key(Scope.READ)
@schedules.doc(**PAGED)
@schedules.response(200, page_of(ScheduleSchema))
def list_schedules() -> Page[ScheduleView]:
    """List the schedules."""
    return page_by_id(services().schedules.list(user_id()), lambda view: view.id)


@schedules.route("", methods=["POST"])
@api_key(Scope.WRITE)
@schedules.arguments(ScheduleSchema)
@schedules.response(201, ScheduleSchema)
def create_schedule(fields: dict[str, Any]) -> ScheduleView:
    """Create a schedule."""
    return services().schedules.create(user_id(), fields)


@schedules.route("/<id:schedule_id>")
@api_key(Scope.READ)
@schedules.response(200, ScheduleSchema)
def show_schedule(schedule_id: int) -> ScheduleView:
    """Show a schedule."""
    return services().schedules.get(user_id(), schedule_id)


@schedules.route("/<id:schedule_id>", methods=["PATCH"])
@api_key(Scope.WRITE)
@schedules.arguments(ScheduleChangeSchema)
@schedules.response(200, ScheduleSchema)
def change_schedule(fields: dict[str, Any], schedule_id: int) -> ScheduleView:
    """Change the given fields of a schedule."""
    return services().schedules.change(user_id(), schedule_id, fields)


@schedules.route("/<id:schedule_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@schedules.response(204)
def delete_schedule(schedule_id: int) -> None:
    """Delete a schedule; what named it falls back to the default."""
    services().schedules.delete(user_id(), schedule_id)


@out_of_office.route("")
@api_key(Scope.READ)
@out_of_office.doc(**PAGED)
@out_of_office.response(200, page_of(AbsenceSchema))
def list_absences() -> Page[AbsenceView]:
    """List the dates out of office."""
    return page_by_id(services().schedules.list_absences(user_id()), lambda view: view.id)


@out_of_office.route("", methods=["POST"])
@api_key(Scope.WRITE)
@out_of_office.arguments(AbsenceSchema)
@out_of_office.response(201, AbsenceSchema)
def add_absence(fields: dict[str, Any]) -> AbsenceView:
    """Close dates, first and last included."""
    return services().schedules.add_absence(user_id(), fields)


@out_of_office.route("/<id:absence_id>")
@api_key(Scope.READ)
@out_of_office.response(200, AbsenceSchema)
def show_absence(absence_id: int) -> AbsenceView:
    """Show dates out of office."""
    return services().schedules.get_absence(user_id(), absence_id)


@out_of_office.route("/<id:absence_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@out_of_office.response(204)
def delete_absence(absence_id: int) -> None:
    """Open the dates again."""
    services().schedules.delete_absence(user_id(), absence_id)


@travel.route("")
@api_key(Scope.READ)
@travel.doc(**PAGED)
@travel.response(200, page_of(TravelSchema))
def list_travels() -> Page[TravelView]:
    """List the journeys."""
    return page_by_id(services().schedules.list_travels(user_id()), lambda view: view.id)


@travel.route("", methods=["POST"])
@api_key(Scope.WRITE)
@travel.arguments(TravelSchema)
@travel.response(201, TravelSchema)
def add_travel(fields: dict[str, Any]) -> TravelView:
    """Lend another zone to the default schedule, first and last date included."""
    return services().schedules.add_travel(user_id(), fields)


@travel.route("/<id:travel_id>")
@api_key(Scope.READ)
@travel.response(200, TravelSchema)
def show_travel(travel_id: int) -> TravelView:
    """Show a journey."""
    return services().schedules.get_travel(user_id(), travel_id)


@travel.route("/<id:travel_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@travel.response(204)
def delete_travel(travel_id: int) -> None:
    """Forget a journey."""
    services().schedules.delete_travel(user_id(), travel_id)
