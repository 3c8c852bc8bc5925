"""A host's desk for tests: one host in UTC, open Monday to Friday from nine to five."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import select

from booking.bookings.models import Booking, Claim
from booking.bookings.service import StoreAnswer
from booking.bookings.values import Actor, BookingRequest, BookingView, Guest, SlotQuery
from booking.calendars.models import Calendar, Connection
from booking.calendars.sync_models import BusyRow, Cursor
from booking.core.clock import FrozenClock
from booking.core.instants import DAY, Instant
from booking.db import reading, writing
from booking.queue.models import Job
from booking.security.cipher import place
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


def open_desk(app: Flask, clock: FrozenClock, username: str = "some") -> Desk:
    """Make a host without a password, and return the desk."""
    services: Services = app.extensions["booking"]
    user = services.accounts.create_user(
        email=f"{username}@example.test",
        name=username.title(),
        username=username,
        time_zone="UTC",
        password=None,
    )
    return Desk(services=services, clock=clock, host_id=user.id)


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
