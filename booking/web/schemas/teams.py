"""The wire form of teams, their members, and of resources (docs/api.md)."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.teams.values import Role
from booking.web.schemas.event_types import LimitsSchema
from booking.web.schemas.fields import Flag, Id, Moment, Text, Whole, change_of, choice


class TeamSchema(Schema):
    """Users who offer event types together; `role` is the asker's."""

    id = Id(dump_only=True)
    name = Text(required=True, metadata={"maxLength": 200})
    slug = Text(
        metadata={"description": "Made from the name where absent; unique.", "maxLength": 64}
    )
    limits = fields.Nested(
        LimitsSchema,
        metadata={"description": "For each member, over all event types of the team."},
    )
    role = choice(*Role, dump_only=True)
    created_at = Moment(dump_only=True)


TeamChangeSchema = change_of(TeamSchema)


class WhoSchema(Schema):
    """A user, named in one of three ways."""

    user_id = Id()
    username = Text()
    email = Text(metadata={"format": "email"})


class NewMemberSchema(WhoSchema):
    """Who joins; `role` is `member` where absent."""

    role = choice(*Role)


class RoleSchema(Schema):
    """What a member may do."""

    role = choice(*Role, required=True)


class NamedRoleSchema(WhoSchema, RoleSchema):
    """A member, and the role to have."""


class MemberSchema(Schema):
    """A user in a team."""

    user_id = Id()
    username = Text()
    name = Text()
    email = Text(metadata={"format": "email"})
    time_zone = Text()
    role = choice(*Role)
    joined_at = Moment()


class ResourceSchema(Schema):
    """A room or a piece of equipment that bookings occupy."""

    id = Id(dump_only=True)
    name = Text(required=True, metadata={"maxLength": 200})
    kind = Text(metadata={"maxLength": 64, "default": "room", "example": "room"})
    capacity = Whole(
        allow_none=True,
        metadata={"minimum": 1, "maximum": 10_000, "description": "How many people fit in."},
    )
    calendar_id = Id(
        allow_none=True, metadata={"description": "The calendar whose events block it."}
    )
    team_id = Id(
        allow_none=True, metadata={"description": "The team whose members may use it, if any."}
    )
    may_change = Flag(dump_only=True, metadata={"description": "Whether the asker may change it."})
    created_at = Moment(dump_only=True)


ResourceChangeSchema = change_of(ResourceSchema)
