"""A host with one calendar that can be refreshed, and what a test asks about its busy rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.calendars.busy import blocks
from booking.calendars.busy_rows import LONGEST_ROW
from booking.calendars.connections import ConnectionService
from booking.calendars.content import event_of
from booking.calendars.item_rows import ItemRows
from booking.calendars.refresh import COVERED_AHEAD, COVERED_BACK, Refresher, RefreshReport
from booking.calendars.sync_models import BusyRow, Cursor, ReplicaItem
from booking.core.clock import FrozenClock
from booking.core.event import Answer, EventStatus
from booking.core.instants import DAY, Instant, to_instant
from booking.core.recurrence import Occurrence, occurrences
from booking.core.zones import zone
from booking.db import reading
from booking.security.cipher import Cipher
from tests.calendars.accounts import make_user
from tests.calendars.memory_calendar import MemoryCalendar

SPAN = tuple[str, str]
Stored = tuple[str, int, int, bool]


@dataclass
class RefreshedCalendar:
    """The calendar, its copy, and who refreshes it. `own`: UIDs of the host's bookings."""

    server: MemoryCalendar
    clock: FrozenClock
    user: int
    calendar: int
    connections: ConnectionService
    own: set[str] = field(default_factory=set)

    def refresher(self, owner: str = "worker") -> Refresher:
        return Refresher(
            connections=self.connections, clock=self.clock, own_uids=self.own_uids, owner=owner
        )

    def own_uids(self, session: Session, user_id: int, uids: Sequence[str]) -> frozenset[str]:
        assert session.is_active
        return frozenset(self.own & set(uids)) if user_id == self.user else frozenset()

    def refresh(self, *, full: bool = False) -> RefreshReport:
        return self.refresher().refresh(self.calendar, full=full)

    def rows(self) -> list[BusyRow]:
        query = select(BusyRow).where(BusyRow.calendar_id == self.calendar)
        with reading() as session:
            return list(session.scalars(query.order_by(BusyRow.starts_at, BusyRow.ends_at)))

    def busy(self) -> list[SPAN]:
        """Return what blocks, in Berlin's wall time."""
        return [(_wall(row.starts_at), _wall(row.ends_at)) for row in self.rows()]

    def cursor(self) -> Cursor:
        with reading() as session:
            return session.get_one(Cursor, self.calendar)

    def replica(self) -> list[ReplicaItem]:
        query = select(ReplicaItem).where(ReplicaItem.calendar_id == self.calendar)
        with reading() as session:
            return list(session.scalars(query))

    def expansion(self) -> list[Stored]:
        """Return what the replica's events come to now, worked out one by one."""
        today = to_instant(self.clock.now()) // DAY * DAY
        window = (Instant(today - COVERED_BACK), Instant(today + COVERED_AHEAD))
        with reading() as session:
            rows = ItemRows(session, self.calendar, 0)
            items = rows.items(list(rows.versions()))
        found = {
            (item.key, start, min(start + LONGEST_ROW, one.end), _is_tentative(one))
            for item in items.values()
            for one in occurrences(event_of(item.units, item.uid), window, zone("Europe/Berlin"))
            if blocks(one)
            for start in range(one.start, max(one.end, one.start + 1), LONGEST_ROW)
        }
        return sorted(found)

    def stored(self) -> list[Stored]:
        return sorted(
            (row.item_key, row.starts_at, row.ends_at, row.is_tentative) for row in self.rows()
        )


def _is_tentative(one: Occurrence) -> bool:
    return one.status is EventStatus.TENTATIVE or one.event.my_answer is Answer.TENTATIVE


def _wall(moment: int) -> str:
    local = datetime.fromtimestamp(moment, UTC).astimezone(zone("Europe/Berlin"))
    return local.strftime("%Y-%m-%d %H:%M")


def refreshed_calendar(clock: FrozenClock, way: str = "feed") -> RefreshedCalendar:
    """Return a host in Berlin with an empty calendar that was never read."""
    server = MemoryCalendar(way=way)
    connections = ConnectionService(providers=server, cipher=Cipher((bytes(32),)), clock=clock)
    user = make_user()
    connection = connections.connect_caldav(user, "generic", "https://dav.example.test/", "u", "p")
    calendar = connections.calendars(user, connection.id)[0].id
    return RefreshedCalendar(
        server=server, clock=clock, user=user, calendar=calendar, connections=connections
    )
