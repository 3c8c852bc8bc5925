"""Storing what a host ticked on the calendars page, and saying what that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from booking.calendars.selection import SelectionService
from booking.calendars.values import CalendarView
from booking.core.errors import BookingError, InvalidInput
from booking.web import english


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is ticked: ids of calendars."""

    blocking: frozenset[int]
    tentative: frozenset[int]
    destination: int | None


@dataclass(slots=True, kw_only=True)
class Choosing:
    """Brings a host's choices to a wish; `changes` and `refusals` are sentences for the page."""

    selection: SelectionService
    user_id: int
    wish: Wish
    changes: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def apply(self, calendars: Sequence[CalendarView]) -> None:
        """Change what differs from the wish; one refused calendar holds up no other."""
        self._block([each for each in calendars if self._is_wanted(each) and not each.selected])
        self._unblock([each for each in calendars if not self._is_wanted(each) and each.selected])
        for calendar in calendars:
            if calendar.selected and self._is_wanted(calendar):
                self._switch(calendar)
        self._receive(next((each.id for each in calendars if each.destination), None))

    def _is_wanted(self, calendar: CalendarView) -> bool:
        return calendar.id in self.wish.blocking

    def _block(self, wanted: Sequence[CalendarView]) -> None:
        taken = []
        for calendar in wanted:
            tentative = calendar.id in self.wish.tentative
            try:
                self.selection.select(self.user_id, calendar.id, None, tentative)
            except InvalidInput as error:
                self.refusals.append(f"{calendar.name}: {_sentence(error)}")
            else:
                taken.append(calendar)
        if taken:
            self.changes.append(f"Events of {_names(taken)} now block.")

    def _unblock(self, left: Sequence[CalendarView]) -> None:
        for calendar in left:
            if calendar.selection_id is not None:
                self.selection.unselect(self.user_id, calendar.selection_id)
        if left:
            self.changes.append(f"Events of {_names(left)} no longer block.")

    def _switch(self, calendar: CalendarView) -> None:
        wanted = calendar.id in self.wish.tentative
        if calendar.selection_id is None or wanted == calendar.tentative_blocks:
            return
        self.selection.change(self.user_id, calendar.selection_id, wanted)
        now = "now block" if wanted else "no longer block"
        self.changes.append(f"Tentative events of {_names([calendar])} {now}.")

    def _receive(self, before: int | None) -> None:
        if self.wish.destination == before:
            return
        if self.wish.destination is None:
            self.selection.clear_destination(self.user_id)
            self.changes.append("New bookings are written to no calendar.")
            return
        try:
            chosen = self.selection.set_destination(self.user_id, self.wish.destination)
        except BookingError as error:
            self.refusals.append(_sentence(error))
        else:
            told = f"New bookings go to {_names([chosen])}; earlier ones stay where they are."
            self.changes.append(told)


def _names(calendars: Iterable[CalendarView]) -> str:
    return english.listed([f"“{each.name}”" for each in calendars])


def _sentence(error: BookingError) -> str:
    if isinstance(error, InvalidInput) and error.fields:
        return error.fields[0].detail
    return error.message
