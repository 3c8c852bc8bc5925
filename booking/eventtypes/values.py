"""What goes in and out of the event types room: frozen values, no tables.

Lengths are whole minutes. Mappings keep the wire form of the API, already checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class QuestionType(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    TEXTAREA = "textarea"
    SELECT = "select"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    PHONE = "phone"
    NUMBER = "number"
    EMAIL = "email"
    URL = "url"


class LocationType(StrEnum):
    """Where a meeting takes place."""

    GOOGLE_MEET = "google_meet"
    TEAMS = "teams"
    LINK = "link"
    PHONE = "phone"
    IN_PERSON = "in_person"
    GUEST_CHOICE = "guest_choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something a guest is asked; `options` belong to select, radio and checkbox.

    A checkbox without options is answered by yes or no, one with options by a list of them.
    """

    key: str
    label: str
    type: QuestionType
    required: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypeHost:
    """A user who takes the meetings of an event type.

    In a round robin a `fixed` host always takes part, and one of the others of each `group`;
    `weight` is the share (1 to 1000), `priority` from 0 to 4 decides between equals. `schedule_id`
    are this host's hours for this event type.
    """

    user_id: int
    fixed: bool = False
    group: int = 0
    weight: int = 100
    priority: int = 2
    schedule_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What a guest may know of the host who offers an event type."""

    user_id: int
    username: str
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypeView:
    """An event type with every field of the API.

    `window`: `{"type", "days"?, "start_date"?, "end_date"?}`; `limits`: `{"bookings": {"day"?,
    "week"?, "month"?, "year"?}, "minutes": {...}}`; `location`: `{"type", ...}` or None;
    `recurrence`: `{"frequency", "interval", "max_count"}` or None; `team_id` and `team_slug` name
    the team on whose page it stands. `offered_minutes` are all durations to choose from, the usual
    one included.
    """

    id: int
    owner: Owner
    slug: str
    title: str
    description: str
    color: str | None
    hidden: bool
    duration_minutes: int
    durations_minutes: tuple[int, ...] | None
    slot_interval_minutes: int | None
    slot_alignment: str
    start_offset_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    minimum_notice_minutes: int
    window: Mapping[str, Any]
    limits: Mapping[str, Any]
    first_slot_only: bool
    restriction_schedule_id: int | None
    seats: int | None
    show_seats_left: bool
    recurrence: Mapping[str, Any] | None
    requires_confirmation: bool
    pending_blocks: bool
    schedule_id: int | None
    scheduling: str
    hosts: tuple[EventTypeHost, ...]
    resources: tuple[int, ...]
    use_event_type_calendars: bool
    destination_calendar_id: int | None
    location: Mapping[str, Any] | None
    questions: tuple[Question, ...]
    confirmation_redirect_url: str | None
    guest_can_cancel: bool
    guest_can_reschedule: bool
    guest_cancel_notice_minutes: int
    guest_reschedule_notice_minutes: int
    requires_email_confirmation: bool
    private_links_only: bool
    reminders_minutes: tuple[int, ...]
    time_zone_locked: str | None
    visibility: str
    on_stale: str
    created_at: datetime
    team_id: int | None = None
    team_slug: str | None = None

    @property
    def offered_minutes(self) -> tuple[int, ...]:
        """Return the durations a guest may choose from."""
        return self.durations_minutes or (self.duration_minutes,)

    @property
    def public_path(self) -> str:
        """Return the path of its page: on its owner's, or on its team's."""
        page = f"team/{self.team_slug}" if self.team_slug else self.owner.username
        return f"/{page}/{self.slug}"
