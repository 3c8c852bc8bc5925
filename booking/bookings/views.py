"""From booking rows to the values that the doors show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings.change_store import open_views
from booking.bookings.copies import worst_of
from booking.bookings.models import Booking, BookingHost, CalendarState
from booking.bookings.values import (
    BookingView,
    CalendarChangeView,
    Guest,
    HostView,
    Occurrence,
)
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
        """Return bookings as values, with five queries for all of them."""
        around = _Around.read(session, bookings)
        return tuple(self._view(booking, around) for booking in bookings)

    def _view(self, booking: Booking, around: _Around) -> BookingView:
        token = manage_token(self._secret_key, booking.uid)
        allowed = around.allowed.get(booking.event_type_id or 0, _Allowed())
        state, error = around.copies.get(booking.id, (CalendarState.NONE, None))
        return BookingView(
            uid=booking.uid,
            ical_uid=booking.ical_uid,
            event_type_id=booking.event_type_id,
            title=booking.title,
            status=booking.status,
            start=Instant(booking.starts_at),
            end=Instant(booking.ends_at),
            hosts=around.hosts[booking.id],
            series=around.series.get(booking.series_uid or "", ()),
            guest=_guest(booking),
            guest_time_zone=booking.guest_time_zone,
            additional_guests=tuple(booking.additional_guests),
            answers=booking.answers,
            location=booking.location,
            meeting_url=booking.meeting_url,
            meeting_error=booking.meeting_error,
            reason=booking.reason,
            changed_by=booking.changed_by,
            calendar_state=state,
            calendar_error=error,
            calendar_change=around.changes.get(booking.id),
            guest_can_cancel=allowed.can_cancel,
            guest_can_reschedule=allowed.can_reschedule,
            guest_cancel_until=_before(booking, allowed.cancel_notice_minutes),
            guest_reschedule_until=_before(booking, allowed.reschedule_notice_minutes),
            invites_from=booking.invites_from,
            sequence=booking.sequence,
            expires_at=booking.expires_at,
            no_show_at=booking.no_show_at,
            created_at=booking.created_at,
            manage_token=token,
            manage_url=self.manage_url(booking.uid),
        )

    def manage_url(self, uid: str) -> str:
        """Return the guest's own link to a booking."""
        return f"{self._base_url}/booking/{uid}?token={manage_token(self._secret_key, uid)}"

    def is_manage_token(self, uid: str, token: str) -> bool:
        """Tell whether `token` lets its bearer manage this booking."""
        return is_manage_token(self._secret_key, uid, token)


class _Allowed(NamedTuple):
    """What guests may do with bookings of an event type; these, where it is gone."""

    can_cancel: bool = True
    can_reschedule: bool = False
    cancel_notice_minutes: int = 0
    reschedule_notice_minutes: int = 0


def _before(booking: Booking, minutes: int) -> Instant:
    return Instant(booking.starts_at - minutes * 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What stands around some bookings in other tables."""

    hosts: Mapping[int, tuple[HostView, ...]]
    series: Mapping[str, tuple[Occurrence, ...]]
    allowed: Mapping[int, _Allowed]
    copies: Mapping[int, tuple[str, str | None]]
    changes: Mapping[int, CalendarChangeView]

    @classmethod
    def read(cls, session: Session, bookings: list[Booking]) -> _Around:
        ids = [booking.id for booking in bookings]
        series = {booking.series_uid for booking in bookings if booking.series_uid}
        type_ids = {booking.event_type_id for booking in bookings}
        allowed = select(
            EventType.id,
            EventType.guest_can_cancel,
            EventType.guest_can_reschedule,
            EventType.guest_cancel_notice_minutes,
            EventType.guest_reschedule_notice_minutes,
        ).where(EventType.id.in_(type_ids))
        return cls(
            hosts=_hosts(session, ids),
            series=_series(session, series),
            allowed={row[0]: _Allowed(*row[1:]) for row in session.execute(allowed)},
            copies=worst_of(session, ids),
            changes=open_views(session, ids),
        )


def _hosts(session: Session, booking_ids: list[int]) -> Mapping[int, tuple[HostView, ...]]:
    query = (
        select(BookingHost, User)
        .join(User, User.id == BookingHost.user_id)
        .where(BookingHost.booking_id.in_(booking_ids))
        .order_by(BookingHost.position)
    )
    found: dict[int, tuple[HostView, ...]] = {}
    for row, user in session.execute(query):
        view = HostView(
            user_id=user.id,
            name=user.name,
            username=user.username,
            time_zone=user.time_zone,
            reason=row.reason,
        )
        found[row.booking_id] = (*found.get(row.booking_id, ()), view)
    return found


def _series(session: Session, series_uids: set[str]) -> Mapping[str, tuple[Occurrence, ...]]:
    if not series_uids:
        return {}
    query = (
        select(Booking.series_uid, Booking.uid, Booking.starts_at, Booking.ends_at, Booking.status)
        .where(Booking.series_uid.in_(series_uids))
        .order_by(Booking.starts_at)
    )
    found: dict[str, tuple[Occurrence, ...]] = {}
    for name, uid, start, end, status in session.execute(query):
        occurrence = Occurrence(uid=uid, start=Instant(start), end=Instant(end), status=status)
        found[name or ""] = (*found.get(name or "", ()), occurrence)
    return found


def _guest(booking: Booking) -> Guest:
    return Guest(
        name=booking.guest_name,
        email=booking.guest_email,
        phone=booking.guest_phone,
        locale=booking.guest_locale,
    )
