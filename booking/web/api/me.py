"""`/me`: the user who owns the key."""

from __future__ import annotations

from collections.abc import Mapping

from booking.accounts.values import Scope, UserView
from booking.web import current
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.policy import api_key
from booking.web.schemas.accounts import ProfileChangeSchema, ProfileSchema

blueprint = ApiBlueprint(
    "me", __name__, url_prefix=f"{API_ROOT}/me", description="The user who owns the key."
)


@blueprint.route("")
@api_key(Scope.READ)
@blueprint.response(200, ProfileSchema)
def show() -> UserView:
    """Show the profile."""
    return current.services().accounts.get(current.user_id())


@blueprint.route("", methods=["PATCH"])
@api_key(Scope.WRITE)
@blueprint.arguments(ProfileChangeSchema)
@blueprint.response(200, ProfileSchema)
def change(fields: Mapping[str, object]) -> UserView:
    """Change the profile: only what is given."""
    return current.services().accounts.change_profile(current.user_id(), fields)
