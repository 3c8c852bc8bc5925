"""`/holds`: a guest's few minutes on one slot while the form is filled in."""

from __future__ import annotations

from typing import Any

from booking.bookings.values import HoldView
from booking.core import intake
from booking.web.api.slots import entrance
from booking.web.current import services
from booking.web.limits import limit_bookings, visitor
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.policy import public
from booking.web.schemas.bookings import HoldSchema, NewHoldSchema

holds = ApiBlueprint(
    "holds", __name__, url_prefix=f"{API_ROOT}/holds", description="Slots kept for five minutes."
)
_length = intake.whole(1, 1440)


@holds.route("", methods=["POST"])
@public
@holds.arguments(NewHoldSchema)
@holds.response(201, HoldSchema)
def place_hold(fields: dict[str, Any]) -> HoldView:
    """Keep a slot for five minutes."""
    limit_bookings()
    asked = fields.get("duration_minutes")
    duration = None if asked is None else _length(asked, "/duration_minutes")
    return services().holds.place(
        fields["event_type_id"],
        fields["start"],
        duration,
        entrance=entrance(fields.get("private_link")),
        visitor=visitor(),
    )


@holds.route("/<id:hold_id>", methods=["DELETE"])
@public
@holds.response(204)
def release_hold(hold_id: int) -> None:
    """Give a hold up; one that has run out is no error."""
    services().holds.release(hold_id)
