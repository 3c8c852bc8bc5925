"""How each field of an event type is read from its API form (docs/api.md), and its default.

A field alone is judged here, fields together in `booking.eventtypes.checks`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from booking.availability.fields import parse_window
from booking.availability.hosts_facts import Scheduling
from booking.availability.rules import DAY_MINUTES, DAYS_MAX, NOTICE_MAX, WindowType
from booking.availability.series import Frequency
from booking.core import intake
from booking.core.errors import InvalidInput
from booking.core.intake import Field
from booking.eventtypes.locations import read_location
from booking.eventtypes.questions import read_questions
from booking.eventtypes.values import EventTypeHost
from booking.teams.fields import LARGEST_KEY, read_limits, read_slug

_MOST_DURATIONS = 20
_MOST_REMINDERS = 10
_LONGEST_REMINDER = 43_200
MOST_SEATS = 1000
MOST_HOSTS = 100
MOST_RESOURCES = 20
_MOST_GROUPS = 100
_LONGEST_INTERVAL = 99
_SERIES = (2, 50)
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")

_MINUTES = intake.whole(0, DAY_MINUTES)
_LENGTH = intake.whole(1, DAY_MINUTES)
_KEY = intake.whole(1, LARGEST_KEY)


def _color(value: object, pointer: str) -> str:
    if not isinstance(value, str) or _COLOR.fullmatch(value) is None:
        raise InvalidInput.at(pointer, "Must be a colour like #3366cc.")
    return value.lower()


def _distinct(read: intake.Reader) -> intake.Reader:
    def reader(value: object, pointer: str) -> list[int]:
        found: list[int] = read(value, pointer)
        if len(set(found)) < len(found):
            raise InvalidInput.at(pointer, "Each value may stand there once.")
        return found

    return reader


_WINDOW_MEMBERS: Mapping[str, Field] = {
    "type": Field(read=intake.choice(*WindowType), required=True),
    "days": Field(read=intake.whole(0, DAYS_MAX), nullable=True),
    "start_date": Field(read=intake.day, nullable=True),
    "end_date": Field(read=intake.day, nullable=True),
}


def _window(value: object, pointer: str) -> dict[str, Any]:
    members = intake.read_object(_WINDOW_MEMBERS, value, pointer)
    given = {name: member for name, member in members.items() if member is not None}
    for name in sorted(given.keys() - _members_of(given["type"])):
        raise InvalidInput.at(f"{pointer}/{name}", f"A window of type {given['type']} has none.")
    parse_window(given)
    return {
        name: member.isoformat() if name.endswith("_date") else member
        for name, member in given.items()
    }


def _members_of(kind: str) -> set[str]:
    if kind == WindowType.RANGE:
        return {"type", "start_date", "end_date"}
    return {"type"} if kind == WindowType.UNLIMITED else {"type", "days"}


_RECURRENCE: Mapping[str, Field] = {
    "frequency": Field(read=intake.choice(*Frequency), required=True),
    "interval": Field(read=intake.whole(1, _LONGEST_INTERVAL)),
    "max_count": Field(read=intake.whole(*_SERIES), required=True),
}


def _recurrence(value: object, pointer: str) -> dict[str, Any]:
    return {"interval": 1, **intake.read_object(_RECURRENCE, value, pointer)}


_HOST: Mapping[str, Field] = {
    "user_id": Field(read=_KEY, required=True),
    "fixed": Field(read=intake.flag),
    "group": Field(read=intake.whole(0, _MOST_GROUPS - 1)),
    "weight": Field(read=intake.whole(1, 1000)),
    "priority": Field(read=intake.whole(0, 4)),
    "schedule_id": Field(read=_KEY, nullable=True),
}


def _host(value: object, pointer: str) -> EventTypeHost:
    return EventTypeHost(**intake.read_object(_HOST, value, pointer))


FIELDS: Mapping[str, Field] = {
    "slug": Field(read=read_slug),
    "title": Field(read=intake.line(200, least=1), required=True),
    "description": Field(read=intake.paragraphs(10_000)),
    "color": Field(read=_color, nullable=True),
    "hidden": Field(read=intake.flag),
    "duration_minutes": Field(read=_LENGTH),
    "durations_minutes": Field(
        read=_distinct(intake.items(_LENGTH, least=1, most=_MOST_DURATIONS)), nullable=True
    ),
    "slot_interval_minutes": Field(read=_LENGTH, nullable=True),
    "slot_alignment": Field(read=intake.choice("fit", "clock")),
    "start_offset_minutes": Field(read=_MINUTES),
    "buffer_before_minutes": Field(read=_MINUTES),
    "buffer_after_minutes": Field(read=_MINUTES),
    "minimum_notice_minutes": Field(read=intake.whole(0, NOTICE_MAX)),
    "window": Field(read=_window),
    "limits": Field(read=read_limits),
    "first_slot_only": Field(read=intake.flag),
    "restriction_schedule_id": Field(read=_KEY, nullable=True),
    "seats": Field(read=intake.whole(1, MOST_SEATS), nullable=True),
    "show_seats_left": Field(read=intake.flag),
    "recurrence": Field(read=_recurrence, nullable=True),
    "requires_confirmation": Field(read=intake.flag),
    "pending_blocks": Field(read=intake.flag),
    "schedule_id": Field(read=_KEY, nullable=True),
    "scheduling": Field(read=intake.choice(*Scheduling)),
    "hosts": Field(read=intake.items(_host, least=1, most=MOST_HOSTS)),
    "resources": Field(read=intake.items(_KEY, most=MOST_RESOURCES)),
    "team_id": Field(read=_KEY, nullable=True),
    "use_event_type_calendars": Field(read=intake.flag),
    "destination_calendar_id": Field(read=_KEY, nullable=True),
    "location": Field(read=read_location, nullable=True),
    "questions": Field(read=read_questions),
    "confirmation_redirect_url": Field(read=intake.web_address, nullable=True),
    "guest_can_cancel": Field(read=intake.flag),
    "guest_can_reschedule": Field(read=intake.flag),
    "guest_cancel_notice_minutes": Field(read=intake.whole(0, NOTICE_MAX)),
    "guest_reschedule_notice_minutes": Field(read=intake.whole(0, NOTICE_MAX)),
    "requires_email_confirmation": Field(read=intake.flag),
    "private_links_only": Field(read=intake.flag),
    "reminders_minutes": Field(
        read=_distinct(intake.items(intake.whole(0, _LONGEST_REMINDER), most=_MOST_REMINDERS))
    ),
    "time_zone_locked": Field(read=intake.zone_name, nullable=True),
    "visibility": Field(read=intake.choice("busy", "private")),
    "on_stale": Field(read=intake.choice("offer", "request", "hide")),
}

DEFAULTS: Mapping[str, Any] = {
    "description": "",
    "color": None,
    "hidden": False,
    "duration_minutes": 30,
    "durations_minutes": None,
    "slot_interval_minutes": None,
    "slot_alignment": "fit",
    "start_offset_minutes": 0,
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 0,
    "minimum_notice_minutes": 120,
    "window": {"type": "unlimited"},
    "limits": {"bookings": {}, "minutes": {}},
    "first_slot_only": False,
    "restriction_schedule_id": None,
    "seats": None,
    "show_seats_left": False,
    "recurrence": None,
    "requires_confirmation": False,
    "pending_blocks": True,
    "schedule_id": None,
    "scheduling": "single",
    "team_id": None,
    "use_event_type_calendars": False,
    "destination_calendar_id": None,
    "location": None,
    "questions": [],
    "confirmation_redirect_url": None,
    "guest_can_cancel": True,
    "guest_can_reschedule": True,
    "guest_cancel_notice_minutes": 0,
    "guest_reschedule_notice_minutes": 0,
    "requires_email_confirmation": False,
    "private_links_only": False,
    "reminders_minutes": [],
    "time_zone_locked": None,
    "visibility": "busy",
    "on_stale": "offer",
}
"""What a new event type has where nothing was said: half an hour, with two hours' notice."""

NOT_STORED = ("hosts", "resources")
"""Fields that stand in tables of their own (`booking.eventtypes.staff`)."""
