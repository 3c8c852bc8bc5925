"""Limits on size and number of requests.

Sizes: bodies 256 KiB, addresses 4 KiB, no NUL anywhere. Numbers: bookings and the like count in
the database, slots in this process. Without `TRUSTED_PROXIES` loopback and private addresses are
not limited: they may be the operator's own proxy, and stand for all visitors at once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from flask import Flask, current_app, request
from werkzeug.exceptions import BadRequest, RequestURITooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from booking.security.throttle import Limit, LocalThrottle, is_shared, network_of
from booking.settings import Settings
from booking.web.current import client_address, services, user_id

LARGEST_BODY: Final = 256 * 1024
LONGEST_ADDRESS: Final = 4 * 1024
BOOKINGS: Final = Limit(hits=10, seconds=5 * 60)
SIGN_UPS: Final = Limit(hits=10, seconds=60 * 60)
RESENDS: Final = Limit(hits=60, seconds=60 * 60)
SLOTS_PER_MINUTE: Final = 60
FEEDS_PER_MINUTE: Final = 30
_EXTENSION = "booking.slots_throttle"
_FEEDS = "booking.feeds_throttle"
_FORM = "application/x-www-form-urlencoded"
_is_shared = lru_cache(maxsize=1024)(is_shared)


def init_limits(app: Flask, settings: Settings) -> None:
    """Apply the limits on size; believe as many proxies as the settings say."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    app.extensions[_EXTENSION] = LocalThrottle(SLOTS_PER_MINUTE, SLOTS_PER_MINUTE)
    app.extensions[_FEEDS] = LocalThrottle(FEEDS_PER_MINUTE, FEEDS_PER_MINUTE)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0
        )
    app.before_request(_check_address)


def limit_slots() -> None:
    """Count one look at slots for this visitor. Errors: RateLimited."""
    limit_slots_of(client_address())


def limit_slots_of(address: str) -> None:
    """Count one look at slots from this address. Errors: RateLimited."""
    throttle: LocalThrottle = current_app.extensions[_EXTENSION]
    if not _may_be_shared(address):
        throttle.hit(network_of(address))


def limit_feeds() -> None:
    """Count one look at a published calendar for this visitor. Errors: RateLimited."""
    throttle: LocalThrottle = current_app.extensions[_FEEDS]
    address = client_address()
    if not _may_be_shared(address):
        throttle.hit(network_of(address))


def limit_bookings() -> None:
    """Count one try to book, hold or change a booking for this visitor. Errors: RateLimited."""
    limit_visitor("bookings", BOOKINGS)


def limit_visitor(what: str, limit: Limit) -> None:
    """Count one try at `what` for this visitor, in the database. Errors: RateLimited."""
    address = client_address()
    if not _may_be_shared(address):
        services().throttle.hit(f"{what}|{network_of(address)}", limit.hits, limit.seconds)


def limit_resends() -> None:
    """Count one mail that this host sends once more. Errors: RateLimited."""
    services().throttle.hit(f"resend|{user_id()}", RESENDS.hits, RESENDS.seconds)


def visitor() -> str | None:
    """Return a name by which this visitor's holds are counted, None for a shared address."""
    address = client_address()
    if _may_be_shared(address):
        return None
    return services().throttle.name_of(f"visitor|{network_of(address)}")


def is_stranger() -> bool:
    """Tell whether limits hold for this visitor: its address is one visitor's and not our own."""
    return not _may_be_shared(client_address())


def _may_be_shared(address: str) -> bool:
    return services().settings.trusted_proxies == 0 and _is_shared(address)


def _check_address() -> None:
    if len(request.full_path) > LONGEST_ADDRESS:
        raise RequestURITooLarge
    if "\0" in request.path or b"%00" in request.query_string or b"\0" in request.query_string:
        raise BadRequest("An address cannot contain NUL characters.")
    if request.mimetype == _FORM and any(
        "\0" in text for _, text in request.form.items(multi=True)
    ):
        raise BadRequest("A form cannot contain NUL characters.")
