"""The wire form of connections, their calendars, and what these are used for."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from booking.calendars.models import ConnectionStatus
from booking.web.schemas.fields import Flag, Id, Moment, Text, Whole, choice, true_or_false


class ConnectionSchema(Schema):
    """An account at a provider and its health; its secret is never shown."""

    id = Id(dump_only=True)
    provider = Text(dump_only=True)
    preset = Text(dump_only=True)
    url = Text(dump_only=True)
    username = Text(dump_only=True)
    account = Text(dump_only=True)
    status = choice(*ConnectionStatus, dump_only=True)
    can_create_calendars = Flag(dump_only=True)
    synced_at = Moment(dump_only=True, allow_none=True)
    error_count = Whole(dump_only=True)
    error_at = Moment(dump_only=True, allow_none=True)
    error = Text(dump_only=True, allow_none=True)
    created_at = Moment(dump_only=True)


class NewConnectionSchema(Schema):
    """What opens an account: CalDAV by address, user name and password; a feed by its address."""

    provider = fields.String(required=True, validate=validate.OneOf(("caldav", "ics")))
    preset = fields.String(
        load_default="generic",
        validate=validate.Length(max=32),
        metadata={"example": "radicale", "description": "The kind of CalDAV server."},
    )
    url = fields.String(
        load_default="",
        validate=validate.Length(max=2000),
        metadata={"example": "https://cloud.example.org"},
    )
    username = fields.String(load_default="", validate=validate.Length(max=320))
    password = fields.String(
        load_default="",
        load_only=True,
        validate=validate.Length(max=1000),
        metadata={"format": "password"},
    )


class NewCalendarSchema(Schema):
    """A calendar to be made at the provider."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    color = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp("^#[0-9A-Fa-f]{6}$", error="Must be a colour like #3366cc."),
        metadata={"example": "#3366cc"},
    )


class CalendarSchema(Schema):
    """One calendar; `selected`: it blocks, `destination`: it receives bookings."""

    id = Id()
    name = Text()
    color = Text(allow_none=True)
    primary = Flag()
    read_only = Flag()
    time_zone = Text(allow_none=True)
    selected = Flag()
    destination = Flag()


class SelectedCalendarSchema(Schema):
    """A calendar whose events block: for all event types, or for the one named."""

    id = Id(dump_only=True)
    calendar_id = Id(required=True)
    event_type_id = Id(load_default=None, allow_none=True)
    tentative_blocks = true_or_false(load_default=False)


class SelectionChangeSchema(Schema):
    """What can be changed about a selected calendar."""

    tentative_blocks = true_or_false(required=True)


class NewDestinationSchema(Schema):
    """The calendar that is to receive bookings."""

    calendar_id = Id(required=True)


class DestinationSchema(Schema):
    """The calendar that receives bookings; null where there is none."""

    calendar_id = Id(attribute="id", allow_none=True)


class WatchSchema(Schema):
    """How changes reach us."""

    channel_id = Text(allow_none=True)
    expires_at = Moment(allow_none=True)
    attempts = Whole()
    mode = choice("push", "polling")


class CalendarStatusSchema(Schema):
    """How our copy of a calendar stands."""

    calendar_id = Id()
    synced_at = Moment(allow_none=True)
    sync_token_present = Flag()
    error_count = Whole()
    error_at = Moment(allow_none=True)
    error = Text(allow_none=True)
    watch = fields.Nested(WatchSchema)
    cached_events = Whole()
    unread_events = Whole()
    freshness = choice("fresh", "stale", "unknown")


class RefreshSchema(Schema):
    """`full`: clear the copy and fetch everything afresh."""

    full = true_or_false(load_default=False)
