"""A host's desk for tests: one host in UTC, open Monday to Friday from nine to five."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings.models import Booking, BookingHost, Claim
from booking.bookings.service import StoreAnswer
from booking.bookings.values import Actor, BookingRequest, BookingView, Guest, SlotQuery
from booking.calendars.models import Calendar, Connection, SelectedCalendar
from booking.calendars.sync_models import BusyRow, Cursor
from booking.core.clock import FrozenClock
from booking.core.instants import DAY, Instant
from booking.db import reading, writing
from booking.eventtypes.models import EventType, EventTypeHostRow, EventTypeResourceRow
from booking.queue.models import Job
from booking.resources.models import Resource
from booking.security.cipher import place
from booking.teams.models import Team, TeamMember
from booking.wiring import Services


def at(text: str) -> Instant:
    """Return the instant of a UTC time such as `2026-11-24 09:00`, or of `09:00` that Tuesday."""
    full = text if "-" in text else f"2026-11-24 {text}"
    return Instant(int(datetime.fromisoformat(full).replace(tzinfo=UTC).timestamp()))


def times(starts: Sequence[int]) -> list[str]:
    """Return starts as wall times in UTC."""
    return [f"{datetime.fromtimestamp(start, UTC):%H:%M}" for start in starts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a test does at it, by the services that the doors use."""

    services: Services
    clock: FrozenClock
    host_id: int

    def offer(self, **fields: Any) -> int:
        """Make an event type of an hour without notice, unless said otherwise; return its id."""
        wanted = {"title": "Talk", "duration_minutes": 60, "minimum_notice_minutes": 0, **fields}
        return self.services.event_types.create(self.host_id, wanted).id

    def book(
        self,
        event_type: int,
        start: str | int,
        *,
        store_answer: StoreAnswer | None = None,
        **fields: Any,
    ) -> BookingView:
        """Book as a guest."""
        moment = at(start) if isinstance(start, str) else Instant(start)
        wish: dict[str, Any] = {
            "event_type_id": event_type,
            "start": moment,
            "time_zone": "UTC",
            "guest": Guest(name="Guest", email="guest@example.test"),
            **fields,
        }
        return self.services.bookings.book(BookingRequest(**wish), store_answer)

    def move(self, booking: BookingView, start: str, actor: Actor = Actor.GUEST) -> BookingView:
        return self.services.bookings.reschedule(booking.uid, at(start), actor)

    def cancel(self, booking: BookingView, actor: Actor = Actor.GUEST) -> BookingView:
        return self.services.bookings.cancel(booking.uid, actor, "Ill")

    def confirm(self, booking: BookingView) -> BookingView:
        return self.services.bookings.confirm(booking.uid, host_id=self.host_id)

    def decline(self, booking: BookingView) -> BookingView:
        return self.services.bookings.decline(booking.uid, "No time", host_id=self.host_id)

    def now(self, booking: BookingView) -> BookingView:
        """Return the booking as it stands."""
        return self.services.bookings.get(booking.uid)

    def query(self, event_type: int, day: str = "2026-11-24", **more: Any) -> SlotQuery:
        start = at(f"{day} 00:00")
        return SlotQuery(
            event_type_id=event_type,
            start=start,
            end=Instant(start + DAY),
            time_zone="UTC",
            **more,
        )

    def starts(self, event_type: int, day: str = "2026-11-24", **more: Any) -> list[str]:
        """Return the starts offered on a day."""
        answer = self.services.slots.find(self.query(event_type, day, **more))
        return times([slot.start for slot in answer.slots])

    def put_calendar(self, *, receives: bool = False, selected: bool = True) -> int:
        """Store a calendar that was read just now and is empty, on a server that never answers."""
        with writing() as session:
            connection = Connection(
                user_id=self.host_id,
                provider="caldav",
                url="http://127.0.0.1:1/",
                created_at=self.clock.now(),
            )
            session.add(connection)
            session.flush()
            sealed = self.services.cipher.seal("x", place("connections", connection.id, "secret"))
            connection.secret = sealed
            calendar = Calendar(
                connection_id=connection.id,
                remote_key="http://127.0.0.1:1/work/",
                name="Work",
                created_at=self.clock.now(),
            )
            session.add(calendar)
        self.read_calendar(calendar.id)
        if selected:
            self.services.selection.select(self.host_id, calendar.id)
        if receives:
            self.services.selection.set_destination(self.host_id, calendar.id)
        return calendar.id

    def read_calendar(self, calendar_id: int) -> None:
        """Note that a calendar was read completely just now."""
        with writing() as session:
            session.merge(
                Cursor(
                    calendar_id=calendar_id,
                    synced_at=self.clock.now(),
                    covered_from=at("2026-10-01 00:00"),
                    covered_until=at("2027-10-01 00:00"),
                )
            )

    def put_busy(self, calendar_id: int, start: Instant, end: Instant, **kind: Any) -> None:
        """Let a stretch of a calendar block."""
        row = BusyRow(
            calendar_id=calendar_id, item_key=f"{start}-{end}", starts_at=start, ends_at=end, **kind
        )
        with writing() as session:
            session.add(row)

    def colleague(self, username: str, time_zone: str = "UTC") -> Desk:
        """Return the desk of another host."""
        return _new_desk(self.services, self.clock, username, time_zone)

    def colleagues(self, count: int) -> list[Desk]:
        """Return this desk and others, as many as asked for."""
        return [self, *(self.colleague(f"host{number}") for number in range(2, count + 1))]

    def set(self, event_type: int, **columns: Any) -> None:
        """Write columns of an event type past the checks of its own room."""
        with writing() as session:
            session.execute(update(EventType).where(EventType.id == event_type).values(**columns))
            _void(session)

    def share(
        self, event_type: int, scheduling: str, hosts: Sequence[Desk], *each: dict[str, Any]
    ) -> None:
        """Let these hosts share an event type; `each` says more of the first, the second, ..."""
        more = [*each, *({} for _ in hosts[len(each) :])]
        with writing() as session:
            session.execute(
                update(EventType).where(EventType.id == event_type).values(scheduling=scheduling)
            )
            session.add_all(
                EventTypeHostRow(
                    event_type_id=event_type,
                    user_id=host.host_id,
                    position=position,
                    **{"since": self.clock.now(), **columns},
                )
                for position, (host, columns) in enumerate(zip(hosts, more, strict=True))
            )

    def shared(self, scheduling: str, hosts: Sequence[Desk], **fields: Any) -> int:
        """Make an event type of these hosts; fields as for `offer`, or columns."""
        event_type = self.offer(slug=fields.pop("slug", None) or scheduling.replace("_", "-"))
        self.set(event_type, **fields) if fields else None
        self.share(event_type, scheduling, hosts)
        return event_type

    def put_resource(self, *event_types: int, calendar: int | None = None) -> int:
        """Make a room that these event types need, with a calendar that blocks it."""
        now = self.clock.now()
        with writing() as session:
            room = Resource(user_id=self.host_id, name="Room", created_at=now)
            session.add(room)
            session.flush()
            session.add_all(
                EventTypeResourceRow(event_type_id=each, resource_id=room.id, position=0)
                for each in event_types
            )
            if calendar is not None:
                selected = SelectedCalendar(
                    user_id=self.host_id,
                    calendar_id=calendar,
                    resource_id=room.id,
                    created_at=now,
                )
                session.add(selected)
            return room.id

    def free_resource(self, event_type: int, resource: int) -> None:
        """Let an event type no longer need a room."""
        with writing() as session:
            session.delete(session.get_one(EventTypeResourceRow, (event_type, resource)))
            _void(session)

    def select_for(self, event_type: int, calendar: int) -> None:
        """Let a calendar of this host block one event type."""
        with writing() as session:
            session.add(
                SelectedCalendar(
                    user_id=self.host_id,
                    calendar_id=calendar,
                    event_type_id=event_type,
                    created_at=self.clock.now(),
                )
            )

    def close_account(self) -> None:
        with writing() as session:
            session.execute(
                update(User).where(User.id == self.host_id).values(disabled_at=self.clock.now())
            )

    def put_team(self, members: Sequence[Desk], limits: dict[str, Any], *event_types: int) -> int:
        """Make a team of these members that offers these event types."""
        now = self.clock.now()
        with writing() as session:
            team = Team(slug="crew", name="Crew", limits=limits, created_at=now)
            session.add(team)
            session.flush()
            session.add_all(
                TeamMember(team_id=team.id, user_id=each.host_id, joined_at=now) for each in members
            )
            session.execute(
                update(EventType).where(EventType.id.in_(event_types)).values(team_id=team.id)
            )
            return team.id


def _void(session: Session) -> None:
    """Forget what is remembered of slots, as whoever changes their rules does."""
    session.execute(update(User).values(slots_version=User.slots_version + 1))


def open_desk(app: Flask, clock: FrozenClock, username: str = "some") -> Desk:
    """Make a host without a password, and return the desk."""
    return _new_desk(app.extensions["booking"], clock, username, "UTC")


def _new_desk(services: Services, clock: FrozenClock, username: str, time_zone: str) -> Desk:
    user = services.accounts.create_user(
        email=f"{username}@example.test",
        name=username.title(),
        username=username,
        time_zone=time_zone,
        password=None,
    )
    return Desk(services=services, clock=clock, host_id=user.id)


def ids(hosts: Sequence[Desk]) -> list[int]:
    return [host.host_id for host in hosts]


def hosts_of(booking: BookingView) -> list[int]:
    """Return the ids of a booking's hosts, the one who was chosen first."""
    return [host.user_id for host in booking.hosts]


def choice_of(booking: BookingView, host: Desk | None = None) -> BookingHost:
    """Return what is stored about a booking's choice of this host, or of the first."""
    wanted = booking.host.user_id if host is None else host.host_id
    with reading() as session:
        query = (
            select(BookingHost)
            .join(Booking, Booking.id == BookingHost.booking_id)
            .where(Booking.uid == booking.uid, BookingHost.user_id == wanted)
        )
        return session.scalars(query).one()


def occupied(*subject_ids: int) -> list[tuple[int, str, str]]:
    """Return what occupies these hosts and resources, or all: whom, from when, until when."""
    with reading() as session:
        query = select(Claim.subject_id, Claim.starts_at, Claim.ends_at).order_by(
            Claim.starts_at, Claim.subject_id
        )
        if subject_ids:
            query = query.where(Claim.subject_id.in_(subject_ids))
        rows = session.execute(query)
        return [(row[0], times([row[1]])[0], times([row[2]])[0]) for row in rows]


def bookings() -> list[Booking]:
    with reading() as session:
        return list(session.scalars(select(Booking).order_by(Booking.starts_at)))


def claims() -> list[tuple[int, int, bool]]:
    """Return all claims: start, end, whether they are active."""
    with reading() as session:
        query = select(Claim.starts_at, Claim.ends_at, Claim.active).order_by(Claim.starts_at)
        return [(row[0], row[1], row[2]) for row in session.execute(query)]


def jobs() -> list[Job]:
    with reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == "bookings.write")))
