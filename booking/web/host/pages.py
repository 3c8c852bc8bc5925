"""The blueprints of the host's pages that this room's other files define, for the application."""

from __future__ import annotations

from flask import Blueprint

from booking.web.host import (
    bookings,
    calendars,
    conferencing,
    event_types,
    feeds,
    home,
    oauth,
    pairs,
    pairs_past,
    pairs_wizard,
    privacy,
    private_links,
    resources,
    schedules,
    task_calendar,
    tasks,
    teams,
    troubleshoot,
    webhooks,
)

HOST_PAGES: tuple[Blueprint, ...] = (
    home.pages,
    bookings.pages,
    event_types.pages,
    private_links.pages,
    privacy.pages,
    schedules.pages,
    calendars.pages,
    conferencing.pages,
    pairs.pages,
    pairs_wizard.pages,
    pairs_past.pages,
    tasks.pages,
    task_calendar.pages,
    oauth.pages,
    teams.pages,
    resources.pages,
    troubleshoot.pages,
    webhooks.pages,
    feeds.pages,
)
"""Register after `init_web`, before the public pages with their catch-all addresses."""
