"""`/feeds`: what a host publishes for calendar programs."""

from __future__ import annotations

from typing import Any

from booking.accounts.values import Scope
from booking.web.current import services, user_id
from booking.web.feed_addresses import bookings_address, free_busy_address
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.policy import api_key
from booking.web.schemas.webhooks import FeedsChangeSchema, FeedsSchema, OpenedFeedSchema

feeds = ApiBlueprint(
    "feeds",
    __name__,
    url_prefix=f"{API_ROOT}/feeds",
    description="What a host publishes for calendar programs.",
)


@feeds.route("")
@api_key(Scope.READ)
@feeds.response(200, FeedsSchema)
def show_feeds() -> dict[str, Any]:
    """Show what is published."""
    return _wire(_username())


@feeds.route("", methods=["PATCH"])
@api_key(Scope.WRITE)
@feeds.arguments(FeedsChangeSchema)
@feeds.response(200, FeedsSchema)
def change_feeds(fields: dict[str, Any]) -> dict[str, Any]:
    """Publish free and busy times, or no longer."""
    services().feeds.show_free_busy(user_id(), shown=fields["shows_free_busy"])
    return _wire(_username())


@feeds.route("/bookings", methods=["POST"])
@api_key(Scope.WRITE)
@feeds.response(201, OpenedFeedSchema)
def open_feed() -> dict[str, Any]:
    """Switch the feed of bookings on under a new address, shown this once; an older one ends."""
    username = _username()
    url = bookings_address(username, services().feeds.open(user_id()))
    return {**_wire(username), "url": url}


@feeds.route("/bookings", methods=["DELETE"])
@api_key(Scope.WRITE)
@feeds.response(204)
def close_feed() -> None:
    """Switch the feed of bookings off at once."""
    services().feeds.close(user_id())


def _username() -> str:
    return services().accounts.get(user_id()).username


def _wire(username: str) -> dict[str, Any]:
    view = services().feeds.get(user_id())
    return {
        "bookings_since": view.bookings_since,
        "shows_free_busy": view.shows_free_busy,
        "free_busy_url": free_busy_address(username) if view.shows_free_busy else None,
    }
