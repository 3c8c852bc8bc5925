"""`/resources`: rooms and equipment that bookings occupy."""

from __future__ import annotations

from typing import Any

from booking.accounts.values import Scope
from booking.resources.values import ResourceView
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_by_id, page_of
from booking.web.policy import api_key
from booking.web.schemas.teams import ResourceChangeSchema, ResourceSchema

resources = ApiBlueprint(
    "resources", __name__, url_prefix=f"{API_ROOT}/resources", description="Rooms and equipment."
)


@resources.route("")
@api_key(Scope.READ)
@resources.doc(**PAGED)
@resources.response(200, page_of(ResourceSchema))
def list_resources() -> Page[ResourceView]:
    """List the resources that the user may use: own ones, and those of teams."""
    return page_by_id(services().resources.list(user_id()), lambda view: view.id)


@resources.route("", methods=["POST"])
@api_key(Scope.WRITE)
@resources.arguments(ResourceSchema)
@resources.response(201, ResourceSchema)
def create_resource(fields: dict[str, Any]) -> ResourceView:
    """Make a resource."""
    return services().resources.create(user_id(), fields)


@resources.route("/<id:resource_id>")
@api_key(Scope.READ)
@resources.response(200, ResourceSchema)
def show_resource(resource_id: int) -> ResourceView:
    """Show a resource."""
    return services().resources.get(user_id(), resource_id)


@resources.route("/<id:resource_id>", methods=["PATCH"])
@api_key(Scope.WRITE)
@resources.arguments(ResourceChangeSchema)
@resources.response(200, ResourceSchema)
def change_resource(fields: dict[str, Any], resource_id: int) -> ResourceView:
    """Change the given fields of a resource; null clears those that may be empty."""
    return services().resources.change(user_id(), resource_id, fields)


@resources.route("/<id:resource_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@resources.response(204)
def delete_resource(resource_id: int) -> None:
    """Delete a resource that no event type needs."""
    services().resources.delete(user_id(), resource_id)
