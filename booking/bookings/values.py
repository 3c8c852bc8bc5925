"""What goes in and out of the bookings room: frozen values, no tables.

Instants are UTC epoch seconds, moments are aware UTC datetimes, lengths are whole minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from booking.core.instants import Instant


class Actor(StrEnum):
    """Who changes a booking."""

    GUEST = "guest"
    HOST = "host"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a booking changes: when, by whom, and the reason given.

    `user_id` is the user who acts, None for a guest or the system. `in_calendar`: the host did it
    by hand in their own calendar, and it is taken over.
    """

    now: datetime
    actor: Actor
    user_id: int | None = None
    reason: str | None = None
    in_calendar: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """How a guest came to an event type: by a private link, or by its public address."""

    private_link_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQuery:
    """A question for slots: `[start, end)` bounds their starts, `time_zone` groups them.

    Who asks through an `entrance` must be let in by it; without one the asker was let in before.

    `reschedule_uid` leaves that booking's place out of every count; `hold_id` is the asker's own;
    `guests` come together, and each needs a seat where there are seats.
    """

    event_type_id: int
    start: Instant
    end: Instant
    time_zone: str
    duration_minutes: int | None = None
    reschedule_uid: str | None = None
    hold_id: int | None = None
    guests: int = 1
    entrance: Entrance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedSlot:
    """A span that can be booked now; `seats_left` only where the event type shows it."""

    start: Instant
    end: Instant
    seats_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessView:
    """How well the calendars behind an answer are known: `fresh`, `stale` or `unknown`."""

    state: str
    as_of: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotAnswer:
    """Slots in order of time; `etag` names this very answer; `good_until` ends its validity."""

    time_zone: str
    slots: tuple[OfferedSlot, ...]
    freshness: FreshnessView
    needs_confirmation: bool = False
    hidden_as_stale: bool = False
    etag: str = ""
    good_until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who books."""

    name: str
    email: str
    phone: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """A wish for one slot; everything else about it is decided by the server.

    `private_link_id`: the private link through which the guest came. `is_verified`: the guest
    proved to read mail at the address; `is_limited`: the guest is a stranger, whom limits hold.
    """

    event_type_id: int
    start: Instant
    time_zone: str
    guest: Guest
    duration_minutes: int | None = None
    additional_guests: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    location: Mapping[str, Any] | None = None
    hold_id: int | None = None
    recurrence_count: int = 1
    private_link_id: int | None = None
    is_verified: bool = False
    is_limited: bool = False

    @property
    def guests(self) -> int:
        """Return how many guests come."""
        return 1 + len(self.additional_guests)


def companions(booker: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """Return additional guests: each once, and never the one who books.

    Letters' case tells no addresses apart: hardly a server does, and nobody is to get two mails.
    """
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(address.lower(), address)
    found.pop(booker.lower(), None)
    return tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class HostView:
    """What a guest may know of a host; `reason`, why it is this one, is for hosts alone."""

    user_id: int
    name: str
    username: str
    time_zone: str
    reason: str = "fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One of the bookings that were made together as a series."""

    uid: str
    start: Instant
    end: Instant
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChangeView:
    """What a host did by hand to a booking's event (`change_models.ChangeKind`, `ChangeState`).

    `start` and `end` are where a moved event stands, None where it has no time of day. `reason` is
    a sentence: why the host is asked, or what stands against accepting it. Nobody decides about
    what is `putting_back`; what is `following` is accepted at `decide_by` unless it is undone.
    """

    kind: str
    state: str
    start: Instant | None
    end: Instant | None
    reason: str | None
    noticed_at: datetime
    decide_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingView:
    """A booking as the doors show it; `manage_token` is for the guest and the host alone.

    `series` are all bookings that were made together, this one included; empty for a single one.
    `no_show_at`, that the guest did not come, and `calendar_change` are for hosts alone. Where the
    guest may cancel or move it at all, then before `guest_cancel_until` and
    `guest_reschedule_until`. `invites_from` is who sends the invitations: `mail` (we do),
    `provider` or `none`.
    """

    uid: str
    ical_uid: str
    event_type_id: int | None
    title: str
    status: str
    start: Instant
    end: Instant
    hosts: tuple[HostView, ...]
    series: tuple[Occurrence, ...]
    guest: Guest
    guest_time_zone: str
    additional_guests: tuple[str, ...]
    answers: Mapping[str, Any]
    location: Mapping[str, Any] | None
    meeting_url: str | None
    meeting_error: str | None
    reason: str | None
    changed_by: str
    calendar_state: str
    calendar_error: str | None
    calendar_change: CalendarChangeView | None
    guest_can_cancel: bool
    guest_can_reschedule: bool
    guest_cancel_until: Instant
    guest_reschedule_until: Instant
    invites_from: str
    sequence: int
    expires_at: datetime | None
    no_show_at: datetime | None
    created_at: datetime
    manage_token: str = field(repr=False)
    manage_url: str = field(repr=False)

    def may_be_cancelled(self, now: int) -> bool:
        """Tell whether the guest may cancel it at this instant."""
        return self._stands and self.guest_can_cancel and now < self.guest_cancel_until

    def may_be_moved(self, now: int) -> bool:
        """Tell whether the guest may move it at this instant."""
        return self._stands and self.guest_can_reschedule and now < self.guest_reschedule_until

    @property
    def _stands(self) -> bool:
        return self.status in {"pending", "confirmed"}

    @property
    def host(self) -> HostView:
        """Return the first of the hosts: the one who was chosen, or stands for all."""
        return self.hosts[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user as a booking's history names them."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Person):
    """A host who could take over a booking, and whether they are free at its time."""

    is_free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """What a change replaced: the time, the hosts, or both; what stayed is None or empty."""

    start: Instant | None = None
    end: Instant | None = None
    hosts: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingEventView:
    """One change of a booking as its history tells it (`lifecycle.EventKind`).

    `status`, `sequence` and `revision` are the booking's after it; revisions give the order.
    `user` is None for a guest, the system, and an account that is gone. `in_calendar`: it was done
    by hand in the host's calendar.
    """

    id: int
    kind: str
    status: str
    actor: str
    user: Person | None
    at: datetime
    reason: str | None
    sequence: int
    revision: int
    previous: Previous | None
    in_calendar: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """A live hold."""

    hold_id: int
    start: Instant
    end: Instant
    expires_at: datetime
