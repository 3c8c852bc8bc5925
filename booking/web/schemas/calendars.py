"""The wire form of connections, their calendars, and what these are used for."""

from __future__ import annotations

from marshmallow import Schema, fields

from booking.calendars.models import ConnectionStatus
from booking.web.schemas.fields import Flag, Id, Moment, Text, Whole, choice


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

    provider = choice("caldav", "ics", required=True)
    preset = Text(metadata={"example": "radicale", "description": "For CalDAV; generic if absent."})
    url = Text(metadata={"example": "https://cloud.example.org"})
    username = Text()
    password = Text(load_only=True, metadata={"format": "password"})


class CalendarSchema(Schema):
    """One calendar; `selected`: it blocks, `destination`: it receives bookings."""

    id = Id(dump_only=True)
    name = Text(required=True, metadata={"maxLength": 200})
    color = Text(allow_none=True, metadata={"example": "#3366cc"})
    primary = Flag(dump_only=True)
    read_only = Flag(dump_only=True)
    time_zone = Text(dump_only=True, allow_none=True)
    selected = Flag(dump_only=True)
    destination = Flag(dump_only=True)


class SelectedCalendarSchema(Schema):
    """A calendar whose events block: for all event types, or for the one named."""

    id = Id(dump_only=True)
    calendar_id = Id(required=True)
    event_type_id = Id(allow_none=True)
    tentative_blocks = Flag()


class SelectionChangeSchema(Schema):
    """What can be changed about a selected calendar."""

    tentative_blocks = Flag(required=True)


class DestinationSchema(Schema):
    """The calendar that receives bookings; null where there is none."""

    calendar_id = Id(required=True, allow_none=True)


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
    freshness = choice("fresh", "stale", "unknown")


class RefreshSchema(Schema):
    """`full`: clear the copy and fetch everything afresh."""

    full = Flag(load_default=False)
