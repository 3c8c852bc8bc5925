"""`/event-types/ID/private-links`: addresses that open one event type, with an end."""

from __future__ import annotations

from typing import Any

from booking.accounts.values import Scope
from booking.eventtypes.private_links import PrivateLinkView
from booking.web.api.event_types import event_types
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.pagination import Page, page_by_id, page_of
from booking.web.policy import api_key
from booking.web.schemas.private_links import PrivateLinkSchema

__all__ = ["event_types"]


@event_types.route("/<id:event_type_id>/private-links")
@api_key(Scope.READ)
@event_types.doc(**PAGED)
@event_types.response(200, page_of(PrivateLinkSchema))
def list_private_links(event_type_id: int) -> Page[PrivateLinkView]:
    """List the private links of an event type, ended ones included."""
    links = services().private_links.list(user_id(), event_type_id)
    return page_by_id(links, lambda link: link.id)


@event_types.route("/<id:event_type_id>/private-links", methods=["POST"])
@api_key(Scope.WRITE)
@event_types.arguments(PrivateLinkSchema)
@event_types.response(201, PrivateLinkSchema)
def create_private_link(fields: dict[str, Any], event_type_id: int) -> PrivateLinkView:
    """Make a private link: until a moment, for so many bookings, or without an end."""
    return services().private_links.create(user_id(), event_type_id, fields)


@event_types.route("/<id:event_type_id>/private-links/<id:link_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@event_types.response(204)
def delete_private_link(event_type_id: int, link_id: int) -> None:
    """End a private link; bookings made through it stand."""
    services().private_links.delete(user_id(), event_type_id, link_id)
