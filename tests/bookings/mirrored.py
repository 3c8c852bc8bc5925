"""A desk whose bookings go to a real calendar, through a proxy that can misbehave."""

from __future__ import annotations

from dataclasses import dataclass

from booking.bookings.values import BookingView
from booking.db import reading
from booking.queue import outbox
from booking.wiring import Services
from tests.bookings.desk import Desk
from tests.servers.dav import DavAccount
from tests.servers.faulty import FaultyProxy


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """The desk, its calendar's own address, and the proxy in between."""

    desk: Desk
    account: DavAccount
    proxy: FaultyProxy
    url: str
    calendar: int

    @property
    def services(self) -> Services:
        return self.desk.services

    def write(self) -> None:
        self.services.booking_writer.write(self.calendar)

    def texts(self) -> list[str]:
        """Return the events as a plain client reads them."""
        return [text.replace("\r\n ", "") for text in self.account.objects(self.url)]

    def state(self, booking: BookingView) -> tuple[str, str | None]:
        """Return how the booking's copy stands, and what is wrong with it."""
        view = self.desk.now(booking)
        return view.calendar_state, view.calendar_error

    def due(self) -> list[int]:
        with reading() as session:
            return outbox.due(session, self.desk.clock.now())


def connect(desk: Desk, account: DavAccount, proxy: FaultyProxy) -> Mirrored:
    """Connect an account through the proxy, with one calendar that receives bookings."""
    url = account.make_calendar("destination")
    connection = desk.services.connections.connect_caldav(
        desk.host_id, "radicale", proxy.through(account.base_url), account.user, account.password
    )
    (calendar,) = desk.services.connections.calendars(desk.host_id, connection.id)
    desk.services.selection.set_destination(desk.host_id, calendar.id)
    return Mirrored(desk=desk, account=account, proxy=proxy, url=url, calendar=calendar.id)
