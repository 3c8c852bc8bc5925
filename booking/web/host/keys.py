"""Settings, API keys: make one, see it once, revoke it."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.values import ApiKeyView, NewApiKey, Scope
from booking.core.errors import InvalidInput
from booking.core.ids import encode_id
from booking.core.zones import zone
from booking.web import current
from booking.web.host.forms import faults, sent
from booking.web.host.words import ago
from booking.web.policy import host_only
from booking.web.problems import status_of

pages = Blueprint("host_keys", __name__, url_prefix="/settings/api-keys")
_SCOPES: Final = (
    (Scope.READ.value, "Read everything"),
    (Scope.BOOKINGS.value, "Make and change bookings"),
    (Scope.WRITE.value, "Change everything, settings too"),
)


@pages.get("")
@host_only
def show() -> str:
    """List the living keys."""
    return _page()


@pages.post("")
@host_only
def make() -> ResponseReturnValue:
    """Make a key and show it this once."""
    form = sent()
    name, scopes = form.text("name"), form.many("scopes")
    try:
        made = current.services().api_keys.create(current.user_id(), name, scopes)
    except InvalidInput as error:
        return _page(name=name, scopes=scopes, errors=faults(error)), status_of(error)
    return _page(made=made), 201


@pages.get("/<id:key>/revoke")
@host_only
def ask_revoke(key: int) -> str:
    """Say what revoking does, and ask once more."""
    view = current.services().api_keys.get(current.user_id(), key)
    return render_template("host/settings_api_key_revoke.html", key=_line(view))


@pages.post("/<id:key>/revoke")
@host_only
def revoke(key: int) -> ResponseReturnValue:
    """Revoke a key."""
    view = current.services().api_keys.get(current.user_id(), key)
    current.services().api_keys.revoke(current.user_id(), key)
    flash(f"The key “{view.name}” no longer works.", "good")
    return redirect(url_for(".show"), 303)


def _page(
    *,
    made: NewApiKey | None = None,
    name: str = "",
    scopes: list[str] | None = None,
    errors: dict[str, str] | None = None,
) -> str:
    keys = current.services().api_keys.list(current.user_id())
    return render_template(
        "host/settings_api_keys.html",
        keys=[_line(key) for key in keys],
        made=made,
        name=name,
        chosen=[Scope.READ.value] if scopes is None else scopes,
        choices=_SCOPES,
        errors=errors or {},
    )


def _line(key: ApiKeyView) -> dict[str, Any]:
    words = dict(_SCOPES)
    return {
        "id": encode_id(key.id),
        "key": key.id,
        "name": key.name,
        "prefix": f"bk_{key.prefix}_…",
        "scopes": [words[scope] for scope in key.scopes],
        "created": key.created_at.astimezone(zone(current.host().time_zone)).date().isoformat(),
        "used": ago(key.last_used_at, current.now()) if key.last_used_at else "never",
    }
