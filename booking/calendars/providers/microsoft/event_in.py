"""From Graph's events to ours: a master with its changed and cancelled instances, or a single one.

Anything that cannot be understood raises ValueError, KeyError or TypeError, and is kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from booking.calendars.guests import without_guests
from booking.calendars.ical_zones import by_name
from booking.calendars.providers.cloud_events import joined, telling, without_zone
from booking.calendars.providers.microsoft.conferences import meeting_url, without_invitation
from booking.calendars.providers.microsoft.extras import Extras, extras_of
from booking.calendars.providers.microsoft.patterns import pattern_of, recurrence_of
from booking.core.errors import Unsupported
from booking.core.event import (
    AllDay,
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
from booking.core.text import clean_line, clean_text
from booking.core.zones import is_zone, zone

Row = Mapping[str, Any]

_ANSWERS = {
    "accepted": Answer.ACCEPTED,
    "organizer": Answer.ACCEPTED,
    "declined": Answer.DECLINED,
    "tentativelyAccepted": Answer.TENTATIVE,
    "notResponded": Answer.NEEDS_ACTION,
}
_VISIBILITIES = {
    "personal": Visibility.PRIVATE,
    "private": Visibility.PRIVATE,
    "confidential": Visibility.CONFIDENTIAL,
}
_FREE = frozenset({"free", "workingElsewhere"})
_LONGEST_LINE, _LONGEST_TEXT = 1_000, 100_000


def event_of(master: Row, exceptions: Iterable[Row] = ()) -> CalendarEvent:
    """Return the event that a master and its exceptions make, a single event among them."""
    extras = extras_of(master)
    event = _body(master, extras)
    if master.get("recurrence") is None:
        return without_zone(event) if extras.is_floating else event
    series = _recurrence(master, event.when, extras)
    found = {
        exception_key(start): EventException(original_start=start, replacement=None)
        for start in map(_date_in, master.get("cancelledOccurrences") or ())
        for start in [_start_on(start, event.when)]
    }
    for row in exceptions:
        start = original_start(row, event.when)
        body = replace(_body(row, extras_of(row)), uid=event.uid, mark=event.mark)
        found[exception_key(start)] = EventException(original_start=start, replacement=body)
    kept = tuple(found[key] for key in sorted(found))
    return telling(replace(event, recurrence=series, exceptions=kept))


def zone_name(text: object) -> str:
    """Return an IANA name for a zone of Graph's, Windows names included; UTC for an unknown one."""
    found = by_name(str(text)) if text else None
    return found if isinstance(found, str) and is_zone(found) else "UTC"


def show_as(event: CalendarEvent) -> str:
    """Return Graph's `showAs` for an event."""
    is_cancelled = event.status is EventStatus.CANCELLED
    if is_cancelled or event.transparency is Transparency.TRANSPARENT:
        return "free"
    return "tentative" if event.status is EventStatus.TENTATIVE else "busy"


def _body(row: Row, extras: Extras) -> CalendarEvent:
    people = _attendees(row)
    content = str((row.get("body") or {}).get("content", ""))[:_LONGEST_TEXT]
    text = clean_text(without_invitation(row, content))
    made = CalendarEvent(
        uid=extras.uid or str(row.get("iCalUId") or row["id"]),
        when=_when(row),
        title=clean_line(str(row.get("subject") or ""))[:_LONGEST_LINE].strip(),
        description=without_guests(text) if extras.uid else text,
        location=_place(row),
        visibility=_VISIBILITIES.get(str(row.get("sensitivity")), Visibility.PUBLIC),
        url=extras.url,
        color=extras.color,
        priority=extras.priority,
        attendees=joined(extras.attendees, people),
        organizer=_organizer(row),
        my_answer=_my_answer(row),
        created_at=_moment_or_none(row.get("createdDateTime")),
        updated_at=_moment_or_none(row.get("lastModifiedDateTime")),
        mark=extras.mark,
        meeting_url=meeting_url(row),
    )
    return _with_standing(made, row, extras)


def _with_standing(event: CalendarEvent, row: Row, extras: Extras) -> CalendarEvent:
    """Add status and transparency: what we wrote, unless a person has chosen otherwise since."""
    shown = str(row.get("showAs", "busy"))
    if extras.status and extras.transparency:
        kept = replace(
            event,
            status=EventStatus(extras.status),
            transparency=Transparency(extras.transparency),
        )
        if show_as(kept) == shown and not row.get("isCancelled"):
            return kept
    status = EventStatus.TENTATIVE if shown == "tentative" else EventStatus.CONFIRMED
    return replace(
        event,
        status=EventStatus.CANCELLED if row.get("isCancelled") else status,
        transparency=Transparency.TRANSPARENT if shown in _FREE else Transparency.OPAQUE,
    )


def _when(row: Row) -> When:
    start, end = _wall_in(row["start"]), _wall_in(row["end"])
    if row.get("isAllDay"):
        return AllDay(start=start.date(), end=max(end.date(), _next(start.date())))
    span = (row.get("recurrence") or {}).get("range") or {}
    name = zone_name(span.get("recurrenceTimeZone") or row.get("originalStartTimeZone"))
    first, last = _moment(row["start"]), _moment(row["end"])
    end_name = name if span else zone_name(row.get("originalEndTimeZone") or name)
    if not span and not (_is_plain(first, name) and _is_plain(last, end_name)):
        name = end_name = "UTC"
    begins, ends = _local(first, name), _local(last, end_name)
    if end_name != name:
        return Timed(start=begins, end=ends, zone=name, end_zone=end_name)
    return Timed(start=begins, end=max(begins, ends), zone=name)


def _recurrence(master: Row, when: When, extras: Extras) -> Recurrence:
    """Return the rule as we wrote it where it still says the same, else as Graph says it."""
    found = master["recurrence"]
    if extras.rules:
        kept = Recurrence(rules=extras.rules)
        name = zone_name((found.get("range") or {}).get("recurrenceTimeZone"))
        try:
            wanted = pattern_of(kept, when, name)
        except (Unsupported, ValueError):
            return recurrence_of(found, when)
        if all(
            wanted[part].items() <= {**found[part], "recurrenceTimeZone": name}.items()
            if part == "range"
            else _lists(wanted[part]).items() <= _lists(found[part]).items()
            for part in ("pattern", "range")
        ):
            return kept
    return recurrence_of(found, when)


def _lists(pattern: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pattern with its weekdays in an order that can be compared."""
    return {k: tuple(sorted(v)) if isinstance(v, list) else v for k, v in pattern.items()}


def original_start(row: Row, when: When) -> OriginalStart:
    """Return which instance of a series at `when` a row stands for."""
    moment = datetime.fromisoformat(str(row["originalStart"])).astimezone(UTC)
    if isinstance(when, AllDay):
        return moment.date()
    return _local(moment, when.zone or "UTC")


def _date_in(text: str) -> date:
    return date.fromisoformat(str(text).rpartition(".")[2])


def _start_on(day: date, when: When) -> OriginalStart:
    return day if isinstance(when, AllDay) else datetime.combine(day, when.start.time())


def _attendees(row: Row) -> tuple[Attendee, ...]:
    found: dict[str, Attendee] = {}
    for one in row.get("attendees") or ():
        mail = one.get("emailAddress") or {}
        address = clean_line(str(mail.get("address") or "")).lower()
        if address:
            answer = (one.get("status") or {}).get("response", "")
            found.setdefault(
                address,
                Attendee(
                    address=address,
                    name=clean_line(str(mail.get("name") or "")),
                    answer=_ANSWERS.get(answer, Answer.NEEDS_ACTION),
                    role=Role.OPTIONAL if one.get("type") == "optional" else Role.REQUIRED,
                ),
            )
    return tuple(found[address] for address in sorted(found))


def _my_answer(row: Row) -> Answer | None:
    answer = (row.get("responseStatus") or {}).get("response", "none")
    return None if answer in {"none", "organizer"} else _ANSWERS.get(answer)


def _organizer(row: Row) -> Organizer | None:
    mail = (row.get("organizer") or {}).get("emailAddress") or {}
    address = clean_line(str(mail.get("address") or "")).lower()
    return (
        Organizer(address=address, name=clean_line(str(mail.get("name") or "")))
        if (address)
        else None
    )


def _place(row: Row) -> str:
    place = (row.get("location") or {}).get("displayName")
    return clean_text(str(place or ""))[:_LONGEST_LINE].strip()


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _wall_in(part: Row) -> datetime:
    """Return a `dateTime`, whose seven decimals no parser of ours needs."""
    return datetime.fromisoformat(str(part["dateTime"])[:19])


def _moment(part: Row) -> datetime:
    return _wall_in(part).replace(tzinfo=zone(zone_name(part.get("timeZone")))).astimezone(UTC)


def _local(moment: datetime, name: str) -> datetime:
    return moment.astimezone(zone(name)).replace(tzinfo=None, fold=0)


def _is_plain(moment: datetime, name: str) -> bool:
    return _local(moment, name).replace(tzinfo=zone(name)).astimezone(UTC) == moment


def _moment_or_none(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text)[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment
