"""A booking as mails tell it: as it stood after one of its changes, with everybody concerned.

A change may be told late, after others. Its mail still tells the time and the hosts of that
moment, so that mails never contradict one another, in whatever order they arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings import copies
from booking.bookings.answers_read import labelled_answers
from booking.bookings.choosing import hosts_of
from booking.bookings.inviting import may_invite, neutral_title
from booking.bookings.models import Booking, BookingEvent, BookingHost, BookingStatus, CalendarState
from booking.bookings.place import place_text
from booking.core.instants import Instant
from booking.eventtypes.models import EventType
from booking.eventtypes.store import page_of
from booking.mail.values import Meeting, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the mails about one change are made from.

    `hosts` were its hosts after the change, `hosts_before` those it had before where they were
    others. `was_invited`: its guests were sent an invitation earlier. `page` is the public address
    of its event type, "" where strangers find none.
    """

    booking: Booking
    meeting: Meeting
    hosts: tuple[User, ...]
    hosts_before: tuple[User, ...] = ()
    was_invited: bool = False
    page: str = ""


def facts_of(session: Session, event: BookingEvent, base_url: str) -> Facts:
    """Return the facts of a change."""
    booking = session.get_one(Booking, event.booking_id)
    start, end, host_ids = _as_of(session, booking, event.revision)
    before = list((event.previous or {}).get("host_ids", ()))
    people = _users(session, {*host_ids, *before})
    was_invited = may_invite(booking.invites_from) and _was_confirmed(session, event)
    is_pending = event.status == BookingStatus.PENDING
    facts = _facts(session, booking, [people[key] for key in host_ids if key in people], base_url)
    meeting = replace(
        facts.meeting,
        sequence=event.sequence,
        start=start,
        end=end,
        is_ours_to_invite=may_invite(booking.invites_from)
        and (was_invited or event.status == BookingStatus.CONFIRMED),
        is_tentative=is_pending,
        calendar=_calendar_state(session, booking),
    )
    return replace(
        facts,
        meeting=meeting,
        hosts_before=tuple(people[key] for key in before if key in people),
        was_invited=was_invited,
    )


def present_facts(session: Session, booking: Booking, base_url: str) -> Facts:
    """Return the facts of a booking as it stands."""
    query = (
        select(User)
        .join(BookingHost, BookingHost.user_id == User.id)
        .where(BookingHost.booking_id == booking.id)
        .order_by(BookingHost.position)
    )
    return _facts(session, booking, session.scalars(query).all(), base_url)


def _facts(session: Session, booking: Booking, hosts: Sequence[User], base_url: str) -> Facts:
    event_type = session.get(EventType, booking.event_type_id or 0)
    return Facts(
        booking=booking,
        meeting=_meeting(booking, hosts, event_type),
        hosts=tuple(hosts),
        page=_page(session, event_type, base_url),
    )


def _meeting(booking: Booking, hosts: Sequence[User], event_type: EventType | None) -> Meeting:
    place = booking.location or {}
    return Meeting(
        uid=booking.uid,
        ical_uid=booking.ical_uid,
        sequence=booking.sequence,
        title=neutral_title(booking.title, booking.guest_name),
        start=Instant(booking.starts_at),
        end=Instant(booking.ends_at),
        hosts=tuple(person_of(host) for host in hosts),
        guest=Person(address=booking.guest_email, name=booking.guest_name),
        additional_guests=tuple(booking.additional_guests),
        place=place_text(booking.location),
        place_is_guests=bool(booking.guest_phone) and place.get("phone") == booking.guest_phone,
        meeting_url=booking.meeting_url or "",
        guest_phone=booking.guest_phone or "",
        answers=labelled_answers(booking, event_type),
    )


def _calendar_state(session: Session, booking: Booking) -> str:
    state, _ = copies.worst_of(session, [booking.id]).get(booking.id, (CalendarState.NONE, None))
    return state


def person_of(user: User) -> Person:
    """Return a host as mails name them."""
    return Person(address=user.email, name=user.name)


def series_of(session: Session, booking: Booking) -> tuple[tuple[Instant, Instant], ...]:
    """Return the times of a series, in order."""
    query = (
        select(Booking.starts_at, Booking.ends_at)
        .where(Booking.series_uid == booking.series_uid)
        .order_by(Booking.starts_at)
    )
    return tuple((Instant(row[0]), Instant(row[1])) for row in session.execute(query))


def _as_of(
    session: Session, booking: Booking, revision: int
) -> tuple[Instant, Instant, Sequence[int]]:
    """Return time and hosts after a change: what the next one to replace them replaced."""
    query = (
        select(BookingEvent.previous)
        .where(BookingEvent.booking_id == booking.id, BookingEvent.revision > revision)
        .order_by(BookingEvent.revision.desc())
    )
    start, end = booking.starts_at, booking.ends_at
    host_ids: Sequence[int] = hosts_of(session, booking.id)
    for previous in session.scalars(query):
        replaced = previous or {}
        start, end = replaced.get("start", start), replaced.get("end", end)
        host_ids = replaced.get("host_ids", host_ids)
    return Instant(start), Instant(end), host_ids


def _was_confirmed(session: Session, event: BookingEvent) -> bool:
    query = select(
        exists().where(
            BookingEvent.booking_id == event.booking_id,
            BookingEvent.revision < event.revision,
            BookingEvent.status == BookingStatus.CONFIRMED,
        )
    )
    return bool(session.scalar(query))


def _users(session: Session, ids: Sequence[int] | set[int]) -> Mapping[int, User]:
    return {user.id: user for user in session.scalars(select(User).where(User.id.in_(ids)))}


def _page(session: Session, event_type: EventType | None, base_url: str) -> str:
    if event_type is None or event_type.private_links_only:
        return ""
    return f"{base_url}/{page_of(session, event_type)}/{event_type.slug}"
