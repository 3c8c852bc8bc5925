"""The blueprints of the host's pages that this room's other files define, for the application."""

from __future__ import annotations

from flask import Blueprint

from booking.web.host import bookings, calendars, event_types, home, oauth, schedules, troubleshoot

HOST_PAGES: tuple[Blueprint, ...] = (
    home.pages,
    bookings.pages,
    event_types.pages,
    schedules.pages,
    calendars.pages,
    oauth.pages,
    troubleshoot.pages,
)
"""Register after `init_web`, before the public pages with their catch-all addresses."""
