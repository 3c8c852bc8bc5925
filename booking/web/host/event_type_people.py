"""The part of an event type's form on hosts, rooms and equipment. Pure.

Each person who may be a host has a row of fields, `hosts_<place>_…`; those whose row is ticked
are sent to the service, in the order of the rows. What the page does not show is not sent, so it
stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from booking.core.ids import decode_id, encode_id
from booking.eventtypes.values import EventTypeHost, EventTypeView
from booking.resources.values import ResourceView
from booking.teams.values import Person, TeamView
from booking.web.host.forms import SentForm

_MOST_ROWS = 1000
_NOBODY = 1
_PLACE = re.compile(r"hosts_(\d+)_")
_RESOURCE = re.compile(r"resources_\d+")
_SHOWN_HOSTS, _SHOWN_RESOURCES = "with_hosts", "with_resources"
SCHEDULING = (
    ("single", "One host"),
    ("round_robin", "By turns: one of the hosts"),
    ("collective", "Together: all hosts at once"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRow:
    """One person's row; numbers as they stand in their fields."""

    key: str
    name: str
    username: str
    is_host: bool
    fixed: bool
    weight: object
    priority: object
    group: object
    schedule_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Something to be ticked."""

    key: str
    name: str
    hint: str
    is_ticked: bool


def fields_from(form: SentForm) -> dict[str, Any]:
    """Return what was chosen, in the API's form; ids as integers."""
    fields: dict[str, Any] = {}
    if form.is_set(_SHOWN_HOSTS):
        fields["hosts"] = [_host(form, place) for place in _ticked(form)]
        fields |= {name: form.text(name) for name in ("scheduling",) if form.is_set(name)}
        fields["team_id"] = form.key("team_id")
    if form.is_set(_SHOWN_RESOURCES):
        fields["resources"] = [decode_id(raw) or _NOBODY for raw in form.many("resources")]
    return fields


def _places(form: SentForm) -> Iterable[int]:
    return (place for place in range(_MOST_ROWS) if form.is_set(f"hosts_{place}_user_id"))


def _ticked(form: SentForm) -> list[int]:
    return [place for place in _places(form) if form.is_set(f"hosts_{place}_takes_part")]


def _host(form: SentForm, place: int) -> dict[str, Any]:
    stem = f"hosts_{place}_"
    numbers = {name: form.whole(stem + name) for name in ("weight", "priority", "group")}
    return {
        "user_id": form.key(f"{stem}user_id"),
        "fixed": form.is_set(f"{stem}fixed"),
        "schedule_id": form.key(f"{stem}schedule_id"),
        **{name: number for name, number in numbers.items() if number is not None},
    }


def named(errors: Mapping[str, str], form: SentForm | None = None) -> dict[str, str]:
    """Return errors of the list of hosts at the rows they came from, of resources at their list."""
    ticked = [] if form is None else _ticked(form)

    def row(found: re.Match[str]) -> str:
        place = int(found[1])
        return f"hosts_{ticked[place]}_" if place < len(ticked) else found[0]

    return {
        _RESOURCE.sub("resources", _PLACE.sub(row, name)): detail for name, detail in errors.items()
    }


def stored_rows(view: EventTypeView, people: Sequence[Person]) -> list[HostRow]:
    """Return a row for everybody who may be a host, the hosts first and in their order."""
    by_id = {each.user_id: each for each in people}
    rows = [_row(by_id[host.user_id], host) for host in view.hosts if host.user_id in by_id]
    taken = {host.user_id for host in view.hosts}
    return rows + [_row(each, None) for each in people if each.user_id not in taken]


def _row(person: Person, host: EventTypeHost | None) -> HostRow:
    shown = host or EventTypeHost(user_id=person.user_id)
    return HostRow(
        key=encode_id(person.user_id),
        name=person.name,
        username=person.username,
        is_host=host is not None,
        fixed=shown.fixed,
        weight=shown.weight,
        priority=shown.priority,
        group=shown.group,
        schedule_key="" if shown.schedule_id is None else encode_id(shown.schedule_id),
    )


def typed_rows(form: SentForm, people: Sequence[Person]) -> list[HostRow]:
    """Return the rows as they were sent."""
    by_key = {encode_id(each.user_id): each for each in people}
    rows = []
    for place in _places(form):
        stem = f"hosts_{place}_"
        person = by_key.get(form.text(f"{stem}user_id"))
        if person is not None:
            rows.append(
                HostRow(
                    key=form.text(f"{stem}user_id"),
                    name=person.name,
                    username=person.username,
                    is_host=form.is_set(f"{stem}takes_part"),
                    fixed=form.is_set(f"{stem}fixed"),
                    weight=form.text(f"{stem}weight"),
                    priority=form.text(f"{stem}priority"),
                    group=form.text(f"{stem}group"),
                    schedule_key=form.text(f"{stem}schedule_id"),
                )
            )
    return rows


def resource_ticks(usable: Sequence[ResourceView], chosen: Sequence[int]) -> list[Tick]:
    """Return what can be ticked, the chosen ones first and in their order."""
    by_id = {each.id: each for each in usable}
    rest = [each.id for each in usable if each.id not in chosen]
    return [_tick(key, by_id.get(key), is_ticked=key in chosen) for key in (*chosen, *rest)]


def _tick(key: int, resource: ResourceView | None, *, is_ticked: bool) -> Tick:
    if resource is None:
        return Tick(
            key=encode_id(key), name="Something of another member", hint="", is_ticked=is_ticked
        )
    people = "" if resource.capacity is None else f", for {resource.capacity} people"
    return Tick(
        key=encode_id(key),
        name=resource.name,
        hint=f"{resource.kind}{people}",
        is_ticked=is_ticked,
    )


def pages_of(view: EventTypeView, teams: Sequence[TeamView]) -> list[tuple[str, str]]:
    """Return the teams on whose page an event type may stand, that where it stands among them."""
    pages = [(encode_id(each.id), each.name) for each in teams if each.role.is_admin]
    if view.team_id is not None and encode_id(view.team_id) not in dict(pages):
        name = next((each.name for each in teams if each.id == view.team_id), view.team_slug)
        pages.append((encode_id(view.team_id), str(name)))
    return pages
