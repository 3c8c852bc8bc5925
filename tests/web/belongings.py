"""One of everything that a host can own, for tests that try a stranger's hands on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Flask
from sqlalchemy import insert, inspect, select, table, text
from sqlalchemy.orm import Session

from booking.availability.models import OutOfOffice, Schedule, Travel
from booking.bookings.models import Booking
from booking.calendars.link_models import SyncPair
from booking.calendars.models import Calendar, Connection, SelectedCalendar
from booking.core.ids import new_id, new_uid
from booking.db import db, writing
from booking.eventtypes.models import EventType, PrivateLink
from booking.mail.models import MailMessage
from booking.resources.models import Resource
from booking.sync.policy import MIRROR
from booking.tasks.models import Task
from booking.teams.models import Team, TeamMember
from booking.webhooks.models import Webhook, WebhookDelivery
from tests.conftest import HostAccount

_MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)
_TODAY = date(2026, 12, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """The ids of what one host owns, and the public name of a booking."""

    ids: tuple[int, ...]
    uid: str


def give(app: Flask, host: HostAccount) -> Belongings:
    """Store one row of each kind for `host`."""
    key = app.extensions["booking"].api_keys.list(host.id)[0].id
    with writing() as session:
        connection, calendar = _calendar(session, host.id)
        pair = _pair(session, host.id, connection, calendar)
        ids = (key, connection, calendar, pair, *_offers(session, host.id, calendar))
        ids += _webhook(session, host.id)
        ids += (_task(session, host.id),)
        uid = _booking(session, host.id)
        ids = (*ids, _mail(session, host.id, uid))
    return Belongings(ids=ids, uid=uid)


def _calendar(session: Session, user_id: int) -> tuple[int, int]:
    connection = Connection(
        user_id=user_id, provider="caldav", url="http://127.0.0.1:9/", created_at=_MADE_AT
    )
    session.add(connection)
    session.flush()
    calendar = Calendar(
        connection_id=connection.id, remote_key="/c/", name="Private", created_at=_MADE_AT
    )
    session.add(calendar)
    session.flush()
    return connection.id, calendar.id


def _task(session: Session, user_id: int) -> int:
    task = Task(user_id=user_id, title="Private", created_at=_MADE_AT, updated_at=_MADE_AT)
    session.add(task)
    session.flush()
    return task.id


def _pair(session: Session, user_id: int, connection_id: int, calendar_id: int) -> int:
    other = Calendar(
        connection_id=connection_id, remote_key="/d/", name="Other", created_at=_MADE_AT
    )
    session.add(other)
    session.flush()
    pair = SyncPair(
        policy=MIRROR.name,
        user_id=user_id,
        left_calendar_id=calendar_id,
        right_calendar_id=other.id,
        is_paused=True,
        created_at=_MADE_AT,
    )
    session.add(pair)
    session.flush()
    return pair.id


def _offers(session: Session, user_id: int, calendar_id: int) -> list[int]:
    rows: list[Schedule | OutOfOffice | Travel | SelectedCalendar | EventType | Team | Resource] = [
        Schedule(user_id=user_id, name="Hours", time_zone="Europe/Berlin", created_at=_MADE_AT),
        OutOfOffice(user_id=user_id, start_date=_TODAY, end_date=_TODAY),
        Travel(user_id=user_id, start_date=_TODAY, end_date=_TODAY, time_zone="Asia/Tokyo"),
        SelectedCalendar(user_id=user_id, calendar_id=calendar_id, created_at=_MADE_AT),
        EventType(
            user_id=user_id,
            slug="private",
            title="Private",
            hidden=True,
            duration_minutes=30,
            created_at=_MADE_AT,
        ),
    ]
    team = Team(slug="private", name="Private", created_at=_MADE_AT)
    rows += [team, Resource(user_id=user_id, name="Private", created_at=_MADE_AT)]
    session.add_all(rows)
    session.flush()
    session.add(TeamMember(team_id=team.id, user_id=user_id, role="owner", joined_at=_MADE_AT))
    link = PrivateLink(event_type_id=rows[4].id, created_at=_MADE_AT)
    session.add(link)
    session.flush()
    return [*(row.id for row in rows), link.id]


def _webhook(session: Session, user_id: int) -> tuple[int, int]:
    webhook = Webhook(
        user_id=user_id,
        url="https://hooks.example/private",
        description="Private",
        events=["booking.created"],
        secret=b"sealed",
        failures=0,
        created_at=_MADE_AT,
    )
    session.add(webhook)
    session.flush()
    delivery = WebhookDelivery(
        webhook_id=webhook.id,
        key="private",
        event="booking.created",
        body=b"sealed",
        state="dead",
        asked_at=_MADE_AT,
        due_at=_MADE_AT,
        created_at=_MADE_AT,
    )
    session.add(delivery)
    session.flush()
    return webhook.id, delivery.id


def _booking(session: Session, user_id: int) -> str:
    uid = new_uid()
    session.execute(
        insert(Booking).values(
            id=new_id(),
            uid=uid,
            ical_uid=f"{uid}@test",
            host_id=user_id,
            title="Private",
            starts_at=1_796_000_000,
            ends_at=1_796_001_800,
            status="confirmed",
            guest_name="Guest",
            guest_email="guest@example.test",
            guest_time_zone="Europe/Berlin",
            created_at=_MADE_AT,
            updated_at=_MADE_AT,
        )
    )
    return uid


def _mail(session: Session, user_id: int, uid: str) -> int:
    row = MailMessage(
        message_id=f"<{uid}@test>",
        user_id=user_id,
        booking_uid=uid,
        kind="confirmed",
        part="guest",
        recipient="guest@example.test",
        state="dead",
        content=b"sealed",
        due_at=_MADE_AT,
        asked_at=_MADE_AT,
        created_at=_MADE_AT,
    )
    session.add(row)
    session.flush()
    return row.id


def rows_of_everybody() -> dict[str, list[str]]:
    """Return every row of every table that holds a host's things, to see whether any changed."""
    left_out = {"api_keys", "throttle_windows", "replays", "audit_entries", "workers", "jobs"}
    with db.engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - left_out
        return {
            name: sorted(map(repr, connection.execute(select(text("*")).select_from(table(name)))))
            for name in names
        }
