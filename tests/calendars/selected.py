"""A host whose selected calendar stands on a real server, behind a proxy that can misbehave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from booking.accounts.models import User
from booking.calendars.busy import blocks
from booking.calendars.ical import parse_object
from booking.calendars.models import Connection
from booking.calendars.refresh import COVERED_AHEAD, COVERED_BACK, RefreshReport
from booking.calendars.sync_models import BusyRow, Cursor, ReplicaItem
from booking.core.instants import DAY, Instant, to_instant
from booking.core.recurrence import occurrences
from booking.core.zones import zone
from booking.db import reading
from tests.bookings.desk import Desk
from tests.servers.dav import DavAccount
from tests.servers.faulty import FaultyProxy

SECRET = "Secret-plan"
_OBJECT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
    "DTSTAMP:20261121T000000Z\r\n{lines}SUMMARY:" + SECRET + "\r\nDESCRIPTION:" + SECRET + "\r\n"
    "LOCATION:" + SECRET + "\r\nEND:VEVENT\r\n{more}END:VCALENDAR\r\n"
)
_MOVED = (
    "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261121T000000Z\r\nRECURRENCE-ID:20261201T100000Z\r\n"
    "DTSTART:20261201T150000Z\r\nDTEND:20261201T160000Z\r\nSUMMARY:" + SECRET + "\r\n"
    "END:VEVENT\r\n"
)


def ics(uid: str, *lines: str, moved: bool = False) -> str:
    """Return an object of these lines; `moved`: with one instance that was moved."""
    more = _MOVED.format(uid=uid) if moved else ""
    return _OBJECT.format(uid=uid, lines="".join(f"{line}\r\n" for line in lines), more=more)


def hour(start: str) -> tuple[str, str]:
    """Return the lines of an event of an hour, from a UTC time like `20261124T100000Z`."""
    return f"DTSTART:{start}", "DURATION:PT1H"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The calendar, its copy, and what a test asks about them."""

    desk: Desk
    account: DavAccount
    proxy: FaultyProxy
    url: str
    connection: int
    calendar: int

    def put(self, uid: str, *lines: str, moved: bool = False) -> None:
        self.account.put(self.url, f"{uid}.ics", ics(uid, *lines, moved=moved))

    def remove(self, uid: str) -> None:
        self.account.delete(f"{self.url}{uid}.ics")

    def refresh(self, *, full: bool = False) -> RefreshReport:
        return self.desk.services.refresher.refresh(self.calendar, full=full)

    def later(self, **time: float) -> None:
        """Let time pass, so that what waited may be tried again."""
        self.desk.clock.moment += timedelta(**time)

    def stored(self) -> list[tuple[int, int]]:
        """Return what blocks, each stretch once."""
        with reading() as session:
            query = select(BusyRow.starts_at, BusyRow.ends_at).where(
                BusyRow.calendar_id == self.calendar
            )
            return sorted({(row[0], row[1]) for row in session.execute(query)})

    def expected(self) -> list[tuple[int, int]]:
        """Return what the objects on the server block, read and expanded anew."""
        today = to_instant(self.desk.clock.now()) // DAY * DAY
        window = (Instant(today - COVERED_BACK), Instant(today + COVERED_AHEAD))
        found = (
            occurrence
            for text in self.account.objects(self.url)
            for occurrence in occurrences(parse_object(text), window, zone("UTC"))
        )
        return sorted({(one.start, one.end) for one in found if blocks(one)})

    def cursor(self) -> Cursor:
        with reading() as session:
            return session.get_one(Cursor, self.calendar)

    def status(self) -> str:
        with reading() as session:
            return session.get_one(Connection, self.connection).status

    def slots_version(self) -> int:
        with reading() as session:
            return session.get_one(User, self.desk.host_id).slots_version

    def items(self) -> list[ReplicaItem]:
        with reading() as session:
            return list(session.scalars(select(ReplicaItem)))


def select_calendar(desk: Desk, account: DavAccount, proxy: FaultyProxy) -> Selected:
    """Connect an account with one calendar through the proxy, and let it block."""
    url = account.make_calendar("busy")
    connection = desk.services.connections.connect_caldav(
        desk.host_id, "radicale", proxy.through(account.base_url), account.user, account.password
    )
    (calendar,) = desk.services.connections.calendars(desk.host_id, connection.id)
    desk.services.selection.select(desk.host_id, calendar.id)
    return Selected(
        desk=desk,
        account=account,
        proxy=proxy,
        url=url,
        connection=connection.id,
        calendar=calendar.id,
    )
