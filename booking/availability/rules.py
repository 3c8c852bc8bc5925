"""What an event type demands of its slots, as a pure value that cannot be wrong.

Field names are those of the API (docs/api.md); lengths are whole minutes. Reading them from
the wire form is left to `booking.availability.fields`, applying them to the calculator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from booking.core.errors import FieldError, InvalidInput

DAY_MINUTES = 1440
NOTICE_MAX = 525_600
DAYS_MAX = 3_650
SEATS_MAX = 10_000
FIRST_DATE = date(1970, 1, 1)
LAST_DATE = date(2199, 12, 31)
PERIODS = ("day", "week", "month", "year")


class Alignment(StrEnum):
    """Where the first slot of a free range starts."""

    FIT = "fit"
    CLOCK = "clock"


class OnStale(StrEnum):
    """What becomes of a slot when a calendar is not known well enough there."""

    OFFER = "offer"
    REQUEST = "request"
    HIDE = "hide"


class WindowType(StrEnum):
    """How far ahead guests may book."""

    ROLLING_DAYS = "rolling_days"
    ROLLING_BUSINESS_DAYS = "rolling_business_days"
    ROLLING_AVAILABLE_DAYS = "rolling_available_days"
    RANGE = "range"
    UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingWindow:
    """How far ahead guests may book: `days` for the rolling kinds, two dates for a range."""

    type: WindowType = WindowType.UNLIMITED
    days: int | None = None
    start_date: date | None = None
    end_date: date | None = None

    def __post_init__(self) -> None:
        faults = self._range_faults() if self.type == WindowType.RANGE else self._days_faults()
        if faults:
            raise InvalidInput(tuple(faults))

    def _days_faults(self) -> list[FieldError]:
        if self.type == WindowType.UNLIMITED:
            return []
        least = 1 if self.type == WindowType.ROLLING_AVAILABLE_DAYS else 0
        if self.days is None:
            return [FieldError("/window/days", "Say how many days ahead.")]
        return _outside("/window/days", self.days, least, DAYS_MAX)

    def _range_faults(self) -> list[FieldError]:
        faults = []
        for name, day in (("start_date", self.start_date), ("end_date", self.end_date)):
            if day is None:
                faults.append(FieldError(f"/window/{name}", "A range needs both dates."))
            elif not FIRST_DATE <= day <= LAST_DATE:
                faults.append(FieldError(f"/window/{name}", "Use a date from 1970 to 2199."))
        if self.start_date and self.end_date and self.end_date < self.start_date:
            faults.append(FieldError("/window/end_date", "The last date is before the first."))
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLimits:
    """The most of something per local day, ISO week, month and year; None is no limit."""

    day: int | None = None
    week: int | None = None
    month: int | None = None
    year: int | None = None

    def items(self) -> tuple[tuple[str, int], ...]:
        """Return the limits that are set, shortest period first."""
        values = (self.day, self.week, self.month, self.year)
        pairs = zip(PERIODS, values, strict=True)
        return tuple((name, value) for name, value in pairs if value is not None)

    def faults(self, pointer: str) -> list[FieldError]:
        """Return what is wrong: a limit below 1, or smaller than that of a shorter period."""
        faults: list[FieldError] = []
        least, shorter = 1, ""
        for name, value in self.items():
            if value < 1:
                faults.append(FieldError(f"{pointer}/{name}", "A limit is at least 1."))
            elif value < least:
                detail = f"A limit per {name} cannot be smaller than the one per {shorter}."
                faults.append(FieldError(f"{pointer}/{name}", detail))
            else:
                least, shorter = value, name
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most bookings, and the most booked minutes, per period."""

    bookings: PeriodLimits = field(default_factory=PeriodLimits)
    minutes: PeriodLimits = field(default_factory=PeriodLimits)

    def __post_init__(self) -> None:
        faults = self.bookings.faults("/limits/bookings") + self.minutes.faults("/limits/minutes")
        if faults:
            raise InvalidInput(tuple(faults))

    def __bool__(self) -> bool:
        return bool(self.bookings.items() or self.minutes.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRules:
    """The rules of one event type. Errors: InvalidInput naming every fault by its pointer."""

    duration_minutes: int
    durations_minutes: tuple[int, ...] = ()
    slot_interval_minutes: int | None = None
    slot_alignment: Alignment = Alignment.FIT
    start_offset_minutes: int = 0
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    minimum_notice_minutes: int = 120
    window: BookingWindow = field(default_factory=BookingWindow)
    limits: Limits = field(default_factory=Limits)
    first_slot_only: bool = False
    seats: int | None = None
    on_stale: OnStale = OnStale.OFFER

    def __post_init__(self) -> None:
        faults = _outside("/duration_minutes", self.duration_minutes, 1, DAY_MINUTES)
        for index, minutes in enumerate(self.durations_minutes):
            faults += _outside(f"/durations_minutes/{index}", minutes, 1, DAY_MINUTES)
        if self.slot_interval_minutes is not None:
            faults += _outside("/slot_interval_minutes", self.slot_interval_minutes, 1, DAY_MINUTES)
        for name in ("start_offset_minutes", "buffer_before_minutes", "buffer_after_minutes"):
            faults += _outside(f"/{name}", getattr(self, name), 0, DAY_MINUTES)
        faults += _outside("/minimum_notice_minutes", self.minimum_notice_minutes, 0, NOTICE_MAX)
        if self.seats is not None:
            faults += _outside("/seats", self.seats, 1, SEATS_MAX)
        if faults:
            raise InvalidInput(tuple(faults))

    def chosen_duration(self, minutes: int | None) -> int:
        """Return the duration a guest asked for, or the usual one.

        Errors: InvalidInput at `/duration_minutes` for one that is not offered.
        """
        if minutes is None or minutes == self.duration_minutes:
            return self.duration_minutes
        if minutes not in self.durations_minutes:
            raise InvalidInput.at("/duration_minutes", "This duration is not offered.")
        return minutes


def _outside(pointer: str, value: int, least: int, most: int) -> list[FieldError]:
    if least <= value <= most:
        return []
    return [FieldError(pointer, f"Use a whole number from {least} to {most}.")]
