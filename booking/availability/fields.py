"""An event type's fields, in their wire form (docs/api.md), read into `SlotRules`.

Every fault is collected with its pointer; the rules themselves stand in
`booking.availability.rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from booking.availability.rules import (
    PERIODS,
    Alignment,
    BookingWindow,
    Limits,
    OnStale,
    PeriodLimits,
    SlotRules,
    WindowType,
)
from booking.core.errors import FieldError, InvalidInput

Choice = TypeVar("Choice", bound=StrEnum)

_NUMBERS = (
    "duration_minutes",
    "slot_interval_minutes",
    "start_offset_minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "minimum_notice_minutes",
    "seats",
)

RULE_FIELDS = (
    *_NUMBERS,
    "durations_minutes",
    "slot_alignment",
    "window",
    "limits",
    "first_slot_only",
    "on_stale",
)
"""The fields of an event type that `parse_rules` reads."""


def parse_rules(fields: Mapping[str, object]) -> SlotRules:
    """Return the rules that `fields` mean; those absent or None take their default.

    Errors: InvalidInput naming every fault by its pointer.
    """
    faults: list[FieldError] = []
    values: dict[str, Any] = {}
    given = {name: value for name, value in fields.items() if value is not None}
    for name in sorted(given.keys() & set(RULE_FIELDS)):
        _collect(values, name, partial(_read, name, given[name]), faults)
    if "duration_minutes" not in given:
        faults.append(FieldError("/duration_minutes", "Say how long a slot is."))
    if faults:
        raise InvalidInput(tuple(faults))
    return SlotRules(**values)


def parse_window(value: object) -> BookingWindow:
    """Return the window that `{"type", "days"?, "start_date"?, "end_date"?}` means.

    An empty object is no limit. Errors: InvalidInput with pointers below `/window`.
    """
    fields = _object(value, "/window")
    if not fields:
        return BookingWindow()
    values: dict[str, Any] = {"type": _choice(fields.get("type"), WindowType, "/window/type")}
    faults: list[FieldError] = []
    if values["type"] == WindowType.RANGE:
        for name in ("start_date", "end_date"):
            _collect(values, name, partial(_day, fields, name), faults)
    elif values["type"] != WindowType.UNLIMITED:
        _collect(values, "days", partial(_number, fields.get("days"), "/window/days"), faults)
    if faults:
        raise InvalidInput(tuple(faults))
    return BookingWindow(**values)


def parse_limits(value: object) -> Limits:
    """Return the limits that `{"bookings": {"day"?, ...}, "minutes": {...}}` mean.

    Errors: InvalidInput with pointers below `/limits`, among them for a longer period with a
    smaller limit.
    """
    fields = _object(value, "/limits")
    faults = [
        FieldError(f"/limits/{name}", "Limits count bookings or minutes.")
        for name in fields
        if name not in {"bookings", "minutes"}
    ]
    values: dict[str, Any] = {}
    for name in ("bookings", "minutes"):
        if fields.get(name) is not None:
            _collect(values, name, partial(_periods, fields, name), faults)
    if faults:
        raise InvalidInput(tuple(faults))
    return Limits(**values)


def _collect(
    values: dict[str, Any], name: str, read: Callable[[], object], faults: list[FieldError]
) -> None:
    try:
        values[name] = read()
    except InvalidInput as problem:
        faults.extend(problem.fields)


def _read(name: str, value: object) -> object:
    readers: dict[str, Callable[[], object]] = {
        "durations_minutes": lambda: _numbers(value, "/durations_minutes"),
        "slot_alignment": lambda: _choice(value, Alignment, "/slot_alignment"),
        "window": lambda: parse_window(value),
        "limits": lambda: parse_limits(value),
        "first_slot_only": lambda: _flag(value, "/first_slot_only"),
        "on_stale": lambda: _choice(value, OnStale, "/on_stale"),
    }
    return readers.get(name, lambda: _number(value, f"/{name}"))()


def _periods(fields: Mapping[str, object], kind: str) -> PeriodLimits:
    pointer = f"/limits/{kind}"
    periods = _object(fields[kind], pointer)
    faults = [
        FieldError(f"{pointer}/{name}", "Limits are per day, week, month or year.")
        for name in periods
        if name not in PERIODS
    ]
    values: dict[str, Any] = {}
    for name in PERIODS:
        if periods.get(name) is not None:
            read = partial(_number, periods[name], f"{pointer}/{name}")
            _collect(values, name, read, faults)
    limits = PeriodLimits(**values)
    faults += limits.faults(pointer)
    if faults:
        raise InvalidInput(tuple(faults))
    return limits


def _object(value: object, pointer: str) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    raise InvalidInput.at(pointer, "This must be an object.")


def _number(value: object, pointer: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise InvalidInput.at(pointer, "Use a whole number.")


def _numbers(value: object, pointer: str) -> tuple[int, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(_number(item, f"{pointer}/{index}") for index, item in enumerate(value))
    raise InvalidInput.at(pointer, "This must be a list.")


def _flag(value: object, pointer: str) -> bool:
    if isinstance(value, bool):
        return value
    raise InvalidInput.at(pointer, "Use true or false.")


def _choice(value: object, kind: type[Choice], pointer: str) -> Choice:
    for member in kind:
        if value == member:
            return member
    raise InvalidInput.at(pointer, "Use one of: " + ", ".join(kind) + ".")


def _day(fields: Mapping[str, object], name: str) -> date:
    value = fields.get(name)
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise InvalidInput.at(f"/window/{name}", "Use a date as YYYY-MM-DD.") from None
