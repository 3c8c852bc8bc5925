"""The sheet a guest fills in: how it is rendered, and how faults find their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request, url_for

from booking.bookings.values import SlotQuery
from booking.core.errors import InvalidInput
from booking.core.ids import decode_id
from booking.core.instants import Instant
from booking.core.zones import zone
from booking.eventtypes.values import EventTypeView
from booking.security.tokens import new_token
from booking.web import current
from booking.web.public import wording
from booking.web.public.moments import When, when
from booking.web.public.month import rfc3339
from booking.web.public.picker import duration_of
from booking.web.public.picking import HEADER
from booking.web.public.places import calls_guest, option_label, options_of
from booking.web.public.taken import Taken
from booking.web.public.viewer import Viewer
from booking.web.schemas.public import QUESTION_PREFIX

_FIELDS = {"/guest/name": "name", "/guest/email": "email", "/guest/phone": "phone"}
_NOT_SENT = frozenset({"hold", "name", "email", "token", "tz"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The form as it stands: for which time, with what in it, and what is wrong with that."""

    event: EventTypeView
    viewer: Viewer
    start: Instant
    hold: str = ""
    hold_until: str = ""
    key: str = ""
    values: Mapping[str, Any]
    errors: Mapping[str, str]
    taken: Taken | None = None


def show(sheet: Sheet, status: int = 200) -> Response:
    """Return the page with the sheet, or the sheet alone where the script asks for it."""
    event = sheet.event
    username, slug = event.owner.username, event.slug
    template = "_details" if request.headers.get(HEADER) == "form" else "details"
    page = render_template(
        f"public/{template}.html",
        event=event,
        viewer=sheet.viewer,
        sheet=sheet,
        length=wording.length(duration_of(event, sheet.viewer)),
        when=_when(sheet),
        action=url_for("public.book", username=username, slug=slug),
        renew=url_for("public.renew", username=username, slug=slug),
        hidden=_hidden(sheet),
        back=picker_address(event, sheet.viewer, sheet.start),
        draft_key=f"{username}/{slug}",
        places=tuple((str(n), option_label(each)) for n, each in enumerate(options_of(event))),
        asks_phone=any(map(calls_guest, (*options_of(event), event.location or {}))),
        needs_phone=calls_guest(event.location or {}),
        needs_word=event.requires_confirmation or _is_on_request(sheet),
    )
    return Response(page, status=status, headers={"Cache-Control": "private, no-cache"})


def picker_address(event: EventTypeView, viewer: Viewer, start: Instant | None = None) -> str:
    """Return the address of the picker, open at the day of `start`."""
    page = url_for("public.event", username=event.owner.username, slug=event.slug)
    day = None if start is None else wording.local(start, viewer.zone).date()
    return page + viewer.query(date=day)


def errors_of(error: InvalidInput) -> dict[str, str]:
    """Return a service's faults by the names of our fields."""
    return {_field_of(fault.pointer): fault.detail for fault in error.fields} or {"": error.message}


def _when(sheet: Sheet) -> When:
    minutes = duration_of(sheet.event, sheet.viewer)
    return when(
        sheet.start,
        sheet.start + minutes * 60,
        sheet.viewer,
        host_name=sheet.event.owner.name,
        host_zone=zone(sheet.event.owner.time_zone),
    )


def _is_on_request(sheet: Sheet) -> bool:
    """Tell whether stale calendars turn this very time into a request."""
    answer = current.services().slots.find(
        SlotQuery(
            event_type_id=sheet.event.id,
            start=sheet.start,
            end=Instant(sheet.start + 1),
            time_zone=sheet.viewer.zone.key,
            duration_minutes=duration_of(sheet.event, sheet.viewer),
            hold_id=decode_id(sheet.hold),
        )
    )
    return answer.needs_confirmation


def _hidden(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    return (
        *(pair for pair in sheet.viewer.kept if pair[0] not in _NOT_SENT),
        ("tz", sheet.viewer.zone.key),
        ("start", rfc3339(sheet.start)),
        ("hold", sheet.hold),
        ("until", sheet.hold_until),
        ("idempotency_key", sheet.key or new_token()),
    )


def _field_of(pointer: str) -> str:
    if pointer.startswith("/answers/"):
        return QUESTION_PREFIX + pointer.removeprefix("/answers/").partition("/")[0]
    if pointer.startswith("/additional_guests"):
        return "guests"
    if pointer.startswith("/location"):
        return "place"
    return _FIELDS.get(pointer, "")
