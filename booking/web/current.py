"""What a view may ask about the request it answers: services, who acts, where links lead.

Who acts is set by the endpoint's policy (`booking.web.policy`) and by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app, g, request

from booking.accounts.values import KeyBearer, UserView
from booking.bookings.values import Actor
from booking.core.errors import Unauthorized
from booking.wiring import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who changes a booking: a guest with its manage token, or the user with this id."""

    actor: Actor
    user_id: int | None = None


def services() -> Services:
    """Return the services of this application."""
    return cast("Services", current_app.extensions["booking"])


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return services().clock.now()


def host() -> UserView:
    """Return who is signed in. Errors: Unauthorized outside `@host_only` pages."""
    account: UserView | None = g.get("account")
    if account is None:
        raise Unauthorized
    return account


def user_id() -> int:
    """Return the id of the user who acts, by login or by API key. Errors: Unauthorized."""
    bearer: KeyBearer | None = g.get("bearer")
    return bearer.user_id if bearer is not None else host().id


def feed_owner() -> UserView:
    """Return whose feed is read. Errors: Unauthorized outside `@feed_token` addresses."""
    owner: UserView | None = g.get("feed_owner")
    if owner is None:
        raise Unauthorized
    return owner


def acting() -> Acting:
    """Return who changes a booking, on endpoints for guests and hosts alike."""
    if g.get("manages"):
        return Acting(actor=Actor.GUEST)
    return Acting(actor=Actor.HOST, user_id=user_id())


def actor_name() -> str:
    """Return who acts as one word, stable over requests: what idempotency keys belong to."""
    if g.get("manages"):
        return f"guest:{g.manages}"
    if g.get("bearer") is not None or g.get("account") is not None:
        return f"user:{user_id()}"
    return "public"


def client_address() -> str:
    """Return the visitor's address: the last hop that `TRUSTED_PROXIES` vouches for."""
    return request.remote_addr or "unknown"


def request_id() -> str:
    """Return the number that names this request in answers and logs."""
    return cast("str", g.get("request_id", ""))


def external(path: str) -> str:
    """Return the public address of `path`; the request's Host header has no say in it."""
    return services().settings.base_url + path
