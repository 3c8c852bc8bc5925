"""Where an event type's pages are: on its owner's page, or on its team's.

Every view of an event type has both addresses; `endpoint` is that of `booking.web.public`.
"""

from __future__ import annotations

from datetime import date

from flask import request, url_for

from booking.core.instants import Instant
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.public import wording
from booking.web.public.viewer import Viewer


def find_event(username: str | None, team: str | None, slug: str) -> EventTypeView:
    """Return the event type behind the parts of an address, one of the first two being given.

    One that is found through private links alone is found where the request names an open one.
    Errors: NotFound.
    """
    events = current.services().event_types
    found = events.public_team(team, slug) if team else events.public(username or "", slug)
    if found.private_links_only:
        current.services().private_links.check(found.id, private_link())
    return found


def private_link() -> int | None:
    """Return the private link that this request names, None where it names none."""
    return current.services().private_links.named(request.values.get("private", ""))


def address_of(event: EventTypeView, endpoint: str = "event") -> str:
    """Return the address of one of an event type's pages, without a query."""
    name = f"public.{endpoint}"
    if event.team_slug:
        return url_for(name, team=event.team_slug, slug=event.slug)
    return url_for(name, username=event.owner.username, slug=event.slug)


def picker_address(event: EventTypeView, viewer: Viewer, start: Instant | None = None) -> str:
    """Return the address of the picker, open at the day of `start`."""
    day: date | None = None if start is None else wording.local(start, viewer.zone).date()
    return address_of(event) + viewer.query(date=day)
