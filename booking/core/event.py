"""The canonical calendar event, and its merge units.

`CalendarEvent` is what every provider's item becomes, series and exceptions in one value. Its
units are what the sync engine compares, merges and stores: JSON by name, equal if and only if the
event means the same, whatever order or folding a provider gave its body.

Leaves to others: expanding a series (`recurrence`), hashing (`fingerprint`), wire formats.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from booking.core.event_parts import (
    JSON,
    AllDay,
    Answer,
    Attendee,
    EventStatus,
    ExtraDate,
    Organizer,
    OriginalStart,
    Recurrence,
    Role,
    Timed,
    Transparency,
    Units,
    Visibility,
    When,
)
from booking.core.event_units import (
    answer_of,
    attendees_of,
    attendees_unit,
    exception_key,
    mapping_in,
    moment_of,
    moved,
    organizer_of,
    original_start_of,
    recurrence_of,
    recurrence_unit,
    text_in,
    when_of,
    when_unit,
    whole_in,
)

__all__ = [
    "JSON",
    "UNIT_NAMES",
    "AllDay",
    "Answer",
    "Attendee",
    "CalendarEvent",
    "EventException",
    "EventStatus",
    "ExtraDate",
    "Organizer",
    "OriginalStart",
    "Recurrence",
    "Role",
    "Timed",
    "Transparency",
    "Units",
    "Visibility",
    "When",
    "canonical",
    "exception_key",
    "from_record",
    "from_units",
    "original_start_of",
    "to_record",
    "to_units",
]

BODY_UNITS = (
    "when",
    "title",
    "description",
    "location",
    "status",
    "transparency",
    "visibility",
    "url",
    "color",
    "priority",
    "attendees",
)
UNIT_NAMES = (*BODY_UNITS, "recurrence", "exceptions")
_UNSAID: dict[str, JSON] = {
    "title": "",
    "description": "",
    "location": "",
    "status": EventStatus.CONFIRMED.value,
    "transparency": Transparency.OPAQUE.value,
    "visibility": Visibility.PUBLIC.value,
    "url": "",
    "color": "",
    "priority": 0,
    "attendees": {},
    "recurrence": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """One event or one whole series.

    Units: wall times in `when`; `created_at`, `updated_at` aware UTC; `priority` 0 (none) to 9.
    Texts are normalised already (`core.text`); an absent one is "".
    `attendees` sorted by address, each once; `exceptions` sorted by original start, each once.
    `my_answer`: what the calendar's owner answered, None if not invited; no merge unit, since the
    two sides of a pair belong to different people.
    `conference`: the kind of video meeting to be made with the event (`google_meet`, `teams`),
    which is only written; `meeting_url`: the link of one that was made, which is only read.
    `mark`: our provenance on a copy we made, "" on anybody else's event; never identity.
    `labels`: a category to be written, and behind it those that it replaces; they are no unit, and
    the host's own categories stay.
    Errors: ValueError for a value that breaks these rules.
    """

    uid: str
    when: When
    title: str = ""
    description: str = ""
    location: str = ""
    status: EventStatus = EventStatus.CONFIRMED
    transparency: Transparency = Transparency.OPAQUE
    visibility: Visibility = Visibility.PUBLIC
    url: str = ""
    color: str = ""
    priority: int = 0
    attendees: tuple[Attendee, ...] = ()
    organizer: Organizer | None = None
    my_answer: Answer | None = None
    sequence: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    recurrence: Recurrence | None = None
    exceptions: tuple["EventException", ...] = ()
    mark: str = ""
    conference: str = ""
    meeting_url: str = ""
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.priority <= 9:
            raise ValueError("a priority lies between 0 and 9")
        addresses = [attendee.address for attendee in self.attendees]
        if addresses and addresses != sorted(set(addresses)):
            raise ValueError("attendees are sorted by address, each once")
        keys = [exception_key(exception.original_start) for exception in self.exceptions]
        if keys and keys != sorted(set(keys)):
            raise ValueError("exceptions are sorted by original start, each once")


_NO_UNITS = tuple(
    each.name for each in fields(CalendarEvent) if each.name not in {*UNIT_NAMES, "uid"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventException:
    """What became of one instance of a series.

    `original_start`: of the master's kind, a wall time in the master's zone or a date.
    `replacement`: the instance as it now is, complete; None means it was cancelled.
    `and_future`: the same goes for every later instance (RFC 5545, 3.2.13, THISANDFUTURE).
    """

    original_start: OriginalStart
    replacement: CalendarEvent | None
    and_future: bool = False


def to_units(event: CalendarEvent) -> dict[str, JSON]:
    """Return the event's merge units, every name of `UNIT_NAMES` always present.

    An exception is `{"cancelled": true}` or those units in which it differs from the instance the
    series would have had there; `"and_future": true` is added where it reaches on.
    """
    body = _body_units(event)
    exceptions = {
        exception_key(exception.original_start): _exception_unit(exception, body)
        for exception in event.exceptions
    }
    return {**body, "recurrence": recurrence_unit(event.recurrence), "exceptions": exceptions}


def from_units(units: Units, *, uid: str = "", base: CalendarEvent | None = None) -> CalendarEvent:
    """Return the event that `units` describe; what is no unit comes from `base`.

    A unit that is missing takes its default, except `when`. Errors: KeyError without `when`,
    ValueError for values that `to_units` never writes.
    """
    recurrence = recurrence_of(units.get("recurrence"))
    event = _with_body(base, units, uid=uid, recurrence=recurrence)
    exceptions = mapping_in(units.get("exceptions"))
    if not exceptions:
        return event
    return replace(
        event,
        exceptions=tuple(
            _exception_of(key, mapping_in(exceptions[key]), event, units)
            for key in sorted(exceptions)
        ),
    )


def canonical(units: Units) -> dict[str, JSON]:
    """Return what `to_units` makes of the event that `units` describe.

    Units are canonical each by itself, so that only what names others needs the event: exceptions
    say in what they differ from the series. Errors: as `from_units`, where there are any.
    """
    if mapping_in(units.get("exceptions")):
        return to_units(from_units(units, uid="canonical"))
    known = {name: units[name] for name in UNIT_NAMES if units.get(name) is not None}
    return {**_UNSAID, "when": units["when"], **known, "exceptions": {}}


def to_record(event: CalendarEvent) -> dict[str, JSON]:
    """Return everything the event holds as JSON, for storing: its units and what is no unit."""
    organizer = event.organizer
    return {
        "units": to_units(event),
        "uid": event.uid,
        "organizer": [organizer.address, organizer.name] if organizer else None,
        "my_answer": event.my_answer,
        "my_answers": {
            exception_key(exception.original_start): exception.replacement.my_answer
            for exception in event.exceptions
            if exception.replacement
        },
        "sequence": event.sequence,
        "created_at": event.created_at.isoformat() if event.created_at else None,
        "updated_at": event.updated_at.isoformat() if event.updated_at else None,
        "mark": event.mark,
    }


def from_record(record: Mapping[str, JSON]) -> CalendarEvent:
    """Return the event `to_record` wrote. Errors: KeyError, ValueError for any other mapping."""
    event = from_units(mapping_in(record["units"]), uid=text_in(record["uid"]))
    answers = mapping_in(record["my_answers"])
    return replace(
        event,
        organizer=organizer_of(record["organizer"]),
        my_answer=answer_of(record["my_answer"]),
        exceptions=tuple(
            _answered(exception, answers.get(exception_key(exception.original_start)))
            for exception in event.exceptions
        ),
        sequence=whole_in(record["sequence"]),
        created_at=moment_of(record["created_at"]),
        updated_at=moment_of(record["updated_at"]),
        mark=text_in(record["mark"]),
    )


def _body_units(event: CalendarEvent) -> dict[str, JSON]:
    return {
        "when": when_unit(event.when),
        "title": event.title,
        "description": event.description,
        "location": event.location,
        "status": event.status.value,
        "transparency": event.transparency.value,
        "visibility": event.visibility.value,
        "url": event.url,
        "color": event.color,
        "priority": event.priority,
        "attendees": attendees_unit(event.attendees),
    }


def _with_body(
    event: CalendarEvent | None,
    units: Units,
    *,
    uid: str = "",
    recurrence: Recurrence | None = None,
) -> CalendarEvent:
    """Return the event that `units` describe, with what is no unit of `event`.

    It is made at once and not by `replace`, which takes three times as long: this is done several
    times for each event of a sync.
    """
    return CalendarEvent(
        uid=uid or (event.uid if event else ""),
        when=when_of(units["when"]),
        title=text_in(units.get("title", "")),
        description=text_in(units.get("description", "")),
        location=text_in(units.get("location", "")),
        status=EventStatus(text_in(units.get("status", EventStatus.CONFIRMED))),
        transparency=Transparency(text_in(units.get("transparency", Transparency.OPAQUE))),
        visibility=Visibility(text_in(units.get("visibility", Visibility.PUBLIC))),
        url=text_in(units.get("url", "")),
        color=text_in(units.get("color", "")),
        priority=whole_in(units.get("priority", 0)),
        attendees=attendees_of(mapping_in(units.get("attendees"))),
        recurrence=recurrence,
        **({name: getattr(event, name) for name in _NO_UNITS} if event else {}),
    )


def _instance_units(event_units: Units, original_start: OriginalStart) -> dict[str, JSON]:
    """Return the body units an instance has if no exception touches it."""
    body = {name: event_units[name] for name in BODY_UNITS if name in event_units}
    there = moved(when_of(event_units["when"]), original_start)
    return {**body, "when": when_unit(there)}


def _exception_unit(exception: EventException, units: Units) -> dict[str, JSON]:
    unit: dict[str, JSON] = {"and_future": True} if exception.and_future else {}
    if exception.replacement is None:
        return {**unit, "cancelled": True}
    expected = _instance_units(units, exception.original_start)
    actual = _body_units(exception.replacement)
    return {**unit, **{name: actual[name] for name in BODY_UNITS if actual[name] != expected[name]}}


def _exception_of(
    key: str, unit: Mapping[str, JSON], event: CalendarEvent, units: Units
) -> EventException:
    original_start = original_start_of(key)
    and_future = unit.get("and_future") is True
    if unit.get("cancelled") is True:
        return EventException(
            original_start=original_start, replacement=None, and_future=and_future
        )
    replacement = _with_body(event, {**_instance_units(units, original_start), **unit})
    return EventException(
        original_start=original_start, replacement=replacement, and_future=and_future
    )


def _answered(exception: EventException, answer: JSON) -> EventException:
    if exception.replacement is None:
        return exception
    return replace(
        exception, replacement=replace(exception.replacement, my_answer=answer_of(answer))
    )
