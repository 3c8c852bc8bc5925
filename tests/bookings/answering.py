"""A desk whose bookings go to a calendar that its host changes by hand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from booking.bookings.values import BookingView, CalendarChangeView, Guest
from booking.db import reading
from booking.mail.models import MailMessage
from tests.bookings.by_hand import Hand
from tests.bookings.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The desk, the host's hand, and the calendar between them, which nothing else reads."""

    desk: Desk
    hand: Hand
    calendar: int

    def wish(self, on_calendar_change: str) -> None:
        """Set what the host wants to become of changes."""
        wanted = {"on_calendar_change": on_calendar_change}
        self.desk.services.accounts.change_profile(self.desk.host_id, wanted)

    def booked(self, *starts: str, **fields: object) -> list[BookingView]:
        """Book one event type at these times, each for another guest, and write them all."""
        offer = self.desk.offer(slug=f"talk{len(self.hand.events())}", **fields)
        made = [
            self.desk.book(
                offer, start, guest=Guest(name="Guest", email=f"guest{n:02}@example.test")
            )
            for n, start in enumerate(starts)
        ]
        self.write()
        self.desk.services.lookout.ask_due()
        return made

    def write(self) -> None:
        self.desk.services.booking_writer.write(self.calendar)

    def look(self) -> None:
        """Let a quarter of an hour pass, and look."""
        self.desk.clock.advance(minutes=15)
        assert self.desk.services.lookout.ask_due() == 1
        self.desk.services.lookout.look(self.calendar)

    def later(self, minutes: int) -> None:
        """Let some time pass; what is due then is done."""
        self.desk.clock.advance(minutes=minutes)
        if self.desk.services.lookout.ask_due():
            self.desk.services.lookout.look(self.calendar)

    def change(self, booking: BookingView) -> CalendarChangeView | None:
        return self.desk.now(booking).calendar_change

    def asked(self, booking: BookingView) -> CalendarChangeView:
        """Return the change that the host is asked about."""
        change = self.change(booking)
        assert change is not None
        assert change.state == "asking"
        return change

    def kinds(self, booking: BookingView) -> list[tuple[str, str, bool]]:
        """Return a booking's history: what, by whom, and whether in the calendar."""
        events = self.desk.services.bookings.history(booking.uid, host_id=self.desk.host_id)
        return [(event.kind, event.actor, event.in_calendar) for event in events]


def notices() -> list[str]:
    """Return the keys of the notices that hosts were told, in order."""
    with reading() as session:
        return list(session.scalars(select(MailMessage.message_id).order_by(MailMessage.id)))
