"""Mails about bookings: each change is told to the guest, the hosts and additional guests.

A listener (`telling.Listener`): mails are kept in the unit that tells of the change, once for each
history entry and recipient. Who is told what stands in docs/mail.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings.lifecycle import EventKind
from booking.bookings.mail_day import day_around
from booking.bookings.mail_facts import Facts, facts_of, person_of, series_of
from booking.bookings.models import Booking, BookingEvent, BookingStatus
from booking.bookings.values import BookingEventView, BookingView
from booking.core.instants import Instant
from booking.mail.notices import recipient_of
from booking.mail.outbox import MailOutbox
from booking.mail.values import (
    Cancelled,
    Confirmed,
    Declined,
    Doer,
    Expired,
    Mail,
    OfBooking,
    Part,
    Reassigned,
    Recipient,
    Requested,
    Rescheduled,
)

_BEGINNINGS = (EventKind.CREATED, EventKind.REQUESTED)


class BookingMails:
    """Hears of every change of a booking and keeps the mails that tell of it."""

    def __init__(self, *, outbox: MailOutbox, base_url: str) -> None:
        self._outbox = outbox
        self._base_url = base_url

    def hear(self, session: Session, event: BookingEventView, booking: BookingView) -> None:
        """Keep the mails about a change; see `telling.Listener`."""
        row = session.get_one(BookingEvent, event.id)
        if row.kind not in _TELLERS:
            return
        facts = facts_of(session, row, self._base_url)
        story = Story(facts=_with_series(session, facts, row), event=row)
        told = _TELLERS[row.kind](story)
        hosts = [(host, _with_day(session, host, news)) for host, news in _hosts_told(story, told)]
        to_hosts = _to_hosts(story, hosts, self._base_url)
        self._outbox.post(session, *_to_guests(story, told, booking.manage_url), *to_hosts)


def _with_day(session: Session, host: User, news: OfBooking) -> OfBooking:
    """Show a host who is asked for a time what else stands on that day."""
    if not isinstance(news, Requested):
        return news
    row = session.scalars(select(Booking).where(Booking.uid == news.meeting.uid)).one()
    return replace(news, day=day_around(session, host, row, news.meeting.start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A change that is told."""

    facts: Facts
    event: BookingEvent

    @property
    def by(self) -> Doer:
        """Return who made the change."""
        return Doer(self.event.actor)

    @property
    def reason(self) -> str:
        """Return the reason that was given."""
        return self.event.reason or ""

    @property
    def is_pending(self) -> bool:
        """Tell whether the booking waits for the host's word after the change."""
        return self.event.status == BookingStatus.PENDING

    @property
    def is_one_of_many(self) -> bool:
        """Tell whether the beginning of a series is told with another of its bookings."""
        booking = self.facts.booking
        is_first = booking.series_uid in {None, booking.uid}
        return self.event.kind in _BEGINNINGS and not is_first

    @property
    def old_time(self) -> tuple[Instant, Instant]:
        """Return the time before the change."""
        previous = self.event.previous or {}
        meeting = self.facts.meeting
        return (
            Instant(previous.get("start", meeting.start)),
            Instant(previous.get("end", meeting.end)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What each side is told of a change; None: nothing.

    `swapped` is for hosts who have just come or gone, `hosts` for those who stay.
    """

    guest: OfBooking | None = None
    others: OfBooking | None = None
    hosts: OfBooking | None = None
    swapped: OfBooking | None = None


def _with_series(session: Session, facts: Facts, event: BookingEvent) -> Facts:
    """Let the first booking of a series tell the times of all of them."""
    booking = facts.booking
    if event.kind not in _BEGINNINGS or booking.series_uid != booking.uid:
        return facts
    times = series_of(session, booking)
    return replace(facts, meeting=replace(facts.meeting, series=times))


def _created(story: Story) -> Told:
    news = Confirmed(meeting=story.facts.meeting)
    return Told(guest=news, others=news, hosts=None if story.is_one_of_many else news)


def _linked(story: Story) -> Told:
    news = Confirmed(meeting=story.facts.meeting, has_new_link=True)
    return Told(guest=news, others=news, hosts=news)


def _requested(story: Story) -> Told:
    if story.is_one_of_many:
        return Told()
    news = Requested(meeting=story.facts.meeting, expires_at=story.facts.booking.expires_at)
    return Told(guest=news, hosts=news)


def _declined(story: Story) -> Told:
    news = Declined(meeting=story.facts.meeting, reason=story.reason, other_times=story.facts.page)
    return Told(guest=news, others=_off(story))


def _expired(story: Story) -> Told:
    news = Expired(meeting=story.facts.meeting, other_times=story.facts.page)
    return Told(guest=news, hosts=news, others=_off(story))


def _off(story: Story) -> OfBooking | None:
    """Return what additional guests hear of a request that ends: they know invitations alone."""
    if not story.facts.was_invited:
        return None
    return Cancelled(meeting=story.facts.meeting, by=Doer.HOST)


def _rescheduled(story: Story) -> Told:
    meeting = story.facts.meeting
    old_start, old_end = story.old_time
    moved = Rescheduled(
        meeting=meeting, old_start=old_start, old_end=old_end, by=story.by, reason=story.reason
    )
    news: OfBooking = moved
    if story.is_pending:
        news = Requested(
            meeting=meeting,
            expires_at=story.facts.booking.expires_at,
            old_start=old_start,
            old_end=old_end,
        )
    is_known = story.facts.was_invited or not story.is_pending
    return Told(guest=news, others=moved if is_known else None, hosts=news, swapped=_swap(story))


def _cancelled(story: Story) -> Told:
    news = Cancelled(meeting=story.facts.meeting, by=story.by, reason=story.reason)
    return Told(guest=news, others=news if story.facts.was_invited else None, hosts=news)


def _reassigned(story: Story) -> Told:
    news = _swap(story)
    is_known = story.facts.was_invited or not story.is_pending
    return Told(guest=news, others=news if is_known else None, swapped=news)


def _swap(story: Story) -> Reassigned:
    before = tuple(person_of(host) for host in story.facts.hosts_before)
    return Reassigned(meeting=story.facts.meeting, old_hosts=before)


_TELLERS: dict[str, Callable[[Story], Told]] = {
    EventKind.CREATED: _created,
    EventKind.REQUESTED: _requested,
    EventKind.CONFIRMED: _created,
    EventKind.DECLINED: _declined,
    EventKind.EXPIRED: _expired,
    EventKind.RESCHEDULED: _rescheduled,
    EventKind.CANCELLED: _cancelled,
    EventKind.REASSIGNED: _reassigned,
    EventKind.LINKED: _linked,
}


def _to_guests(story: Story, told: Told, manage_url: str) -> Iterator[Mail]:
    """Return the mails to whoever booked and to additional guests."""
    booking = story.facts.booking
    if booking.erased_at is not None:
        return  # nobody is known any more who could be written to
    people = [(told.guest, guest_of(booking), manage_url)]
    people += [(told.others, other, "") for other in others_of(booking)]
    for news, recipient, link in people:
        if news is not None:
            yield Mail(
                event_key=str(story.event.id),
                news=news,
                recipient=recipient,
                link=link,
                user_id=booking.host_id,
                is_limited=story.by is Doer.GUEST,
                brake_key=f"series:{booking.series_uid}" if booking.series_uid else "",
            )


def _to_hosts(
    story: Story, hosts: Iterable[tuple[User, OfBooking]], base_url: str
) -> Iterator[Mail]:
    for host, news in hosts:
        yield Mail(
            event_key=str(story.event.id),
            news=news,
            recipient=recipient_of(host),
            link=host_link(base_url, story.facts.booking),
            user_id=host.id,
        )


def _hosts_told(story: Story, told: Told) -> Iterator[tuple[User, OfBooking]]:
    """Return each host with what they are told: who comes or goes hears of that."""
    before = {host.id for host in story.facts.hosts_before}
    after = {host.id for host in story.facts.hosts}
    everybody = {host.id: host for host in (*story.facts.hosts, *story.facts.hosts_before)}
    for host in everybody.values():
        is_swapped = bool(before) and (host.id in before) != (host.id in after)
        news = told.swapped if is_swapped else told.hosts
        if news is not None and host.disabled_at is None:
            yield host, news


def guest_of(booking: Booking) -> Recipient:
    """Return who booked, as one who is told."""
    return Recipient(
        address=booking.guest_email,
        name=booking.guest_name,
        part=Part.GUEST,
        time_zone=booking.guest_time_zone,
        locale=booking.guest_locale,
        is_verified=booking.guest_is_verified,
    )


def others_of(booking: Booking) -> tuple[Recipient, ...]:
    """Return the additional guests: in the zone and language of the one who named them."""
    return tuple(
        Recipient(
            address=address,
            part=Part.OTHER,
            time_zone=booking.guest_time_zone,
            locale=booking.guest_locale,
        )
        for address in booking.additional_guests
    )


def host_link(base_url: str, booking: Booking) -> str:
    """Return the address of a booking's page for its hosts."""
    return f"{base_url}/bookings/{booking.uid}"
