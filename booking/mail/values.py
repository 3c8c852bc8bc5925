"""What goes into a mail: frozen values, one for each kind of news.

Instants are UTC epoch seconds. Texts are normalised already (`core.text`); an absent one is "".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias

from booking.accounts.notices import Cause
from booking.core.instants import Instant


class Kind(StrEnum):
    """What a mail is about."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    REASSIGNED = "reassigned"
    REMINDER = "reminder"
    ATTENTION = "attention"
    ADDRESS_CHECK = "address_check"


class Part(StrEnum):
    """Whose side a recipient is on. `OTHER` is an additional guest: a third party to the form."""

    GUEST = "guest"
    HOST = "host"
    OTHER = "other"


class Doer(StrEnum):
    """Who changed a booking."""

    GUEST = "guest"
    HOST = "host"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A name and an e-mail address."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is told, and how: an IANA zone, a locale such as `de-AT` (None: English).

    `is_verified`: the address is known to belong to whoever entered it. Words of a guest go to
    hosts and to the guest's own verified address, nowhere else.
    """

    address: str
    name: str = ""
    part: Part
    time_zone: str
    locale: str | None = None
    is_verified: bool = False

    @property
    def may_read_guest_words(self) -> bool:
        """Tell whether text that a guest typed may stand in this mail."""
        return self.part is Part.HOST or (self.part is Part.GUEST and self.is_verified)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """What a host has besides; "" as the title: something in a calendar."""

    start: Instant
    end: Instant
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A booking as mails tell it.

    `uid` is the booking's public name, `ical_uid` and `sequence` are its calendar identity.
    `title` is the host's words and holds none of the guest's. `answers`: (question, answer).
    `place_is_guests`: the guest typed the place. `calendar`: how the host's copy stands (`none`,
    `pending`, `written`, `failing`, `dead`; "" where that is not told). `series`: all times that
    were booked together.
    `is_ours_to_invite`: an .ics goes with it; False for a request that was never a booking, and
    where the calendar's provider invites. `is_tentative`: the host has still to confirm it.
    """

    uid: str
    ical_uid: str
    sequence: int
    title: str
    start: Instant
    end: Instant
    hosts: tuple[Person, ...]
    guest: Person
    additional_guests: tuple[str, ...] = ()
    place: str = ""
    place_is_guests: bool = False
    meeting_url: str = ""
    guest_phone: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    calendar: str = ""
    series: tuple[tuple[Instant, Instant], ...] = ()
    is_ours_to_invite: bool = True
    is_tentative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A guest asks for a time; it is kept until `expires_at` (aware UTC), None: no end is known.

    `[old_start, old_end)` was its time before, where it has moved. `day`: what the host who is
    told has besides on that day, None where that is not told.
    """

    kind: ClassVar[Kind] = Kind.REQUESTED
    meeting: Meeting
    expires_at: datetime | None = None
    old_start: Instant | None = None
    old_end: Instant | None = None
    day: tuple[Engagement, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A booking counts. `has_new_link`: it did before, and got its video link now."""

    kind: ClassVar[Kind] = Kind.CONFIRMED
    meeting: Meeting
    has_new_link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The host declined a request; `other_times` is the address of the page with more."""

    kind: ClassVar[Kind] = Kind.DECLINED
    meeting: Meeting
    reason: str = ""
    other_times: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Nobody answered a request in time; `other_times` is the address of the page with more."""

    kind: ClassVar[Kind] = Kind.EXPIRED
    meeting: Meeting
    other_times: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescheduled:
    """A booking has moved: `meeting` is as it is now, `[old_start, old_end)` was its time."""

    kind: ClassVar[Kind] = Kind.RESCHEDULED
    meeting: Meeting
    old_start: Instant
    old_end: Instant
    by: Doer
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """A booking or a request is off."""

    kind: ClassVar[Kind] = Kind.CANCELLED
    meeting: Meeting
    by: Doer
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassigned:
    """A booking has other hosts: `meeting.hosts` are the new ones, `old_hosts` were before."""

    kind: ClassVar[Kind] = Kind.REASSIGNED
    meeting: Meeting
    old_hosts: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A booking begins soon; `minutes` before its start."""

    kind: ClassVar[Kind] = Kind.REMINDER
    meeting: Meeting
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Something of a host's needs the host: `about` names it, `detail` says why."""

    kind: ClassVar[Kind] = Kind.ATTENTION
    cause: Cause
    about: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCheck:
    """Whoever wished for a time is asked to confirm this address until then (aware UTC).

    It holds no word of a guest: the address may be a stranger's.
    """

    kind: ClassVar[Kind] = Kind.ADDRESS_CHECK
    title: str
    start: Instant
    end: Instant
    hosts: tuple[Person, ...]
    until: datetime


OfBooking: TypeAlias = (
    Requested | Confirmed | Declined | Expired | Rescheduled | Cancelled | Reassigned | Reminder
)
News: TypeAlias = OfBooking | Attention | AddressCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one person.

    `event_key` names what happened, constant for it: with the recipient it makes the Message-ID,
    so telling the same twice is one mail. `link` is where the recipient goes on from it; an
    additional guest has none, as the guest's link is the guest's. `user_id`: the host whose mail
    it is, also where guests are written to. `expires_at` (aware UTC): pointless from then on.
    Mails of one `brake_key` count as one where mails to an address are counted. `is_limited`: not
    sent where an unverified address had its mails of a day; False for what hosts do, which guests
    must hear.
    """

    event_key: str
    news: News
    recipient: Recipient
    link: str = ""
    user_id: int | None = None
    expires_at: datetime | None = None
    brake_key: str = ""
    is_limited: bool = True

    @property
    def meeting(self) -> Meeting | None:
        """Return the booking it is about, if it is about one."""
        return None if isinstance(self.news, Attention | AddressCheck) else self.news.meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all mails of an installation share.

    `sender` is the one address they come from, and with it the constant ORGANIZER; `domain` makes
    their names unique in the world.
    """

    sender: Person
    domain: str
