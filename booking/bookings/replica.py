"""Bookings as the left side of a pair: what should stand in one destination calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings.answers_read import labelled_answers
from booking.bookings.conferences import maker_of
from booking.bookings.lifecycle import stands_in_calendar
from booking.bookings.models import BEHIND, Booking, BookingCopy
from booking.bookings.place import place_text
from booking.calendars.pair_store import PairRows
from booking.core.event import (
    Attendee,
    CalendarEvent,
    Timed,
    Visibility,
    to_units,
)
from booking.core.instants import Instant, from_instant
from booking.core.zones import zone
from booking.eventtypes.models import EventType
from booking.sync.ports import Capabilities, Item, Units


class BookingsSide:
    """The bookings of one destination calendar (see `sync.ports.Local`). It is never written.

    Keys are booking ids. `seen` remembers the revision that each booking had when it was read, and
    whether its copy was wanted here, and `asked` which bookings were found behind, so that what was
    written can be told from what has changed meanwhile.
    """

    capabilities = Capabilities(can_write=False)

    def __init__(self, calendar_id: int, base_url: str) -> None:
        self._calendar_id = calendar_id
        self._base_url = base_url
        self.seen: dict[int, tuple[int, bool]] = {}
        self.asked: set[int] = set()

    def is_news(self, booking: Booking, *, is_wanted: bool) -> bool:
        """Tell whether a booking, as it now stands, was made or changed after it was asked for."""
        present = (booking.revision, is_wanted)
        return booking.id not in self.asked or self.seen.get(booking.id, present) != present

    def norm(self, units: Units) -> Units:
        """Return the units as they are."""
        return units

    def dirty(self, state: PairRows) -> Iterable[str]:
        """Return the bookings whose calendar is behind, soonest first."""
        behind = waiting(state.session, self._calendar_id)
        self.asked.update(behind)
        return [str(key) for key in behind]

    def items(self, state: PairRows, keys: Sequence[str]) -> Mapping[str, Item]:
        """Return the bookings that should stand in the calendar."""
        query = (
            select(Booking, BookingCopy.is_wanted)
            .join(BookingCopy, BookingCopy.booking_id == Booking.id)
            .where(
                Booking.id.in_([int(key) for key in keys]),
                BookingCopy.calendar_id == self._calendar_id,
            )
            .execution_options(populate_existing=True)
        )
        rows = state.session.execute(query).all()
        self.seen.update({row.id: (row.revision, is_wanted) for row, is_wanted in rows})
        return {
            str(row.id): self._item(state.session, row)
            for row, is_wanted in rows
            if is_wanted and stands_in_calendar(row.status)
        }

    def write(
        self, state: PairRows, key: str | None, name: str, units: Units | None
    ) -> Item | None:
        """Refuse: the policy never writes bookings from a calendar."""
        del state, key, name, units
        raise TypeError("bookings are not written from a calendar")

    def _item(self, session: Session, booking: Booking) -> Item:
        host = session.get_one(User, booking.host_id)
        event_type = session.get(EventType, booking.event_type_id or 0)
        event = event_of(booking, host, event_type, self._base_url)
        if maker_of(session, booking) == self._calendar_id:
            # Its provider shows the link it made by itself.
            event = replace(event, url="")
        return Item(
            key=str(booking.id),
            uid=booking.ical_uid,
            version=str(booking.revision),
            units=to_units(event),
            updated_at=booking.updated_at,
        )


def waiting(session: Session, calendar_id: int) -> list[int]:
    """Return the bookings of a calendar that are not yet in step with it, soonest first."""
    query = (
        select(Booking.id)
        .join(BookingCopy, BookingCopy.booking_id == Booking.id)
        .where(BookingCopy.calendar_id == calendar_id, BookingCopy.state.in_(BEHIND))
        .order_by(Booking.starts_at)
    )
    return list(session.scalars(query))


def event_of(
    booking: Booking, host: User, event_type: EventType | None, base_url: str
) -> CalendarEvent:
    """Return the event that stands for a confirmed booking in the host's calendar."""
    is_private = event_type is not None and event_type.visibility == "private"
    return CalendarEvent(
        uid=booking.ical_uid,
        when=_when(booking, host.time_zone),
        title=booking.title,
        description=_description(booking, event_type, base_url),
        location=place_text(booking.location),
        url=booking.meeting_url or "",
        visibility=Visibility.PRIVATE if is_private else Visibility.PUBLIC,
        attendees=_attendees(booking),
        sequence=booking.sequence,
    )


def _when(booking: Booking, zone_name: str) -> Timed:
    clocks = zone(zone_name)
    start, end = (
        from_instant(Instant(moment)).astimezone(clocks).replace(tzinfo=None)
        for moment in (booking.starts_at, booking.ends_at)
    )
    if (end - start).total_seconds() != booking.ends_at - booking.starts_at or _is_second(
        booking, zone_name
    ):
        # Wall times would not tell which hour of that night is meant.
        return Timed.utc(booking.starts_at, booking.ends_at)
    return Timed(start=start, end=end, zone=zone_name)


def _is_second(booking: Booking, zone_name: str) -> bool:
    """Tell whether a wall time of the booking is the second of a repeated hour."""
    clocks = zone(zone_name)
    return any(
        from_instant(Instant(moment)).astimezone(clocks).fold == 1
        for moment in (booking.starts_at, booking.ends_at)
    )


def _attendees(booking: Booking) -> tuple[Attendee, ...]:
    named = {booking.guest_email.lower(): booking.guest_name}
    for address in booking.additional_guests:
        named.setdefault(address.lower(), "")
    return tuple(Attendee(address=address, name=named[address]) for address in sorted(named))


def _description(booking: Booking, event_type: EventType | None, base_url: str) -> str:
    lines = [f"{booking.guest_name} <{booking.guest_email}>"]
    if booking.guest_phone:
        lines.append(booking.guest_phone)
    lines += [_answered(label, text) for label, text in labelled_answers(booking, event_type)]
    lines.append(f"{base_url}/bookings")
    return "\n".join(lines)


def _answered(label: str, text: str) -> str:
    return f"{label} {text}" if label.endswith(("?", ":")) else f"{label}: {text}"
