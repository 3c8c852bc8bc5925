"""`/api-keys`: the keys of the user who owns this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking.accounts.values import ApiKeyView, Scope
from booking.web import current
from booking.web.api.paging import PAGED
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_by_id, page_of
from booking.web.policy import api_key
from booking.web.schemas.accounts import ApiKeySchema, MadeApiKeySchema, NewApiKeySchema

blueprint = ApiBlueprint(
    "api-keys", __name__, url_prefix=f"{API_ROOT}/api-keys", description="Keys for programs."
)


@blueprint.route("")
@api_key(Scope.READ)
@blueprint.doc(**PAGED)
@blueprint.response(200, page_of(ApiKeySchema))
def list_keys() -> Page[ApiKeyView]:
    """List the living keys, oldest first."""
    keys = current.services().api_keys.list(current.user_id())
    return page_by_id(keys, lambda key: key.id)


@blueprint.route("", methods=["POST"])
@api_key(Scope.WRITE)
@blueprint.arguments(NewApiKeySchema)
@blueprint.response(201, MadeApiKeySchema)
def make_key(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Make a key: the secret is in this answer and never shown again."""
    made = current.services().api_keys.create(
        current.user_id(), fields["name"], tuple(fields["scopes"])
    )
    view = made.key
    return {
        "id": view.id,
        "name": view.name,
        "prefix": view.prefix,
        "scopes": list(view.scopes),
        "created_at": view.created_at,
        "last_used_at": None,
        "key": made.secret,
    }


@blueprint.route("/<id:key_id>")
@api_key(Scope.READ)
@blueprint.response(200, ApiKeySchema)
def show_key(key_id: int) -> ApiKeyView:
    """Show one key."""
    return current.services().api_keys.get(current.user_id(), key_id)


@blueprint.route("/<id:key_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@blueprint.response(204)
def revoke_key(key_id: int) -> None:
    """Revoke a key at once."""
    current.services().api_keys.revoke(current.user_id(), key_id)
