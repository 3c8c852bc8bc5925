"""What the guest picks from: one question for a month's slots, made ready to be rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from booking.bookings.values import OfferedSlot, SlotAnswer, SlotQuery
from booking.core.ids import decode_id
from booking.core.instants import Instant
from booking.eventtypes.values import EventTypeView
from booking.web import english
from booking.web.public import month as months
from booking.web.public import wording
from booking.web.public.viewer import Viewer
from booking.web.public.zone_choices import Country, zone_choices

_FARTHEST_MONTHS = 24
_BUSINESS_WEEK = 5


class Slots(Protocol):
    """The part of the slot finder that is needed here."""

    def find(self, query: SlotQuery, /) -> SlotAnswer:
        """Return the slots that start in the asked period."""

    def next_available(
        self, event_type_id: int, after: Instant, time_zone: str, duration: int | None, /
    ) -> OfferedSlot | None:
        """Return the first slot of this length that starts at `after` or later."""


class State(StrEnum):
    """What a month has to offer."""

    TIMES = "times"
    EMPTY_MONTH = "empty_month"
    CLOSED = "closed"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the address asks for; None where it does not say, or says nonsense."""

    month: date | None
    day: date | None
    reschedule_uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """What `_month.html` shows: a month, the times of one of its days, the state of both.

    `next_on` leads on from an empty month; `checked_at` is told only for stale calendars;
    `starts_at` is an instant of the month, whose offset is that of most of its times. `gap` are the
    first and last date without times that the guest looks at, before the first that has some.
    """

    month: months.Month
    month_name: str
    summary: str
    day: months.Day | None
    day_count: str
    state: State
    next_on: date | None
    next_label: str
    needs_confirmation: bool
    checked_at: str | None
    clocks: tuple[tuple[str, str, str], ...]
    place: Mapping[str, str]
    starts_at: int
    gap: tuple[date, date] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `_booker.html` offers beside the month: lengths and zones."""

    length: str
    duration: int
    durations: tuple[tuple[int, str, str], ...]
    zone_label: str
    zones: tuple[Country, ...]
    zone_form: tuple[tuple[str, str], ...]


def read_wish(given: Mapping[str, str], reschedule_uid: str | None = None) -> Wish:
    """Return the wish in a query: `date` outranks `month`."""
    day = months.parse_date(given.get("date", ""))
    month = day.replace(day=1) if day else months.parse_month(given.get("month", ""))
    return Wish(month=month, day=day, reschedule_uid=reschedule_uid)


def duration_of(event: EventTypeView, viewer: Viewer) -> int:
    """Return the length in force: the one in the address where it is on offer."""
    wanted = viewer.kept_value("duration")
    minutes = int(wanted[:5]) if wanted else event.duration_minutes
    return minutes if minutes in event.offered_minutes else event.duration_minutes


def ask(slots: Slots, event: EventTypeView, viewer: Viewer, wish: Wish, now: Instant) -> Picker:
    """Return the month that is wished for, else the first one that has times."""
    today = wording.local(now, viewer.zone).date()
    since = max(wish.month or today, today)
    first = since.replace(day=1)
    answer = slots.find(_query(event, viewer, wish, first))
    following = None
    if not answer.slots and not answer.hidden_as_stale:
        following = _following(slots, _query(event, viewer, wish, first), now)
        if following and wish.month is None:
            first = wording.local(following.start, viewer.zone).date().replace(day=1)
            answer = slots.find(_query(event, viewer, wish, first))
    frame = _Frame(first=first, since=since, today=today, wish=wish)
    return _picker(event, viewer, answer, following, frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Which month is shown, and when; `since` is the first date that was asked about."""

    first: date
    since: date
    today: date
    wish: Wish


def _query(event: EventTypeView, viewer: Viewer, wish: Wish, first: date) -> SlotQuery:
    start, end = months.bounds(first, viewer.zone)
    return SlotQuery(
        event_type_id=event.id,
        start=start,
        end=end,
        time_zone=viewer.zone.key,
        duration_minutes=None if wish.reschedule_uid else duration_of(event, viewer),
        reschedule_uid=wish.reschedule_uid,
        hold_id=decode_id(viewer.kept_value("hold")),
    )


def _following(slots: Slots, query: SlotQuery, now: Instant) -> OfferedSlot | None:
    """Return the first slot after a month that was asked about, else the first one there is."""
    found = (
        slots.next_available(query.event_type_id, after, query.time_zone, query.duration_minutes)
        for after in (query.end, now)
    )
    return next(filter(None, found), None)


def options(event: EventTypeView, viewer: Viewer, picker: Picker, now: Instant) -> Options:
    """Return the choices that lead to another picker."""
    minutes = duration_of(event, viewer)
    return Options(
        length=wording.length(minutes),
        duration=minutes,
        durations=tuple(
            (each, f"{each} min", viewer.query(**picker.place, duration=each))
            for each in event.offered_minutes
        ),
        zone_label=wording.zone_with_offset(viewer.zone, picker.starts_at),
        zones=zone_choices(now, viewer.hours),
        zone_form=(*(pair for pair in viewer.kept if pair[0] != "tz"), *picker.place.items()),
    )


def _picker(
    event: EventTypeView,
    viewer: Viewer,
    answer: SlotAnswer,
    following: OfferedSlot | None,
    frame: _Frame,
) -> Picker:
    chosen = _chosen_day(answer, viewer, frame)
    month = months.month_view(
        answer.slots,
        frame.first,
        viewer,
        today=frame.today,
        last=_last_month(event, frame.today),
        selected=chosen,
    )
    day = months.day_view(answer.slots, chosen, viewer) if chosen else None
    next_on = wording.local(following.start, viewer.zone).date() if following else None
    place = {"date": str(frame.wish.day)} if frame.wish.day else {"month": month.key}
    start, _ = months.bounds(frame.first, viewer.zone)
    return Picker(
        month=month,
        month_name=f"{frame.first:%B}",
        summary=f"{month.heading}, {english.counted(month.count, 'time')}",
        day=day,
        day_count=english.counted(day.count if day else 0, "time"),
        state=_state(answer, following),
        next_on=next_on,
        next_label=wording.day_in_short(next_on) if next_on else "",
        needs_confirmation=answer.needs_confirmation or event.requires_confirmation,
        checked_at=_checked_at(answer, viewer),
        clocks=tuple((h, f"{h} h", viewer.query(**place, hours=h)) for h in ("12", "24")),
        place=place,
        starts_at=answer.slots[0].start if answer.slots else start,
        gap=_gap(answer, viewer, frame, day),
    )


def _chosen_day(answer: SlotAnswer, viewer: Viewer, frame: _Frame) -> date | None:
    wished = frame.wish.day
    if wished and wished >= frame.today:
        return wished
    return months.first_day(answer.slots, viewer.zone)


def _gap(
    answer: SlotAnswer, viewer: Viewer, frame: _Frame, day: months.Day | None
) -> tuple[date, date] | None:
    if frame.wish.day is not None and day is not None:
        return None if day.count else (day.on, day.on)
    begin = months.first_day(answer.slots, viewer.zone) or months.month_after(frame.first)
    return (frame.since, begin - timedelta(days=1)) if begin > frame.since else None


def _state(answer: SlotAnswer, following: OfferedSlot | None) -> State:
    if answer.hidden_as_stale:
        return State.HIDDEN
    if answer.slots:
        return State.TIMES
    return State.EMPTY_MONTH if following else State.CLOSED


def _checked_at(answer: SlotAnswer, viewer: Viewer) -> str | None:
    """Return when the calendars were last read, told only where that is long ago."""
    as_of = answer.freshness.as_of
    if answer.freshness.state != "stale" or as_of is None:
        return None
    return wording.time_of_day(as_of.astimezone(viewer.zone), viewer.hours)


def _last_month(event: EventTypeView, today: date) -> date:
    """Return a date in the last month that the booking window can reach."""
    farthest = months.month_after(today.replace(day=1), _FARTHEST_MONTHS)
    window = event.window
    ends = months.parse_date(str(window.get("end_date") or ""))
    days = window.get("days") if window.get("type", "").startswith("rolling") else None
    if window.get("type") == "range" and ends:
        return min(farthest, ends + timedelta(days=1))
    if days is None:
        return farthest
    if window["type"] == "rolling_days":
        return min(farthest, today + timedelta(days=days + 1))
    return min(farthest, today + timedelta(days=days * 7 // _BUSINESS_WEEK + 62))
