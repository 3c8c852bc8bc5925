"""Erasing guests and users, on request or because their time is over.

Nothing is erased behind somebody's back: bookings that are still to come are cancelled first, and
told as cancelled, where the caller says so; else the erasure is refused. Each step is a unit of
its own and may be repeated after a crash.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings import access, copies
from booking.bookings.forgetting import (
    forget_companion,
    forget_guest,
    forget_records,
    links_of,
)
from booking.bookings.jobs import ask_write
from booking.bookings.models import LIVING, Booking, BookingCopy, BookingEvent, BookingHost
from booking.bookings.service import BookingService
from booking.bookings.store import lock_hosts
from booking.bookings.telling import Teller
from booking.bookings.values import Actor
from booking.bookings.wishes import WishService
from booking.bookings.writer import BookingWriter
from booking.calendars.connections import ConnectionService
from booking.core.clock import Clock
from booking.core.errors import BookingError, Conflict, IllegalTransition, NotFound
from booking.core.instants import to_instant
from booking.db import reading, writing
from booking.mail.models import MailMessage
from booking.mail.outbox import DUE_STATES
from booking.security import audit
from booking.teams.service import TeamService
from booking.upkeep import ledger
from booking.upkeep.exporting import bookings_with
from booking.upkeep.ledger import GUEST, KEEP, REMOVE, USER, Entry

_log = logging.getLogger(__name__)
_BATCH = 200
_CLOSED = "The host's account was closed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was erased: how many bookings were cancelled and cleared, and the ledger's entry."""

    kind: str
    receipt: str
    cancelled: int
    bookings: int
    copies: str
    erased_at: datetime


class Keepers(NamedTuple):
    """The services that keep what may have to be erased."""

    bookings: BookingService
    wishes: WishService
    teller: Teller
    writer: BookingWriter
    connections: ConnectionService
    teams: TeamService


class Eraser:
    """Erases guests and users, and what is older than the site keeps it."""

    def __init__(self, *, keepers: Keepers, clock: Clock, secret_key: str) -> None:
        self._clock = clock
        self._secret_key = secret_key
        self._keepers = keepers

    def erase_guest(
        self, email: str, *, remove_copies: bool, cancel_upcoming: bool, actor: str = "system"
    ) -> Receipt:
        """Take a guest out of every booking, whoever the host is.

        Errors: Conflict where bookings are still to come and are not to be cancelled.
        """
        address = email.strip().lower()
        with reading() as session:
            found = bookings_with(session, address)
        own = [one for one in found if one.guest_email.lower() == address]
        cancelled = self._end(self._upcoming(own), cancel_upcoming, Actor.SYSTEM, None)
        links: list[int] = []
        for booking in found:
            with reading() as session:
                links += links_of(session, booking.id)
            self._forget(booking.id, address, remove_copies=remove_copies)
        if remove_copies:
            self._write_now([booking.id for booking in found], links)
        self._keepers.wishes.forget_guest(address)
        return self._written_down(
            GUEST, address, cancelled, len(found), remove_copies=remove_copies, actor=actor
        )

    def _write_now(self, booking_ids: Sequence[int], links: Sequence[int]) -> None:
        """Remove the copies without waiting for a worker; one that cannot be reached waits."""
        with reading() as session:
            query = select(BookingCopy.calendar_id).where(BookingCopy.booking_id.in_(booking_ids))
            calendars = sorted(set(session.scalars(query)))
        for calendar_id in calendars:
            try:
                self._keepers.writer.write(calendar_id)
            except BookingError as error:
                _log.warning("erasure.copies_wait calendar=%d code=%s", calendar_id, error.code)
        with writing() as session:
            forget_records(session, links)

    def _forget(self, booking_id: int, address: str, *, remove_copies: bool) -> None:
        now = self._clock.now()
        with writing() as session:
            booking = session.get_one(Booking, booking_id)
            access.lock(session, booking)
            if booking.guest_email.lower() == address:
                forget_guest(session, booking, now, remove_copies=remove_copies)
            else:
                forget_companion(session, booking, address)

    def erase_user(
        self, user_id: int, *, remove_copies: bool, cancel_upcoming: bool, actor: str = "system"
    ) -> Receipt:
        """Close an account and forget it: what is a team's goes to the team, all else ends.

        Errors: NotFound; Conflict where bookings are still to come and are not to be cancelled,
        and for the last owner of a team with other members.
        """
        with reading() as session:
            user = session.get(User, user_id)
            if user is None:
                raise NotFound("There is no such account.")
            hosted = _hosted_by(session, user_id)
        self._check_teams(user_id)
        cancelled = self._end(self._upcoming(hosted), cancel_upcoming, Actor.HOST, user_id)
        self._leave_teams(user_id)
        if remove_copies:
            self._remove_copies(user_id)
        for connection in self._keepers.connections.list(user_id):
            self._keepers.connections.disconnect(user_id, connection.id)
        while not self._drop(user_id):
            with reading() as session:
                late = self._upcoming(_hosted_by(session, user_id))
            cancelled += self._end(late, cancel_upcoming, Actor.HOST, user_id)
        return self._written_down(
            USER, user.email, cancelled, len(hosted), remove_copies=remove_copies, actor=actor
        )

    def _upcoming(self, bookings: Sequence[Booking]) -> list[Booking]:
        now = to_instant(self._clock.now())
        return [one for one in bookings if one.status in LIVING and one.ends_at > now]

    def _end(
        self, upcoming: Sequence[Booking], cancel: bool, actor: Actor, user_id: int | None
    ) -> int:
        """Cancel what is to come, and tell everybody, before it can no longer be told."""
        if upcoming and not cancel:
            raise Conflict(
                f"{len(upcoming)} bookings are still to come. Cancel them first, or have them "
                "cancelled with the erasure."
            )
        for booking in upcoming:
            try:
                reason = _CLOSED if actor is Actor.HOST else None
                self._keepers.bookings.cancel(booking.uid, actor, reason, host_id=user_id)
            except IllegalTransition:
                continue  # somebody was faster
        for booking in upcoming:
            self._tell(booking.id)
        return len(upcoming)

    def _tell(self, booking_id: int) -> None:
        untold = select(BookingEvent.id).where(
            BookingEvent.booking_id == booking_id, BookingEvent.told_at.is_(None)
        )
        with reading() as session:
            ids = session.scalars(untold.order_by(BookingEvent.revision)).all()
        for event_id in ids:
            self._keepers.teller.tell(event_id)

    def _check_teams(self, user_id: int) -> None:
        for team in self._keepers.teams.list(user_id):
            members = self._keepers.teams.members(user_id, team.id)
            owners = [one for one in members if one.role == "owner"]
            is_last = [one.user_id for one in owners] == [user_id]
            if is_last and len(members) > 1:
                raise Conflict(f"Make somebody else an owner of the team “{team.name}” first.")

    def _leave_teams(self, user_id: int) -> None:
        for team in self._keepers.teams.list(user_id):
            if len(self._keepers.teams.members(user_id, team.id)) > 1:
                self._keepers.teams.remove_member(user_id, team.id, user_id)
            else:
                self._keepers.teams.delete(user_id, team.id)

    def _remove_copies(self, user_id: int) -> None:
        """Have the events of the user's bookings removed from calendars, now or by the worker."""
        now = self._clock.now()
        with reading() as session:
            query = (
                select(BookingCopy.booking_id)
                .join(BookingHost, BookingHost.booking_id == BookingCopy.booking_id)
                .where(BookingHost.user_id == user_id)
            )
            ids = sorted(set(session.scalars(query)))
            calendars = select(BookingCopy.calendar_id).where(BookingCopy.booking_id.in_(ids))
            targets = sorted(set(session.scalars(calendars)))
        for booking_id in ids:
            with writing() as session:
                copies.set_wanted(session, booking_id, ())
                ask_write(session, session.get_one(Booking, booking_id), now)
        for calendar_id in targets:
            try:
                self._keepers.writer.write(calendar_id)
            except BookingError as error:
                raise Conflict(
                    f"The copies in a calendar could not be removed: {error.message} Try again, "
                    "or keep them."
                ) from error

    def _drop(self, user_id: int) -> bool:
        """Delete the account; shared bookings pass on, and mails that wait still go out.

        Tell whether it is done: not where somebody booked meanwhile, who has to be told first.
        """
        with writing() as session:
            lock_hosts(session, [user_id])
            if self._upcoming(_hosted_by(session, user_id)):
                return False
            for booking in session.scalars(select(Booking).where(Booking.host_id == user_id)):
                others = select(BookingHost.user_id).where(
                    BookingHost.booking_id == booking.id, BookingHost.user_id != user_id
                )
                other = session.scalar(others.order_by(BookingHost.position).limit(1))
                if other is not None:
                    booking.host_id = other
            session.flush()
            session.execute(
                update(MailMessage)
                .where(MailMessage.user_id == user_id, MailMessage.state.in_(DUE_STATES))
                .values(user_id=None)
            )
            session.execute(delete(User).where(User.id == user_id))
            return True

    def _written_down(
        self,
        kind: str,
        email: str,
        cancelled: int,
        bookings: int,
        *,
        remove_copies: bool,
        actor: str,
    ) -> Receipt:
        now = self._clock.now()
        entry = Entry(
            subject_hash=ledger.receipt_of(self._secret_key, kind, email),
            kind=kind,
            copies=REMOVE if remove_copies else KEEP,
            erased_at=now,
        )
        with writing() as session:
            ledger.write_down(session, entry)
            audit.record(
                session,
                now,
                actor,
                f"{kind}.erased",
                f"{kind}:{entry.subject_hash}",
                bookings=bookings,
                cancelled=cancelled,
                copies=entry.copies,
            )
        return Receipt(
            kind=kind,
            receipt=entry.subject_hash,
            cancelled=cancelled,
            bookings=bookings,
            copies=entry.copies,
            erased_at=now,
        )

    def forget_old(self, days: int) -> int:
        """Clear bookings that ended more than `days` ago; events in calendars stay as they are.

        Return how many were cleared, a batch at most.
        """
        now = self._clock.now()
        before = to_instant(now - timedelta(days=days))
        with writing() as session:
            query = select(Booking).where(Booking.ends_at < before, Booking.erased_at.is_(None))
            rows = session.scalars(query.order_by(Booking.ends_at).limit(_BATCH)).all()
            for booking in rows:
                forget_guest(session, booking, now, remove_copies=False)
            if rows:
                audit.record(
                    session, now, "system", "guests.forgotten", "retention", bookings=len(rows)
                )
        return len(rows)

    def erase_again(self) -> int:
        """Erase whom the ledger names and a restored backup knows; return how many.

        Bookings made after the erasure are another matter and stay.
        """
        with reading() as session:
            known = {entry.subject_hash: entry for entry in ledger.entries(session)}
            guests = set(session.scalars(select(Booking.guest_email).distinct()))
            users = session.execute(select(User.id, User.email)).all()
        done = 0
        for email in sorted({one.lower() for one in guests}):
            entry = known.get(ledger.receipt_of(self._secret_key, GUEST, email))
            done += self._guest_again(email, entry) if entry is not None else 0
        for user_id, email in users:
            entry = known.get(ledger.receipt_of(self._secret_key, USER, email))
            if entry is not None and self._is_from_before(user_id, entry):
                self.erase_user(user_id, remove_copies=False, cancel_upcoming=True)
                done += 1
        return done

    def _guest_again(self, email: str, entry: Entry) -> int:
        with reading() as session:
            rows = [
                one for one in bookings_with(session, email) if one.created_at < entry.erased_at
            ]
        self._end(self._upcoming(rows), True, Actor.SYSTEM, None)
        for booking in rows:
            self._forget(booking.id, email, remove_copies=entry.copies == REMOVE)
        return 1 if rows else 0

    def _is_from_before(self, user_id: int, entry: Entry) -> bool:
        with reading() as session:
            user = session.get(User, user_id)
            return user is not None and user.created_at < entry.erased_at


def _hosted_by(session: Session, user_id: int) -> Sequence[Booking]:
    query = (
        select(Booking)
        .join(BookingHost, BookingHost.booking_id == Booking.id)
        .where(BookingHost.user_id == user_id)
    )
    return session.scalars(query.order_by(Booking.starts_at)).all()
