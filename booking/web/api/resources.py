"""Every resource of the API, in the order of its description."""

from __future__ import annotations

from typing import Final

from booking.web.api import api_keys, me
from booking.web.api.bookings import bookings
from booking.web.api.calendars import calendars, destination_calendar, selected_calendars
from booking.web.api.connections import connections
from booking.web.api.equipment import resources
from booking.web.api.feeds import feeds
from booking.web.api.holds import holds
from booking.web.api.pairs import pairs
from booking.web.api.private_links import event_types
from booking.web.api.schedules import out_of_office, schedules, travel
from booking.web.api.slots import slots
from booking.web.api.tasks import task_calendar, tasks
from booking.web.api.teams import teams
from booking.web.api.webhooks import webhooks
from booking.web.openapi import ApiBlueprint

RESOURCES: Final[tuple[ApiBlueprint, ...]] = (
    me.blueprint,
    api_keys.blueprint,
    schedules,
    out_of_office,
    travel,
    teams,
    resources,
    event_types,
    connections,
    selected_calendars,
    destination_calendar,
    calendars,
    pairs,
    tasks,
    task_calendar,
    slots,
    holds,
    bookings,
    webhooks,
    feeds,
)
