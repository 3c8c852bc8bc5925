"""From Google's rows to a calendar event: a master with its changed and cancelled instances.

Leaves to others: which rows belong together (`reading`), times (`times`), what Google has no field
for (`extras`). Anything that cannot be understood raises ValueError, and is kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from booking.calendars.guests import without_guests
from booking.calendars.ical_lines import Block
from booking.calendars.ical_read import excluded
from booking.calendars.ical_times import extra_dates_of
from booking.calendars.ical_zones import Zones
from booking.calendars.providers.cloud_events import joined, telling, without_zone
from booking.calendars.providers.google.conferences import meeting_url
from booking.calendars.providers.google.extras import Extras, color_of, extras_of
from booking.calendars.providers.google.texts import plain
from booking.calendars.providers.google.times import original_start_of, when_of
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
    Timed,
    Transparency,
    Visibility,
    When,
    exception_key,
)
from booking.core.recurrence import MOST_INSTANCES, canonical_rule
from booking.core.recurrence_rule import rule_of
from booking.core.text import clean_line, clean_text

Row = Mapping[str, Any]

_ANSWERS = {
    "needsAction": Answer.NEEDS_ACTION,
    "accepted": Answer.ACCEPTED,
    "declined": Answer.DECLINED,
    "tentative": Answer.TENTATIVE,
}
_LONGEST_LINE, _LONGEST_PLACE, _LONGEST_TEXT, _MOST_PEOPLE = 1_000, 2_000, 100_000, 1_000
# Where somebody is, and whose birthday it is, take nobody's time.
_FREE_KINDS = frozenset({"workingLocation", "birthday"})


def event_of(master: Row, exceptions: Iterable[Row] = ()) -> CalendarEvent:
    """Return the event that a master and its exceptions make, a single event among them.

    Errors: ValueError, KeyError, TypeError, AttributeError for rows that cannot be understood.
    """
    recurs = bool(master.get("recurrence"))
    event = _body(master, recurs=recurs)
    if not recurs:
        return event
    series, gone = _series(event.when, master["recurrence"])
    found = {
        exception_key(start): EventException(original_start=start, replacement=None)
        for start in gone
    }
    for row in exceptions:
        exception = _exception(row, event)
        found[exception_key(exception.original_start)] = exception
    if len(found) > MOST_INSTANCES:
        raise ValueError(f"the series names more than {MOST_INSTANCES} single dates")
    kept = tuple(found[key] for key in sorted(found))
    whole = replace(event, recurrence=series, exceptions=kept)
    return _floating(telling(whole)) if extras_of(master).is_floating else telling(whole)


def _series(when: When, lines: Sequence[str]) -> tuple[Recurrence, set[OriginalStart]]:
    """Return rules and extra dates, and the dates that are left out (EXDATE)."""
    block, zones = Block("VEVENT", lines=list(lines)), Zones(())
    if block.find("EXRULE") is not None:
        raise ValueError("the series has an EXRULE, which RFC 5545 withdrew")
    rules = tuple(sorted({canonical_rule(each.value, when) for each in block.each("RRULE")}))
    extra = extra_dates_of(block, when, zones)
    return Recurrence(rules=rules, extra_dates=extra), excluded(block, when, zones)


def _exception(row: Row, master: CalendarEvent) -> EventException:
    start = original_start_of(row["originalStartTime"], master.when)
    if row.get("status") == "cancelled":
        return EventException(original_start=start, replacement=None)
    body = _body(row, recurs=False)
    # A changed instance holds the series' own data, a copied mark and uid among them.
    kept = replace(body, uid=master.uid, mark=master.mark)
    return EventException(original_start=start, replacement=kept)


def _floating(event: CalendarEvent) -> CalendarEvent:
    """Take the zone off a series that was written as floating, whose rule's end is wall time."""
    zone_name = event.when.zone if isinstance(event.when, Timed) else None
    recurrence = event.recurrence
    if recurrence is not None:
        rules = tuple(_floating_rule(rule, zone_name) for rule in recurrence.rules)
        recurrence = replace(recurrence, rules=rules)
    exceptions = tuple(
        replace(one, replacement=without_zone(one.replacement)) if one.replacement else one
        for one in event.exceptions
    )
    return replace(without_zone(event), recurrence=recurrence, exceptions=exceptions)


def _floating_rule(rule: str, zone_name: str | None) -> str:
    until = rule_of(rule, zone_name).until
    if until is None:
        return rule
    parts = [part for part in rule.split(";") if not part.startswith("UNTIL=")]
    wall = Timed(start=until, end=until, zone=None)
    return canonical_rule(";".join([*parts, f"UNTIL={until:%Y%m%dT%H%M%S}"]), wall)


def _body(row: Row, *, recurs: bool) -> CalendarEvent:
    """Return one row without what makes it a series."""
    extras = extras_of(row)
    people = _attendees(row)
    description = plain(str(row.get("description", ""))[:_LONGEST_TEXT])
    event = CalendarEvent(
        uid=extras.uid or str(row.get("iCalUID") or row["id"]),
        when=when_of(row["start"], row["end"], recurs=recurs),
        title=clean_line(str(row.get("summary", "")))[:_LONGEST_LINE].strip(),
        description=without_guests(description) if extras.is_ours else description,
        location=clean_text(str(row.get("location", "")))[:_LONGEST_PLACE].strip(),
        status=_status(row, extras),
        transparency=_transparency(row, extras),
        visibility=_visibility(row),
        url=extras.url,
        color=color_of(row.get("colorId"), extras.color),
        priority=extras.priority,
        attendees=joined(extras.attendees, people),
        organizer=_organizer(row),
        my_answer=_my_answer(row),
        sequence=int(row.get("sequence", 0)),
        created_at=_moment(row.get("created")),
        updated_at=_moment(row.get("updated")),
        mark=extras.mark,
        meeting_url=meeting_url(row),
    )
    return without_zone(event) if extras.is_floating and not recurs else event


def _status(row: Row, extras: Extras) -> EventStatus:
    if extras.is_cancelled:
        return EventStatus.CANCELLED
    found = row.get("status", "confirmed")
    return EventStatus(found) if found in set(EventStatus) else EventStatus.CONFIRMED


def _transparency(row: Row, extras: Extras) -> Transparency:
    """Tell whether it is free. What we wrote of a cancelled event takes no time at Google."""
    is_free = row.get("transparency") == "transparent"
    if extras.is_cancelled:
        is_free = extras.is_free
    if is_free or row.get("eventType") in _FREE_KINDS:
        return Transparency.TRANSPARENT
    return Transparency.OPAQUE


def _visibility(row: Row) -> Visibility:
    found = row.get("visibility", "public")
    return Visibility(found) if found in set(Visibility) else Visibility.PUBLIC


def _attendees(row: Row) -> tuple[Attendee, ...]:
    found: dict[str, Attendee] = {}
    for one in list(row.get("attendees") or ())[:_MOST_PEOPLE]:
        address = clean_line(str(one.get("email", ""))).lower()
        if address:
            found.setdefault(
                address,
                Attendee(
                    address=address,
                    name=clean_line(str(one.get("displayName", "")))[:_LONGEST_LINE],
                    answer=_ANSWERS.get(one.get("responseStatus", ""), Answer.NEEDS_ACTION),
                    role=Role.OPTIONAL if one.get("optional") else Role.REQUIRED,
                ),
            )
    return tuple(found[address] for address in sorted(found))


def _my_answer(row: Row) -> Answer | None:
    """Return what the calendar's owner answered, where invited."""
    own = next((one for one in row.get("attendees") or () if one.get("self")), None)
    return None if own is None else _ANSWERS.get(own.get("responseStatus", ""))


def _organizer(row: Row) -> Organizer | None:
    found = row.get("organizer") or {}
    address = clean_line(str(found.get("email", ""))).lower()
    if not address:
        return None
    return Organizer(address=address, name=clean_line(str(found.get("displayName", ""))))


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
