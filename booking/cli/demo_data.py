"""What the demo shows: a host, two filled calendars, working hours, and two event types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from flask_migrate import upgrade

from booking.accounts.values import UserView
from booking.calendars.ical import render_event
from booking.cli.demo_events import ZONE, demo_events
from booking.cli.demo_server import DemoCalendarServer
from booking.cli.demo_settings import demo_secrets
from booking.core.clock import SystemClock
from booking.core.errors import BookingError, NotFound
from booking.core.event import CalendarEvent
from booking.wiring import Services

_USERNAME = "demo"
_EMAIL = "demo@example.org"
_CREATED = 201
_MKCALENDAR = """<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"
 xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop>
<D:displayname>{title}</D:displayname><A:calendar-color>{color}</A:calendar-color>
<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCalendar:
    """A calendar of the demo: its name in addresses, title, colour, and what it is for."""

    name: str
    title: str
    color: str
    role: str


CALENDARS = (
    DemoCalendar(name="work", title="Work", color="#2f6fed", role="destination"),
    DemoCalendar(name="personal", title="Personal", color="#b4562f", role="conflict"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """How to sign in to the demo."""

    email: str
    password: str


def fill_calendars(server: DemoCalendarServer) -> None:
    """Make the two calendars and their events, unless they are there already."""
    now = SystemClock().now()
    events = demo_events(now.date())
    for calendar in CALENDARS:
        url = server.calendar_url(calendar.name)
        body = _MKCALENDAR.format(title=calendar.title, color=calendar.color)
        made = server.request("MKCALENDAR", url, body, **{"Content-Type": "application/xml"})
        if made == _CREATED:
            _put_events(server, url, events[calendar.name], now)


def _put_events(
    server: DemoCalendarServer, url: str, events: tuple[CalendarEvent, ...], now: datetime
) -> None:
    kind = {"Content-Type": "text/calendar"}
    for event in events:
        body = render_event(event, dtstamp=now)
        status = server.request("PUT", f"{url}{event.uid}.ics", body, **kind)
        if status != _CREATED:
            raise BookingError(f"The demo's calendar server refused an event ({status}).")


def fill(app: Flask, server: DemoCalendarServer) -> Demo:
    """Bring up the database and make the host, the connection and the event types, once."""
    password = demo_secrets(server.folder.parent)["password"]
    with app.app_context():
        upgrade()
        services: Services = app.extensions["booking"]
        if not _has_host(services):
            _fill_host(services, server, password)
    return Demo(email=_EMAIL, password=password)


def _has_host(services: Services) -> bool:
    try:
        services.event_types.public(_USERNAME, "intro")
    except NotFound:
        return False
    return True


def _fill_host(services: Services, server: DemoCalendarServer, password: str) -> None:
    user = services.accounts.find_by_username(_USERNAME) or services.accounts.create_user(
        email=_EMAIL, username=_USERNAME, name="Demo Host", time_zone=ZONE, password=password
    )
    _connect(services, user, server)
    _offer(services, user)


def _connect(services: Services, user: UserView, server: DemoCalendarServer) -> None:
    connection = services.connections.connect_caldav(
        user.id, "radicale", server.url, server.user, server.password
    )
    for calendar in services.connections.calendars(user.id, connection.id):
        if not calendar.selected:
            services.selection.select(user.id, calendar.id, None, tentative_blocks=False)
            services.refresher.refresh(calendar.id)
        if calendar.name == CALENDARS[0].title:
            services.selection.set_destination(user.id, calendar.id)


def _offer(services: Services, user: UserView) -> None:
    services.event_types.create(
        user.id,
        {
            "slug": "intro",
            "title": "Introduction",
            "description": "Half an hour to get to know each other.",
            "duration_minutes": 30,
            "minimum_notice_minutes": 60,
            "buffer_after_minutes": 10,
            "window": {"type": "rolling_days", "days": 60},
            "location": {"type": "link", "url": "https://meet.example.org/demo"},
        },
    )
    services.event_types.create(
        user.id,
        {
            "slug": "workshop",
            "title": "Workshop",
            "description": "Ninety minutes for one topic, in the office.",
            "duration_minutes": 90,
            "minimum_notice_minutes": 1440,
            "window": {"type": "rolling_business_days", "days": 30},
            "requires_confirmation": True,
            "location": {"type": "in_person", "address": "1 Example Street"},
        },
    )
