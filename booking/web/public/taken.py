"""The words for a time that cannot be had, and the nearest ones that can. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from booking.bookings.values import OfferedSlot
from booking.core.errors import SlotUnavailable
from booking.core.instants import Instant
from booking.eventtypes.values import EventTypeView
from booking.web.public import wording
from booking.web.public.month import TimeChoice, choices_of
from booking.web.public.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A sentence and buttons: pressing one sends `field` with the form called `form`."""

    sentence: str
    choices: tuple[TimeChoice, ...]
    form: str
    field: str = "start"
    skip_check: bool = False


def taken(
    error: SlotUnavailable,
    start: int,
    viewer: Viewer,
    event: EventTypeView,
    now: int,
    *,
    form: str,
    field: str = "start",
) -> Taken:
    """Return what to say about `start` (UTC seconds), seen from `now`."""
    nearest = tuple(
        OfferedSlot(start=Instant(first), end=Instant(last)) for first, last in error.alternatives
    )
    return Taken(
        sentence=_sentence(start, viewer, event, now),
        choices=_with_days(choices_of(nearest, viewer), nearest, start, viewer),
        form=form,
        field=field,
        skip_check=field != "start",
    )


def _sentence(start: int, viewer: Viewer, event: EventTypeView, now: int) -> str:
    moment = wording.local(start, viewer.zone)
    write = wording.with_letters if wording.is_repeated(moment) else wording.time_of_day
    label = write(moment, viewer.hours)
    if start < now + event.minimum_notice_minutes * 60:
        return f"{label} is now too soon to book."
    return f"{label} was just taken."


def _with_days(
    choices: tuple[TimeChoice, ...],
    slots: tuple[OfferedSlot, ...],
    start: int,
    viewer: Viewer,
) -> tuple[TimeChoice, ...]:
    """Return the choices, those of another day with that day in their label."""
    day = wording.local(start, viewer.zone).date()
    return tuple(
        _named(choice, slot, viewer)
        if wording.local(slot.start, viewer.zone).date() != day
        else choice
        for choice, slot in zip(choices, slots, strict=True)
    )


def _named(choice: TimeChoice, slot: OfferedSlot, viewer: Viewer) -> TimeChoice:
    day = wording.day_in_short(wording.local(slot.start, viewer.zone).date())
    return TimeChoice(
        value=choice.value,
        label=f"{day}, {choice.label}",
        spoken=f"{day}, {choice.spoken}",
        seats=choice.seats,
    )
