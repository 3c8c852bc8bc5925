"""Who and what an event type takes: its hosts and resources, stored in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from booking.availability.hosts_facts import Scheduling
from booking.eventtypes import store
from booking.eventtypes.checks import Plan
from booking.eventtypes.models import EventType, EventTypeHostRow, EventTypeResourceRow
from booking.eventtypes.values import EventTypeHost

_REFERENCES = ("schedule_id", "restriction_schedule_id", "destination_calendar_id", "team_id")


def plan_new(asker_id: int, values: Mapping[str, Any], given: Mapping[str, Any]) -> Plan:
    """Return what a new event type would be; its one host is the asker where none was named."""
    return Plan(
        asker_id=asker_id,
        owner_id=asker_id,
        team_id=values["team_id"],
        scheduling=values["scheduling"],
        seats=values["seats"],
        hosts=tuple(values.get("hosts") or (EventTypeHost(user_id=asker_id),)),
        resources=tuple(values.get("resources", ())),
        changed=given,
        before={},
    )


def plan_change(session: Session, asker_id: int, row: EventType, given: Mapping[str, Any]) -> Plan:
    """Return what an event type would be with the `given` fields."""
    hosts = hosts_in_force(row.user_id, store.hosts_of(session, row.id))
    resources = tuple(each.id for each in store.resources_of(session, row.id))
    return Plan(
        asker_id=asker_id,
        owner_id=row.user_id,
        team_id=given.get("team_id", row.team_id),
        scheduling=given.get("scheduling", row.scheduling),
        seats=given.get("seats", row.seats),
        hosts=tuple(given.get("hosts", hosts)),
        resources=tuple(given.get("resources", resources)),
        changed=given,
        before={name: getattr(row, name) for name in _REFERENCES},
        known_hosts=tuple(host.user_id for host in hosts),
        known_resources=resources,
    )


def hosts_in_force(owner_id: int, rows: Sequence[EventTypeHostRow]) -> tuple[EventTypeHost, ...]:
    """Return the hosts: those of the rows, or without rows the owner."""
    if not rows:
        return (EventTypeHost(user_id=owner_id),)
    return tuple(
        EventTypeHost(
            user_id=row.user_id,
            fixed=row.fixed,
            group=row.group,
            weight=row.weight,
            priority=row.priority,
            schedule_id=row.schedule_id,
        )
        for row in rows
    )


def put(session: Session, row: EventType, plan: Plan, now: datetime) -> None:
    """Store hosts and resources as planned; who stays a host keeps the moment of joining."""
    if {"hosts", "scheduling", "team_id"} & plan.changed.keys():
        _put_hosts(session, row, plan, now)
    if "resources" in plan.changed:
        _put_resources(session, row.id, plan.resources)
    session.flush()


def _put_hosts(session: Session, row: EventType, plan: Plan, now: datetime) -> None:
    present = {each.user_id: each for each in store.hosts_of(session, row.id)}
    usual = (EventTypeHost(user_id=plan.owner_id),)
    is_usual = plan.team_id is None and plan.scheduling == Scheduling.SINGLE and plan.hosts == usual
    hosts = () if is_usual else plan.hosts
    for place, host in enumerate(hosts):
        known = present.pop(host.user_id, None)
        if known is None:
            # An owner without a row was the one host from the beginning.
            was_host = host.user_id in plan.known_hosts
            add_host(session, row.id, host, place, row.created_at if was_host else now)
        else:
            _write(known, host, place)
    for gone in present.values():
        session.delete(gone)


def add_host(
    session: Session, event_type_id: int, host: EventTypeHost, place: int, since: datetime
) -> None:
    """Add one host at a place of the order, from 0."""
    row = EventTypeHostRow(event_type_id=event_type_id, user_id=host.user_id, since=since)
    _write(row, host, place)
    session.add(row)


def _write(row: EventTypeHostRow, host: EventTypeHost, place: int) -> None:
    row.position = place
    row.fixed = host.fixed
    row.group = host.group
    row.weight = host.weight
    row.priority = host.priority
    row.schedule_id = host.schedule_id


def _put_resources(session: Session, event_type_id: int, resource_ids: Sequence[int]) -> None:
    present = {row.resource_id: row for row in store.resource_rows_of(session, event_type_id)}
    for place, key in enumerate(resource_ids):
        row = present.pop(key, None)
        if row is None:
            row = EventTypeResourceRow(event_type_id=event_type_id, resource_id=key)
            session.add(row)
        row.position = place
    for gone in present.values():
        session.delete(gone)
