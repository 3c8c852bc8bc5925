"""Storing what a host ticked on the calendars page, and saying what that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from booking.calendars.selection import SelectionService
from booking.calendars.values import CalendarView
from booking.core.errors import BookingError, InvalidInput
from booking.web.host import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is ticked: ids of calendars."""

    blocking: frozenset[int]
    tentative: frozenset[int]
    destination: int | None


def apply(
    selection: SelectionService, user_id: int, calendars: Sequence[CalendarView], wish: Wish
) -> tuple[list[str], list[str]]:
    """Bring selections and destination to `wish`; return what changed and what was refused."""
    changes: list[str] = []
    refusals: list[str] = []
    _block(selection, user_id, [c for c in calendars if _is_new(c, wish)], wish, changes, refusals)
    _unblock(selection, user_id, [c for c in calendars if _is_left(c, wish)], changes)
    _switch(selection, user_id, calendars, wish, changes)
    _receive(selection, user_id, calendars, wish, changes, refusals)
    return changes, refusals


def _is_new(calendar: CalendarView, wish: Wish) -> bool:
    return calendar.id in wish.blocking and not calendar.selected


def _is_left(calendar: CalendarView, wish: Wish) -> bool:
    return calendar.id not in wish.blocking and calendar.selected


def _block(
    selection: SelectionService,
    user_id: int,
    wanted: Sequence[CalendarView],
    wish: Wish,
    changes: list[str],
    refusals: list[str],
) -> None:
    taken = []
    for calendar in wanted:
        try:
            selection.select(user_id, calendar.id, None, calendar.id in wish.tentative)
        except InvalidInput as error:
            refusals.append(f"{calendar.name}: {_sentence(error)}")
        else:
            taken.append(calendar)
    if taken:
        changes.append(f"Events of {_names(taken)} now block.")


def _unblock(
    selection: SelectionService, user_id: int, left: Sequence[CalendarView], changes: list[str]
) -> None:
    for calendar in left:
        if calendar.selection_id is not None:
            selection.unselect(user_id, calendar.selection_id)
    if left:
        changes.append(f"Events of {_names(left)} no longer block.")


def _switch(
    selection: SelectionService,
    user_id: int,
    calendars: Sequence[CalendarView],
    wish: Wish,
    changes: list[str],
) -> None:
    for calendar in calendars:
        wanted = calendar.id in wish.tentative
        stays = calendar.selected and calendar.id in wish.blocking
        if not stays or calendar.selection_id is None or wanted == calendar.tentative_blocks:
            continue
        selection.change(user_id, calendar.selection_id, wanted)
        now = "now block" if wanted else "no longer block"
        changes.append(f"Tentative events of {_names([calendar])} {now}.")


def _receive(
    selection: SelectionService,
    user_id: int,
    calendars: Sequence[CalendarView],
    wish: Wish,
    changes: list[str],
    refusals: list[str],
) -> None:
    before = next((each.id for each in calendars if each.destination), None)
    if wish.destination == before:
        return
    if wish.destination is None:
        selection.clear_destination(user_id)
        changes.append("New bookings are written to no calendar.")
        return
    try:
        chosen = selection.set_destination(user_id, wish.destination)
    except BookingError as error:
        refusals.append(_sentence(error))
    else:
        changes.append(f"New bookings go to {_names([chosen])}; earlier ones stay where they are.")


def _names(calendars: Iterable[CalendarView]) -> str:
    return words.listed([f"“{each.name}”" for each in calendars])


def _sentence(error: BookingError) -> str:
    if isinstance(error, InvalidInput) and error.fields:
        return error.fields[0].detail
    return error.message
