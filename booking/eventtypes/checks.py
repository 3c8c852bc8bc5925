"""What must be true of an event type's fields together, and of the rows that they name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from booking.availability.store import owns_schedule
from booking.core.errors import FieldError, InvalidInput
from booking.eventtypes import store
from booking.eventtypes.values import EventTypeHost

_LONGEST_SLUG = 56
_OTHERS = re.compile(r"[^a-z0-9]+")


def check_durations(
    duration: int, durations: Iterable[int] | None, changed: Mapping[str, Any]
) -> None:
    """Refuse a list of durations without the usual one.

    Errors: InvalidInput at the field that was `changed`.
    """
    if durations is None or duration in durations:
        return
    name = "durations_minutes" if "durations_minutes" in changed else "duration_minutes"
    raise InvalidInput.at(f"/{name}", "The list of durations must contain the usual duration.")


def check_references(session: Session, user_id: int, values: Mapping[str, Any]) -> None:
    """Refuse schedules, calendars and hosts that are not the host's own.

    Errors: InvalidInput; what is another's answers like what does not exist.
    """
    faults: list[FieldError] = []
    for name in ("schedule_id", "restriction_schedule_id"):
        key = values.get(name)
        if key is not None and not owns_schedule(session, user_id, key):
            faults.append(FieldError(f"/{name}", "You have no such schedule."))
    calendar_id = values.get("destination_calendar_id")
    if calendar_id is not None:
        faults.extend(_calendar_faults(session, user_id, calendar_id))
    faults.extend(_host_faults(user_id, values.get("hosts", ())))
    if faults:
        raise InvalidInput(tuple(faults))


def _calendar_faults(session: Session, user_id: int, calendar_id: int) -> list[FieldError]:
    may_write = store.may_write(session, user_id, calendar_id)
    if may_write:
        return []
    detail = "You have no such calendar." if may_write is None else "This calendar is read-only."
    return [FieldError("/destination_calendar_id", detail)]


def _host_faults(user_id: int, hosts: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Only the owner can be a host so far, and without settings of his own."""
    faults = []
    usual = EventTypeHost(user_id=user_id)
    for place, host in enumerate(hosts):
        at = f"/hosts/{place}"
        if host["user_id"] != user_id or place:
            detail = "This version offers one host for an event type: its owner."
            faults.append(FieldError(f"{at}/user_id", detail))
            continue
        faults.extend(
            FieldError(f"{at}/{name}", "This version offers this only with several hosts.")
            for name, value in host.items()
            if value != getattr(usual, name)
        )
    return faults


def free_slug(title: str, taken: set[str]) -> str:
    """Return a name for the address made from `title` that is not `taken`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = _OTHERS.sub("-", plain).strip("-")[:_LONGEST_SLUG].strip("-") or "meeting"
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug
