"""From booking rows to the values that the doors show."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings.models import Booking
from booking.bookings.values import BookingView, Guest, HostView
from booking.core.instants import Instant
from booking.eventtypes.models import EventType
from booking.security.tokens import is_manage_token, manage_token


class Views:
    """Builds views; knows the public address and the secret behind manage links."""

    def __init__(self, *, base_url: str, secret_key: str) -> None:
        self._base_url = base_url
        self._secret_key = secret_key

    def __repr__(self) -> str:
        return f"Views({self._base_url})"

    def of(self, session: Session, booking: Booking) -> BookingView:
        """Return one booking as a value."""
        return self.many(session, [booking])[0]

    def many(self, session: Session, bookings: list[Booking]) -> tuple[BookingView, ...]:
        """Return bookings as values, with two queries for all of them."""
        host_ids = {booking.host_id for booking in bookings}
        type_ids = {booking.event_type_id for booking in bookings}
        hosts = {
            user.id: user for user in session.scalars(select(User).where(User.id.in_(host_ids)))
        }
        flags = {
            row.id: (row.guest_can_cancel, row.guest_can_reschedule)
            for row in session.execute(
                select(
                    EventType.id, EventType.guest_can_cancel, EventType.guest_can_reschedule
                ).where(EventType.id.in_(type_ids))
            )
        }
        return tuple(
            self._view(booking, hosts[booking.host_id], flags.get(booking.event_type_id or 0))
            for booking in bookings
        )

    def _view(self, booking: Booking, host: User, flags: tuple[bool, bool] | None) -> BookingView:
        token = manage_token(self._secret_key, booking.uid)
        can_cancel, can_reschedule = flags or (True, False)
        return BookingView(
            uid=booking.uid,
            ical_uid=booking.ical_uid,
            event_type_id=booking.event_type_id,
            title=booking.title,
            status=booking.status,
            start=Instant(booking.starts_at),
            end=Instant(booking.ends_at),
            host=HostView(
                user_id=host.id, name=host.name, username=host.username, time_zone=host.time_zone
            ),
            guest=Guest(
                name=booking.guest_name,
                email=booking.guest_email,
                phone=booking.guest_phone,
                locale=booking.guest_locale,
            ),
            guest_time_zone=booking.guest_time_zone,
            additional_guests=tuple(booking.additional_guests),
            answers=booking.answers,
            location=booking.location,
            meeting_url=booking.meeting_url,
            reason=booking.reason,
            changed_by=booking.changed_by,
            calendar_state=booking.calendar_state,
            calendar_error=booking.calendar_error,
            guest_can_cancel=can_cancel,
            guest_can_reschedule=can_reschedule,
            sequence=booking.sequence,
            expires_at=booking.expires_at,
            created_at=booking.created_at,
            manage_token=token,
            manage_url=f"{self._base_url}/booking/{booking.uid}?token={token}",
        )

    def is_manage_token(self, uid: str, token: str) -> bool:
        """Tell whether `token` lets its bearer manage this booking."""
        return is_manage_token(self._secret_key, uid, token)
