"""From the VEVENT blocks of one UID to a CalendarEvent.

What blocks time is read strictly (BadObject), what only describes leniently (left out). Texts are
cleaned and cut here, once. Leaves to others: lines (`ical_lines`), times (`ical_times`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from booking.calendars.ical_lines import BadObject, Block, Property
from booking.calendars.ical_times import (
    extra_dates_of,
    original_start_of,
    stamp_of,
    stamps_of,
    utc_of,
    when_of,
)
from booking.calendars.ical_zones import Zones
from booking.core.event import (
    Answer,
    Attendee,
    CalendarEvent,
    EventException,
    EventStatus,
    Organizer,
    OriginalStart,
    Recurrence,
    Role,
    Transparency,
    Visibility,
    When,
    exception_key,
)
from booking.core.recurrence import MOST_INSTANCES, canonical_rule
from booking.core.text import clean_line, clean_text

MARK = "X-BOOKING-MARK"
BUSY_STATUS = "X-MICROSOFT-CDO-BUSYSTATUS"

LONGEST_TITLE = 1_000
LONGEST_TEXT = 100_000
LONGEST_ADDRESS = 2_000
MOST_ATTENDEES = 1_000

_VISIBILITIES = {each.value: each for each in Visibility}
_ANSWERS = {each.value: each for each in Answer}
_ROLES = {each.value: each for each in Role}
_FREE = frozenset({"FREE", "WORKINGELSEWHERE"})


def uid_of(block: Block) -> str:
    """Return a VEVENT's UID; one that has none gets a lasting one from its content."""
    uid = block.find_text("UID").strip()
    if len(uid) > LONGEST_ADDRESS:
        raise BadObject("the UID is longer than any real one")
    if uid:
        return uid
    digest = hashlib.sha256("\n".join(sorted(block.lines)).encode("utf-8", "replace"))
    return f"no-uid-{digest.hexdigest()[:32]}"


def read_event(blocks: Iterable[Block], zones: Zones, owner: frozenset[str]) -> CalendarEvent:
    """Return the event or series that VEVENT blocks of one UID make.

    `owner`: the addresses of the calendar's owner, lower case.
    Of two blocks for the same instance the one with the higher SEQUENCE counts, else the later.
    Errors: BadObject.
    """
    masters, others = sorted_out(blocks)
    try:
        if masters:
            return _series(masters[-1], others, zones, owner)
        return _single_instances(others, zones, owner)
    except BadObject:
        raise
    except (ValueError, OverflowError) as error:
        raise BadObject(str(error)) from None


def sorted_out(blocks: Iterable[Block]) -> tuple[list[Block], list[Block]]:
    """Return the VEVENTs of a UID that stand for the whole, and those that replace an instance.

    In both lists what counts stands last: the highest SEQUENCE, else the later.
    """
    ordered = sorted(blocks, key=sequence_of)
    masters = [block for block in ordered if block.find("RECURRENCE-ID") is None]
    return masters, [block for block in ordered if block.find("RECURRENCE-ID") is not None]


def replaced_start(block: Block, when: When, zones: Zones) -> OriginalStart:
    """Return which instance of a master at `when` a VEVENT with RECURRENCE-ID replaces."""
    found = block.find("RECURRENCE-ID")
    if found is None:
        raise BadObject("an instance does not say which it is")
    return original_start_of(stamp_of(found, zones), when)


def excluded(block: Block, when: When, zones: Zones) -> set[OriginalStart]:
    """Return the EXDATEs of a master."""
    found = block.each("EXDATE")
    return {original_start_of(stamp, when) for each in found for stamp in stamps_of(each, zones)}


def sequence_of(block: Block) -> int:
    """Return the SEQUENCE of a VEVENT, 0 without one."""
    text = block.find_text("SEQUENCE").strip()
    return min(int(text), 2**31 - 1) if text.isascii() and text.isdecimal() else 0


def _series(
    master: Block, others: list[Block], zones: Zones, owner: frozenset[str]
) -> CalendarEvent:
    _refuse_many(master, len(others))
    event = _body(master, zones, owner)
    if master.find("EXRULE") is not None:
        raise BadObject("the series has an EXRULE, which RFC 5545 withdrew")
    rules = tuple(sorted({canonical_rule(rule.value, event.when) for rule in master.each("RRULE")}))
    extra = extra_dates_of(master, event.when, zones)
    recurrence = Recurrence(rules=rules, extra_dates=extra) if rules or extra else None
    gone = excluded(master, event.when, zones)
    exceptions = [
        EventException(original_start=start, replacement=None) for start in gone
    ] + _exceptions(others, event.when, zones, owner)
    if recurrence is None and not exceptions:
        return event
    return replace(event, recurrence=recurrence, exceptions=_distinct(exceptions))


def _single_instances(others: list[Block], zones: Zones, owner: frozenset[str]) -> CalendarEvent:
    """Return instances of a series that is not here itself: somebody was invited to these only."""
    if not others:
        raise BadObject("there is no event in it")
    bodies = [_body(block, zones, owner) for block in others]
    first = min(bodies, key=lambda body: exception_key(body.when.start))
    return replace(
        first,
        recurrence=Recurrence(only_exceptions=True),
        exceptions=_distinct(_exceptions(others, first.when, zones, owner)),
    )


def _exceptions(
    others: list[Block], when: When, zones: Zones, owner: frozenset[str]
) -> list[EventException]:
    return [_exception(block, when, zones, owner) for block in reversed(others)]


def _exception(block: Block, when: When, zones: Zones, owner: frozenset[str]) -> EventException:
    found = block.find("RECURRENCE-ID")
    body = _body(block, zones, owner)
    return EventException(
        original_start=replaced_start(block, when, zones),
        replacement=None if body.status is EventStatus.CANCELLED else body,
        and_future=found is not None and found.parameter("RANGE").upper() == "THISANDFUTURE",
    )


def _distinct(exceptions: list[EventException]) -> tuple[EventException, ...]:
    """Return the exceptions by original start; of several the first counts."""
    found: dict[str, EventException] = {}
    for exception in exceptions:
        found.setdefault(exception_key(exception.original_start), exception)
    return tuple(found[key] for key in sorted(found))


def _refuse_many(master: Block, instances: int) -> None:
    listed = sum(
        each.value.count(",") + 1 for name in ("RDATE", "EXDATE") for each in master.each(name)
    )
    if listed + instances > MOST_INSTANCES:
        raise BadObject(f"the series names more than {MOST_INSTANCES} single dates")


def _body(block: Block, zones: Zones, owner: frozenset[str]) -> CalendarEvent:
    """Return one VEVENT without what makes it a series."""
    attendees = _attendees(block)
    return CalendarEvent(
        uid=uid_of(block),
        when=when_of(block, zones),
        title=_line(block, "SUMMARY", LONGEST_TITLE),
        description=clean_text(block.find_text("DESCRIPTION")[: 2 * LONGEST_TEXT])[:LONGEST_TEXT],
        location=clean_text(block.find_text("LOCATION")[:LONGEST_TEXT])[:LONGEST_ADDRESS],
        status=_status(block),
        transparency=_transparency(block),
        visibility=_visibility(block),
        url=_url(block),
        color=_line(block, "COLOR", LONGEST_TITLE),
        priority=_priority(block),
        attendees=attendees,
        organizer=_organizer(block),
        my_answer=next((one.answer for one in attendees if one.address in owner), None),
        sequence=sequence_of(block),
        created_at=_moment(block, "CREATED"),
        updated_at=_moment(block, "LAST-MODIFIED") or _moment(block, "DTSTAMP"),
        mark=_line(block, MARK, LONGEST_TITLE),
    )


def _line(block: Block, name: str, longest: int) -> str:
    return clean_line(block.find_text(name)[: 2 * longest])[:longest].strip()


def _url(block: Block) -> str:
    """Return the URL, whose value is not escaped (RFC 5545, 3.3.13)."""
    try:
        found = block.find("URL")
    except BadObject:
        return ""
    return clean_line(found.value[:LONGEST_ADDRESS]) if found else ""


def _moment(block: Block, name: str) -> datetime | None:
    try:
        return utc_of(block.find(name))
    except BadObject:
        return None


def _busy_status(block: Block) -> str:
    return block.find_text(BUSY_STATUS).strip().upper()


def _status(block: Block) -> EventStatus:
    written = block.find_text("STATUS").strip().upper()
    if written == "CANCELLED":
        return EventStatus.CANCELLED
    if written == "TENTATIVE" or _busy_status(block) == "TENTATIVE":
        return EventStatus.TENTATIVE
    return EventStatus.CONFIRMED


def _transparency(block: Block) -> Transparency:
    """Tell whether it is free: by TRANSP, or by what Microsoft adds to say it more finely."""
    free = block.find_text("TRANSP").strip().upper() == "TRANSPARENT"
    return Transparency.TRANSPARENT if free or _busy_status(block) in _FREE else Transparency.OPAQUE


def _visibility(block: Block) -> Visibility:
    written = block.find_text("CLASS").strip().lower()
    return _VISIBILITIES.get(written, Visibility.PUBLIC)


def _priority(block: Block) -> int:
    text = block.find_text("PRIORITY").strip()
    return int(text) if text in set("0123456789") else 0


def _attendees(block: Block) -> tuple[Attendee, ...]:
    found: dict[str, Attendee] = {}
    try:
        for each in block.each("ATTENDEE"):
            attendee = _attendee(each)
            if attendee.address and len(found) < MOST_ATTENDEES:
                found.setdefault(attendee.address, attendee)
    except BadObject:
        return tuple(found[address] for address in sorted(found))
    return tuple(found[address] for address in sorted(found))


def _attendee(found: Property) -> Attendee:
    answer, role = found.parameter("PARTSTAT").lower(), found.parameter("ROLE").lower()
    return Attendee(
        address=address_of(found),
        name=_name(found),
        answer=_ANSWERS.get(answer, Answer.NEEDS_ACTION),
        role=_ROLES.get(role, Role.REQUIRED),
    )


def _organizer(block: Block) -> Organizer | None:
    try:
        found = block.find("ORGANIZER")
    except BadObject:
        return None
    address = address_of(found) if found else ""
    return Organizer(address=address, name=_name(found)) if found and address else None


def _name(found: Property) -> str:
    name = clean_line(found.parameter("CN")[: 2 * LONGEST_TITLE])[:LONGEST_TITLE].strip()
    return plain_name(name)


def plain_name(name: str) -> str:
    """Return a name as a parameter value that every server keeps: no quote, no backslash."""
    return name.replace('"', "'").replace("\\", "/")


def address_of(found: Property) -> str:
    """Return a calendar user's e-mail address, lower case, or the URI that stands for it.

    iCloud and Google write a path or a urn there and the address as EMAIL (RFC 7986, 6.2).
    """
    value = found.value.strip()
    if value.lower().startswith("mailto:"):
        value = value[len("mailto:") :]
    elif found.parameter("EMAIL"):
        value = found.parameter("EMAIL")
    return clean_line(value[:LONGEST_ADDRESS]).lower()
