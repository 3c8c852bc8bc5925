"""`/teams` and their members; to everybody but its members a team is not there.

A member has an address of its own, `/teams/ID/members/USER_ID`. On the list itself PATCH and
DELETE say who is meant by `user_id`, `username` or `email`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking.accounts.values import Scope
from booking.teams.values import MemberView, TeamView
from booking.web.api.paging import PAGED
from booking.web.current import services, user_id
from booking.web.openapi import API_ROOT, ApiBlueprint
from booking.web.pagination import Page, page_by_id, page_of
from booking.web.policy import api_key
from booking.web.schemas.teams import (
    MemberSchema,
    NamedRoleSchema,
    NewMemberSchema,
    RoleSchema,
    TeamChangeSchema,
    TeamSchema,
    WhoSchema,
)

teams = ApiBlueprint(
    "teams", __name__, url_prefix=f"{API_ROOT}/teams", description="Who offers time together."
)


@teams.route("")
@api_key(Scope.READ)
@teams.doc(**PAGED)
@teams.response(200, page_of(TeamSchema))
def list_teams() -> Page[TeamView]:
    """List the teams in which the user is."""
    return page_by_id(services().teams.list(user_id()), lambda view: view.id)


@teams.route("", methods=["POST"])
@api_key(Scope.WRITE)
@teams.arguments(TeamSchema)
@teams.response(201, TeamSchema)
def create_team(fields: dict[str, Any]) -> TeamView:
    """Make a team; its maker is its owner."""
    return services().teams.create(user_id(), fields)


@teams.route("/<id:team_id>")
@api_key(Scope.READ)
@teams.response(200, TeamSchema)
def show_team(team_id: int) -> TeamView:
    """Show a team."""
    return services().teams.get(user_id(), team_id)


@teams.route("/<id:team_id>", methods=["PATCH"])
@api_key(Scope.WRITE)
@teams.arguments(TeamChangeSchema)
@teams.response(200, TeamSchema)
def change_team(fields: dict[str, Any], team_id: int) -> TeamView:
    """Change the given fields of a team."""
    return services().teams.change(user_id(), team_id, fields)


@teams.route("/<id:team_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@teams.response(204)
def delete_team(team_id: int) -> None:
    """Delete a team with its event types; bookings made with these stand."""
    services().teams.delete(user_id(), team_id)


@teams.route("/<id:team_id>/members")
@api_key(Scope.READ)
@teams.doc(**PAGED)
@teams.response(200, page_of(MemberSchema))
def list_members(team_id: int) -> Page[MemberView]:
    """List the members of a team."""
    return page_by_id(services().teams.members(user_id(), team_id), lambda view: view.user_id)


@teams.route("/<id:team_id>/members", methods=["POST"])
@api_key(Scope.WRITE)
@teams.arguments(NewMemberSchema)
@teams.response(201, MemberSchema)
def add_member(fields: dict[str, Any], team_id: int) -> MemberView:
    """Let a user join a team."""
    return services().teams.add_member(user_id(), team_id, fields)


@teams.route("/<id:team_id>/members", methods=["PATCH"])
@api_key(Scope.WRITE)
@teams.arguments(NamedRoleSchema)
@teams.response(200, MemberSchema)
def change_named_member(fields: dict[str, Any], team_id: int) -> MemberView:
    """Give the member that is named another role."""
    member_id = _named(team_id, fields)
    return services().teams.set_role(user_id(), team_id, member_id, {"role": fields["role"]})


@teams.route("/<id:team_id>/members", methods=["DELETE"])
@api_key(Scope.WRITE)
@teams.arguments(WhoSchema, location="query")
@teams.response(204)
def remove_named_member(fields: dict[str, Any], team_id: int) -> None:
    """Take the member that is named out of a team, or leave it."""
    services().teams.remove_member(user_id(), team_id, _named(team_id, fields))


@teams.route("/<id:team_id>/members/<id:member_id>")
@api_key(Scope.READ)
@teams.response(200, MemberSchema)
def show_member(team_id: int, member_id: int) -> MemberView:
    """Show a member of a team."""
    return services().teams.member(user_id(), team_id, member_id)


@teams.route("/<id:team_id>/members/<id:member_id>", methods=["PATCH"])
@api_key(Scope.WRITE)
@teams.arguments(RoleSchema)
@teams.response(200, MemberSchema)
def change_member(fields: dict[str, Any], team_id: int, member_id: int) -> MemberView:
    """Give a member another role."""
    return services().teams.set_role(user_id(), team_id, member_id, fields)


@teams.route("/<id:team_id>/members/<id:member_id>", methods=["DELETE"])
@api_key(Scope.WRITE)
@teams.response(204)
def remove_member(team_id: int, member_id: int) -> None:
    """Take a member out of a team, or leave it."""
    services().teams.remove_member(user_id(), team_id, member_id)


def _named(team_id: int, fields: Mapping[str, Any]) -> int:
    return services().teams.find_member(user_id(), team_id, fields)
