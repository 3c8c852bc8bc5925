"""Why a time is not offered, in plain words, each with the page on which it is changed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from booking.availability.reasons import ReasonCode
from booking.bookings.explained import Cause
from booking.web.host import words
from booking.web.host.schedule_views import dates_told

_RESTRICTION = "restriction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """Where a host changes what bars a time; "" where that is not theirs to change."""

    event_type: str
    schedule: str
    restriction: str
    absences: str
    calendars: str
    booking: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One reason: a sentence, whom it concerns ("" for all), and the link to its remedy."""

    text: str
    member: str
    label: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Tells causes of one `day` to a host: in that host's zone, by the names of the members."""

    zone: str
    day: date
    host_id: int
    members: Mapping[int, str]
    remedies: Remedies

    def tell(self, cause: Cause) -> Told:
        """Return a cause as a sentence; another member's has no remedy here."""
        label, href = self._remedy(cause)
        is_theirs = cause.member_id is None or cause.member_id == self.host_id
        if not is_theirs and cause.code is not ReasonCode.BUFFER and not cause.booking_uid:
            label, href = "", ""
        return Told(
            text=_SENTENCES[cause.code](self, cause),
            member=self.name_of(cause.member_id),
            label=label if href else "",
            href=href,
        )

    def name_of(self, member_id: int | None) -> str:
        """Return a member's name, "you" for the host who reads; "" where it concerns all."""
        if member_id is None:
            return ""
        return "You" if member_id == self.host_id else self.members.get(member_id, "")

    def _remedy(self, cause: Cause) -> tuple[str, str]:
        links, code = self.remedies, cause.code
        if code in {ReasonCode.BUSY_CALENDAR, ReasonCode.STALE}:
            return "Calendars", links.calendars
        if code is ReasonCode.BOOKING:
            return "See booking", links.booking(cause.booking_uid) if cause.booking_uid else ""
        if code is ReasonCode.OUT_OF_OFFICE:
            return "Change absences", links.absences
        if code in {ReasonCode.OVERRIDE, ReasonCode.OUTSIDE_HOURS}:
            is_restriction = cause.rule == _RESTRICTION
            return "Change hours", links.restriction if is_restriction else links.schedule
        if code is ReasonCode.HOLD or not links.event_type:
            return "", ""
        part = "limits" if code is ReasonCode.LIMIT else "hours"
        return _LABELS[code], f"{links.event_type}#{part}"

    def span(self, cause: Cause) -> str:
        """Return when a cause holds, as words."""
        if cause.start is not None and cause.end is not None:
            return words.span(cause.start, cause.end, self.zone)
        if cause.end is not None:
            return f"until {self.moment(cause.end)}"
        return "" if cause.start is None else f"from {self.moment(cause.start)} on"

    def moment(self, instant: int) -> str:
        """Return an instant, with its date where that is another day's."""
        local = words.local(instant, self.zone)
        is_near = local.date() == self.day
        return words.clock(local) + ("" if is_near else f" on {words.day(local.date())}")


_LABELS: Final = {
    ReasonCode.BUFFER: "Change gaps",
    ReasonCode.NOTICE: "Change notice",
    ReasonCode.WINDOW: "Change how far ahead",
    ReasonCode.LIMIT: "Change limits",
}


def _busy(speaker: Speaker, cause: Cause) -> str:
    place = f"“{cause.calendar_name}”" if cause.calendar_name else "a calendar"
    return f"Busy in {place}, {speaker.span(cause)}."


def _booking(speaker: Speaker, cause: Cause) -> str:
    title = f": “{cause.booking_title}”" if cause.booking_title else ""
    return f"Booked {speaker.span(cause)}{title}."


def _buffer(speaker: Speaker, cause: Cause) -> str:
    if cause.booking_title:
        beside = f"“{cause.booking_title}”"
    elif cause.calendar_name:
        beside = f"an event in “{cause.calendar_name}”"
    else:
        beside = "an event" if cause.calendar_id else "a booking or a guest's hold"
    return f"Too close to {beside}: {speaker.span(cause)} is kept free."


def _notice(speaker: Speaker, cause: Cause) -> str:
    return f"Too soon: guests can book from {speaker.moment(cause.end or 0)}."


def _window(speaker: Speaker, cause: Cause) -> str:
    if cause.start is None:
        first = words.local(cause.end or 0, speaker.zone).date()
        return f"Too early: guests can book from {words.day(first)} on."
    last = words.local(cause.start - 1, speaker.zone).date()
    return f"Too far ahead: guests can book up to {words.day(last)}."


def _limit(speaker: Speaker, cause: Cause) -> str:
    if cause.rule == "first_slot_only":
        first = words.clock(words.local(cause.start or 0, speaker.zone))
        return f"Only the first time of each day is offered: {first}."
    measure, _, period = (cause.rule or "").partition(".")
    return f"The limit of {measure} for this {period} is reached."


def _override(speaker: Speaker, cause: Cause) -> str:
    return f"Hours were changed {_dates(speaker, cause)}."


def _away(speaker: Speaker, cause: Cause) -> str:
    return f"Out of office {_dates(speaker, cause)}."


def _dates(speaker: Speaker, cause: Cause) -> str:
    first = words.local(cause.start or 0, speaker.zone).date()
    last = words.local((cause.end or 0) - 1, speaker.zone).date()
    return dates_told(first, last)


def _hold(speaker: Speaker, cause: Cause) -> str:
    return f"A guest is filling in the form for {speaker.span(cause)}; it is kept a few minutes."


def _closed(speaker: Speaker, cause: Cause) -> str:
    what = "the restriction's hours" if cause.rule == _RESTRICTION else "working hours"
    span = speaker.span(cause)
    return f"Outside {what}: closed {span}." if span else f"Outside {what}."


def _stale(speaker: Speaker, cause: Cause) -> str:
    place = f"“{cause.calendar_name}”" if cause.calendar_name else "A calendar"
    if cause.start is None and cause.end is None:
        return f"{place} was not read lately, so it is unknown whether it is free."
    return f"{place} was not read {speaker.span(cause)}, so it is unknown whether it is free."


_SENTENCES: Final[Mapping[ReasonCode, Callable[[Speaker, Cause], str]]] = {
    ReasonCode.BUSY_CALENDAR: _busy,
    ReasonCode.BOOKING: _booking,
    ReasonCode.BUFFER: _buffer,
    ReasonCode.NOTICE: _notice,
    ReasonCode.WINDOW: _window,
    ReasonCode.LIMIT: _limit,
    ReasonCode.OVERRIDE: _override,
    ReasonCode.OUT_OF_OFFICE: _away,
    ReasonCode.HOLD: _hold,
    ReasonCode.OUTSIDE_HOURS: _closed,
    ReasonCode.STALE: _stale,
}
