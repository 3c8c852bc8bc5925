"""The JSON form of the parts of an event: the shapes inside its merge units.

Leaves to others: which units an event has (`event`). Reading is strict: ValueError or KeyError for
anything the writing half never makes, since these values come from our own database.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from booking.core.event_parts import (
    JSON,
    AllDay,
    Answer,
    Attendee,
    ExtraDate,
    Organizer,
    OriginalStart,
    Recurrence,
    Role,
    Timed,
    When,
)


def exception_key(original_start: OriginalStart) -> str:
    """Return the key of an exception in the unit `exceptions`: an ISO date or wall time."""
    if isinstance(original_start, datetime):
        return original_start.isoformat(timespec="seconds")
    return original_start.isoformat()


def original_start_of(key: str) -> OriginalStart:
    """Return what `exception_key` was made from. Errors: ValueError for any other text."""
    return datetime.fromisoformat(key) if "T" in key else date.fromisoformat(key)


def attendees_unit(attendees: Sequence[Attendee]) -> dict[str, JSON]:
    """Return the attendees as a map by address."""
    return {
        attendee.address: {
            "name": attendee.name,
            "answer": attendee.answer.value,
            "role": attendee.role.value,
        }
        for attendee in attendees
    }


def attendees_of(unit: Mapping[str, JSON]) -> tuple[Attendee, ...]:
    """Return the attendees of a map by address, sorted by it."""
    return tuple(attendee_of(address, mapping_in(unit[address])) for address in sorted(unit))


def attendee_of(address: str, unit: Mapping[str, JSON]) -> Attendee:
    """Return one attendee of that map."""
    return Attendee(
        address=address,
        name=text_in(unit.get("name", "")),
        answer=Answer(text_in(unit.get("answer", Answer.NEEDS_ACTION))),
        role=Role(text_in(unit.get("role", Role.REQUIRED))),
    )


def when_unit(when: When) -> dict[str, JSON]:
    """Return `{"start", "end"}` as dates, or as wall times with `"zone"` (and `"end_zone"`)."""
    if isinstance(when, AllDay):
        return {"start": when.start.isoformat(), "end": when.end.isoformat()}
    unit: dict[str, JSON] = {
        "start": exception_key(when.start),
        "end": exception_key(when.end),
        "zone": when.zone,
    }
    return {**unit, "end_zone": when.end_zone} if when.end_zone else unit


def when_of(unit: JSON) -> When:
    """Return what `when_unit` was made from."""
    fields = mapping_in(unit)
    start, end = (
        original_start_of(text_in(fields["start"])),
        original_start_of(text_in(fields["end"])),
    )
    if isinstance(start, datetime) and isinstance(end, datetime):
        return Timed(
            start=start,
            end=end,
            zone=text_or_none_in(fields.get("zone")),
            end_zone=text_or_none_in(fields.get("end_zone")),
        )
    return AllDay(start=start, end=end)


def recurrence_unit(recurrence: Recurrence | None) -> JSON:
    """Return `{"rules", "extra_dates"}`, or None for an event that does not repeat."""
    if recurrence is None:
        return None
    unit: dict[str, JSON] = {
        "rules": list(recurrence.rules),
        "extra_dates": [extra_date_unit(extra) for extra in recurrence.extra_dates],
    }
    return {**unit, "only_exceptions": True} if recurrence.only_exceptions else unit


def recurrence_of(unit: JSON) -> Recurrence | None:
    """Return what `recurrence_unit` was made from."""
    if unit is None:
        return None
    fields = mapping_in(unit)
    return Recurrence(
        rules=tuple(text_in(rule) for rule in list_in(fields.get("rules"))),
        extra_dates=tuple(extra_date_of(text_in(d)) for d in list_in(fields.get("extra_dates"))),
        only_exceptions=fields.get("only_exceptions") is True,
    )


def extra_date_unit(extra: ExtraDate) -> str:
    """Return "start" or, for a period, "start/end"."""
    start = exception_key(extra.start)
    return f"{start}/{exception_key(extra.end)}" if extra.end is not None else start


def extra_date_of(unit: str) -> ExtraDate:
    """Return what `extra_date_unit` was made from."""
    start, slash, end = unit.partition("/")
    return ExtraDate(start=original_start_of(start), end=original_start_of(end) if slash else None)


def moved(when: When, start: OriginalStart) -> When:
    """Return `when` moved to an original start. Errors: ValueError if that is of another kind."""
    if isinstance(when, Timed) and isinstance(start, datetime):
        return when.moved_to(start)
    if isinstance(when, AllDay) and not isinstance(start, datetime):
        return when.moved_to(start)
    raise ValueError("an original start is of its master's kind")


def answer_of(value: JSON) -> Answer | None:
    """Return an attendee's answer, None for none."""
    return None if value is None else Answer(text_in(value))


def organizer_of(value: JSON) -> Organizer | None:
    """Return the organizer of `[address, name]`, None for none."""
    if value is None:
        return None
    address, name = list_in(value)
    return Organizer(address=text_in(address), name=text_in(name))


def moment_of(value: JSON) -> datetime | None:
    """Return the aware moment of an ISO text, None for none."""
    return None if value is None else datetime.fromisoformat(text_in(value))


def text_in(value: JSON) -> str:
    """Return a JSON value that must be a text."""
    if not isinstance(value, str):
        raise ValueError("a text was expected")  # noqa: TRY004 - one error for every odd value
    return value


def text_or_none_in(value: JSON) -> str | None:
    """Return a JSON value that must be a text or null."""
    return None if value is None else text_in(value)


def whole_in(value: JSON) -> int:
    """Return a JSON value that must be a whole number."""
    if not isinstance(value, int):
        raise ValueError("a whole number was expected")  # noqa: TRY004 - as above
    return value


def mapping_in(value: JSON) -> Mapping[str, JSON]:
    """Return a JSON value that must be an object; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError("a mapping was expected")  # noqa: TRY004 - as above
    return value


def list_in(value: JSON) -> Sequence[JSON]:
    """Return a JSON value that must be a list; null is an empty one."""
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError("a list was expected")  # noqa: TRY004 - as above
    return value
