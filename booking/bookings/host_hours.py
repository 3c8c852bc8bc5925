"""The hours of an event type's hosts: which schedule is in force, absences and travel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from booking.availability import store as schedules
from booking.availability.facts import Ask
from booking.availability.hours import OutOfOffice, Travel, WorkingHours
from booking.availability.models import Schedule
from booking.availability.wire import plain_hours
from booking.bookings.subjects import HostSubject, Subject
from booking.core.instants import from_instant
from booking.core.zones import zone


def schedule_ids(subject: Subject) -> set[int]:
    """Return the schedules that may be in force for an event type or one of its hosts."""
    event_type = subject.event_type
    ids = {event_type.schedule_id, event_type.restriction_schedule_id}
    for host in subject.hosts:
        ids |= {host.user.default_schedule_id, None if host.row is None else host.row.schedule_id}
    return {each for each in ids if each is not None}


def hours_of_hosts(
    session: Session, subject: Subject, rows: Mapping[int, Schedule], ask: Ask
) -> tuple[WorkingHours, ...]:
    """Return each host's hours: the event type's schedule, else the host's for it, else the usual.

    Travel lends its zone to the default schedule only; absences close any.
    """
    ids = [host.user.id for host in subject.hosts]
    first, last = _dates(ask)
    absences: dict[int, list[OutOfOffice]] = {host_id: [] for host_id in ids}
    for away in schedules.absences_between(session, ids, first, last):
        absences[away.user_id].append(OutOfOffice(first=away.start_date, last=away.end_date))
    trips: dict[int, list[Travel]] = {host_id: [] for host_id in ids}
    for trip in schedules.travels_between(session, ids, first, last):
        trips[trip.user_id].append(
            Travel(first=trip.start_date, last=trip.end_date, zone=zone(trip.time_zone))
        )
    return tuple(
        replace(
            _hours_of(subject, host, rows, tuple(trips[host.user.id])),
            out_of_office=tuple(absences[host.user.id]),
        )
        for host in subject.hosts
    )


def _hours_of(
    subject: Subject,
    host: HostSubject,
    rows: Mapping[int, Schedule],
    trips: tuple[Travel, ...],
) -> WorkingHours:
    of_host = None if host.row is None else host.row.schedule_id
    own = rows.get(subject.event_type.schedule_id or 0) or rows.get(of_host or 0)
    if own is not None:
        return plain_hours(own)
    usual = rows.get(host.user.default_schedule_id or 0)
    plain = WorkingHours(zone=zone(host.user.time_zone)) if usual is None else plain_hours(usual)
    return replace(plain, travel=trips)


def _dates(ask: Ask) -> tuple[date, date]:
    """Return local dates that surely hold the stretch a walk may cover, in any zone."""
    reach = timedelta(days=64)
    first = min(from_instant(ask.start), from_instant(ask.now)) - reach
    return first.date(), (max(from_instant(ask.end), from_instant(ask.now)) + reach).date()
