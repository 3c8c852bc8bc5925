"""`/<username>`, `/team/<team>`: what a host or a team offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template

from booking.core.errors import NotFound
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.headers import embeddable
from booking.web.policy import public
from booking.web.public import wording
from booking.web.public.addresses import address_of
from booking.web.public.door import door
from booking.web.public.places import short_place


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One event type on the profile."""

    event: EventTypeView
    length: str
    place: str
    place_icon: str
    href: str


@door.get("/<username>")
@embeddable
@public
def profile(username: str) -> str:
    """Show a host and the event types that are not hidden."""
    host = current.services().accounts.find_by_username(username)
    if host is None:
        raise NotFound("There is no page at this address.")
    return _page(host.name, current.services().event_types.public_list(username))


@door.get("/team/<team>")
@embeddable
@public
def team(team: str) -> str:
    """Show a team and its event types that are not hidden."""
    found = current.services().guest_pages.team(team)
    return _page(found.name, current.services().event_types.public_team_list(found.id))


def _page(name: str, events: Sequence[EventTypeView]) -> str:
    return render_template("public/profile.html", name=name, cards=[_card(each) for each in events])


def _card(event: EventTypeView) -> Card:
    place = short_place(event.location)
    return Card(
        event=event,
        length=", ".join(wording.length(minutes) for minutes in event.offered_minutes),
        place=place.text,
        place_icon=place.icon,
        href=address_of(event),
    )
