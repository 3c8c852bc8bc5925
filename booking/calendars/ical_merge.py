"""Writing an event into a body as it stands at the server, keeping all that is not ours.

Only what differs in meaning is rewritten: a unit that reads the same keeps its lines to the
letter, and so does every line and component we do not know (alarms, X- properties, attachments).
Leaves to others: deciding what to write, and guarding it by the version that was read.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from icalendar.prop import vCalAddress

from booking.calendars.ical_component import Component
from booking.calendars.ical_lines import Block, blocks_of, name_of, split, text_of
from booking.calendars.ical_read import (
    BUSY_STATUS,
    MARK,
    address_of,
    plain_name,
    read_event,
    replaced_start,
    sequence_of,
    sorted_out,
)
from booking.calendars.ical_timezones import timezone_blocks
from booking.calendars.ical_write import (
    UNIT_WRITERS,
    add_attendee,
    add_excluded,
    add_labels,
    add_mark,
    add_organizer,
    add_recurrence,
    add_recurrence_id,
    exception_block,
    exception_body,
    lines_of,
    master_block,
)
from booking.calendars.ical_zones import Zones
from booking.core.event import (
    AllDay,
    Attendee,
    CalendarEvent,
    EventException,
    EventStatus,
    OriginalStart,
    Timed,
    Transparency,
    exception_key,
    to_units,
)
from booking.core.text import clean_line

_LINES = {
    "when": {"DTSTART", "DTEND", "DURATION", "X-MICROSOFT-CDO-ALLDAYEVENT"},
    "title": {"SUMMARY"},
    "description": {"DESCRIPTION", "X-ALT-DESC"},
    "location": {"LOCATION", "GEO", "X-APPLE-STRUCTURED-LOCATION"},
    "status": {"STATUS"},
    "transparency": {"TRANSP"},
    "visibility": {"CLASS"},
    "url": {"URL"},
    "color": {"COLOR"},
    "priority": {"PRIORITY"},
}
"""The properties that say a unit, those included that would contradict it once it changed."""

_COMMA = re.compile(r"(?<!\\),")
_REPEATING = {"RRULE", "RDATE", "EXRULE"}
_STAMPS = {"DTSTAMP", "LAST-MODIFIED", "SEQUENCE"}
_ZONED = {"DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"}


def merge_into(raw: str, event: CalendarEvent, *, dtstamp: datetime, silent: bool = True) -> str:
    """Return `raw` changed so that it reads as `event`.

    `dtstamp`: now, aware UTC; only what changed gets it. The UID stays that of `raw`, and so does
    an organizer that the event does not name.
    `silent`: the server shall not write to attendees that are added.
    Errors: BadObject where `raw` cannot be read; ValueError as `render_event`.
    """
    calendar = blocks_of(raw)[0]
    zones = Zones(calendar.named("VTIMEZONE"))
    current = read_event(calendar.named("VEVENT"), zones, frozenset())
    target = replace(event, uid=current.uid)
    pen = _Pen(dtstamp=dtstamp, silent=silent)
    masters, singles = sorted_out(calendar.named("VEVENT"))
    by_key = {exception_key(replaced_start(one, current.when, zones)): one for one in singles}
    had = _tzids(calendar.named("VEVENT"))
    kept = _exceptions(by_key, masters[-1] if masters else None, current, target, pen)
    if not _is_only_exceptions(target):
        kept.insert(0, _master(masters[-1] if masters else None, current, target, pen))
    others = [block for block in calendar.children if block.name != "VEVENT"]
    new = _tzids(kept) - had - {one.find_text("TZID").strip() for one in others}
    zones_new = [one for one in timezone_blocks(target, dtstamp) if one.find_text("TZID") in new]
    calendar.children = [*zones_new, *others, *kept]
    calendar.lines = [line for line in calendar.lines if name_of(line) != "METHOD"]
    return text_of(calendar)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pen:
    """How something new is written."""

    dtstamp: datetime
    silent: bool


def _is_only_exceptions(event: CalendarEvent) -> bool:
    return event.recurrence is not None and event.recurrence.only_exceptions


def _master(block: Block | None, current: CalendarEvent, target: CalendarEvent, pen: _Pen) -> Block:
    if block is None:
        return master_block(target, dtstamp=pen.dtstamp, silent=pen.silent)
    changed = _write_body(block, current, target, pen)
    has_dates = target.recurrence is not None and target.recurrence.extra_dates
    if (
        current.recurrence != target.recurrence
        or _zone(current) != _zone(target)
        or (has_dates and current.when != target.when)
    ):
        changed |= _put(block, _REPEATING, _lines(add_recurrence, target))
    if _gone(current) != _gone(target) or current.when != target.when:
        changed |= _put(block, {"EXDATE"}, _lines(add_excluded, target))
    if changed:
        _stamp(block, target, pen)
    return block


def _gone(event: CalendarEvent) -> list[OriginalStart]:
    """Return the single cancelled instances."""
    return [
        exception.original_start
        for exception in event.exceptions
        if exception.replacement is None and not exception.and_future
    ]


def _exceptions(
    by_key: dict[str, Block],
    master: Block | None,
    current: CalendarEvent,
    target: CalendarEvent,
    pen: _Pen,
) -> list[Block]:
    """Return the VEVENT of each exception that needs one.

    A cancelled instance has one only where it had one before; else an EXDATE says it.
    """
    master = copy.deepcopy(master)
    before = {exception_key(one.original_start): one for one in current.exceptions}
    kept = []
    for exception in target.exceptions:
        key = _old_key(exception, current, target, before)
        block, was = by_key.get(key), before.get(key)
        is_cancelled = exception.replacement is None and not exception.and_future
        if block is not None and was is not None:
            if not is_cancelled or was.replacement is None:
                kept.append(_exception(block, (current, was), (target, exception), pen))
        elif not is_cancelled or _is_only_exceptions(target):
            kept.append(_new_exception(master, current, target, exception, pen))
    return kept


def _old_key(
    exception: EventException,
    current: CalendarEvent,
    target: CalendarEvent,
    before: dict[str, EventException],
) -> str:
    """Return the key an instance had before its whole series was shifted."""
    key = exception_key(exception.original_start)
    old, new, start = current.when, target.when, exception.original_start
    if key in before:
        return key
    if isinstance(old, Timed) and isinstance(new, Timed):
        return exception_key(start - (new.start - old.start))
    if isinstance(old, AllDay) and isinstance(new, AllDay):
        return exception_key(start - (new.start - old.start))
    return key


def _exception(
    block: Block,
    before: tuple[CalendarEvent, EventException],
    after: tuple[CalendarEvent, EventException],
    pen: _Pen,
) -> Block:
    """Change the VEVENT of an instance that had one."""
    (current, was), (target, exception) = before, after
    changed = _write_body(block, exception_body(*before), exception_body(*after), pen)
    same_start = was.original_start == exception.original_start and _zone(current) == _zone(target)
    if not same_start or was.and_future != exception.and_future:
        changed |= _put(block, {"RECURRENCE-ID"}, _recurrence_id(target, exception))
    if changed:
        _stamp(block, target, pen)
    return block


def _new_exception(
    master: Block | None,
    current: CalendarEvent,
    target: CalendarEvent,
    exception: EventException,
    pen: _Pen,
) -> Block:
    """Return a VEVENT for an instance that had none, with what we do not know of its series."""
    if master is None:
        return exception_block(target, exception, dtstamp=pen.dtstamp, silent=pen.silent)
    block = copy.deepcopy(master)
    _put(block, _REPEATING | {"EXDATE"}, [])
    _write_body(block, current, exception_body(target, exception), pen)
    _put(block, {"RECURRENCE-ID"}, _recurrence_id(target, exception))
    _stamp(block, target, pen)
    return block


def _recurrence_id(event: CalendarEvent, exception: EventException) -> list[str]:
    component = Component()
    add_recurrence_id(component, event, exception)
    return lines_of(component)


def _zone(event: CalendarEvent) -> tuple[bool, str | None]:
    """Return what the walls of a series are counted in: dates or times, and of which zone."""
    is_timed = isinstance(event.when, Timed)
    return is_timed, event.when.zone if isinstance(event.when, Timed) else None


def _write_body(block: Block, before: CalendarEvent, after: CalendarEvent, pen: _Pen) -> bool:
    """Rewrite the units that differ; tell whether any did."""
    old, new = to_units(_alone(before)), to_units(_alone(after))
    changed = False
    for unit, names in _LINES.items():
        if old[unit] != new[unit]:
            changed |= _put(block, names, _lines(UNIT_WRITERS[unit], after))
    if (before.status, before.transparency) != (after.status, after.transparency):
        changed |= _write_busy_status(block, after)
    if before.attendees != after.attendees:
        changed |= _write_attendees(block, before, after, pen)
    if after.organizer is not None and after.organizer != before.organizer:
        component = Component()
        add_organizer(component, after.organizer, silent=pen.silent)
        changed |= _put(block, {"ORGANIZER"}, lines_of(component))
    if after.labels and old["color"] != new["color"]:
        changed |= _write_labels(block, after)
    if before.mark != after.mark:
        changed |= _put(
            block, {MARK}, _lines(lambda part, event: add_mark(part, event.mark), after)
        )
    return changed


def _write_labels(block: Block, event: CalendarEvent) -> bool:
    """Put our category in the place of those it replaces; the others stay."""
    others = []
    for line in [line for line in block.lines if name_of(line) == "CATEGORIES"]:
        value = split(line).value
        kept = [one for one in _COMMA.split(value) if one.strip() not in event.labels]
        others += [line[: len(line) - len(value)] + ",".join(kept)] if kept else []
    return _put(block, {"CATEGORIES"}, [*_lines(add_labels, event), *others])


def _alone(event: CalendarEvent) -> CalendarEvent:
    return replace(event, recurrence=None, exceptions=())


def _write_busy_status(block: Block, event: CalendarEvent) -> bool:
    """Keep Microsoft's finer word, where there is one, in line with the unit that changed."""
    if block.find(BUSY_STATUS) is None:
        return False
    word = "TENTATIVE" if event.status is EventStatus.TENTATIVE else "BUSY"
    if event.transparency is Transparency.TRANSPARENT:
        word = "FREE"
    component = Component()
    component.add(BUSY_STATUS, word)
    return _put(block, {BUSY_STATUS}, lines_of(component))


def _write_attendees(block: Block, before: CalendarEvent, after: CalendarEvent, pen: _Pen) -> bool:
    """Change, add and drop single attendees; the others' lines stay as they are."""
    old = {attendee.address: attendee for attendee in before.attendees}
    new = {attendee.address: attendee for attendee in after.attendees}
    lines, seen = [], set()
    for line in [line for line in block.lines if name_of(line) == "ATTENDEE"]:
        address = address_of(split(line))
        seen.add(address)
        if old.get(address) == new.get(address):
            lines.append(line)
        elif address in new:
            lines += _attendee_changed(line, new[address])
    component = Component()
    for address in sorted(new.keys() - seen):
        add_attendee(component, new[address], silent=pen.silent)
    return _put(block, {"ATTENDEE"}, [*lines, *lines_of(component)])


def _attendee_changed(line: str, attendee: Attendee) -> list[str]:
    """Return an ATTENDEE line with our three parameters changed and the others kept."""
    found = split(line)
    user = vCalAddress(found.value)
    user.params.update(found.parameters)
    user.params["PARTSTAT"] = attendee.answer.value.upper()
    user.params["ROLE"] = attendee.role.value.upper()
    user.params.pop("CN", None)
    if attendee.name:
        user.params["CN"] = plain_name(clean_line(attendee.name))
    component = Component()
    component.add("ATTENDEE", user)
    return lines_of(component)


def _lines(write: Callable[[Component, CalendarEvent], None], event: CalendarEvent) -> list[str]:
    component = Component()
    write(component, event)
    return lines_of(component)


def _put(block: Block, names: set[str], lines: list[str]) -> bool:
    """Replace the lines of these names, where the first stood; tell whether that changed any."""
    old = [line for line in block.lines if name_of(line) in names]
    if old == lines:
        return False
    place = block.lines.index(old[0]) if old else len(block.lines)
    kept_before = [line for line in block.lines[:place] if name_of(line) not in names]
    kept_after = [line for line in block.lines[place:] if name_of(line) not in names]
    block.lines = [*kept_before, *lines, *kept_after]
    return True


def _stamp(block: Block, event: CalendarEvent, pen: _Pen) -> None:
    component = Component()
    component.add("DTSTAMP", pen.dtstamp)
    component.add("LAST-MODIFIED", pen.dtstamp)
    component.add("SEQUENCE", max(event.sequence, sequence_of(block)))
    _put(block, _STAMPS, lines_of(component))


def _tzids(events: list[Block]) -> set[str]:
    """Return the zones that the times of these VEVENTs refer to."""
    lines = [line for block in events for line in block.lines if name_of(line) in _ZONED]
    return {split(line).parameter("TZID") for line in lines}
