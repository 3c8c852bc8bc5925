"""The sheet a guest fills in: how it is rendered, and how faults find their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request

from booking.bookings.values import SlotAnswer, SlotQuery
from booking.core.errors import InvalidInput
from booking.core.ids import decode_id
from booking.core.instants import Instant
from booking.eventtypes.values import EventTypeView
from booking.security.tokens import new_token
from booking.web import current
from booking.web.public import wording
from booking.web.public.addresses import address_of, picker_address
from booking.web.public.moments import When, when
from booking.web.public.month import rfc3339
from booking.web.public.party import Party, party_of_event
from booking.web.public.picker import duration_of
from booking.web.public.picking import HEADER
from booking.web.public.places import calls_guest, option_label, options_of
from booking.web.public.repeats import Conflicts, repeat_of, rhythm_of
from booking.web.public.taken import Taken
from booking.web.public.viewer import Viewer
from booking.web.schemas.public import QUESTION_PREFIX

_FIELDS = {
    "/guest/name": "name",
    "/guest/email": "email",
    "/guest/phone": "phone",
    "/recurrence_count": "repeat",
}
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
    conflicts: Conflicts | None = None


def show(sheet: Sheet, status: int = 200) -> Response:
    """Return the page with the sheet, or the sheet alone where the script asks for it."""
    event = sheet.event
    who = party_of_event(event, current.services().guest_pages.company(event))
    template = "_details" if request.headers.get(HEADER) == "form" else "details"
    page = render_template(
        f"public/{template}.html",
        event=event,
        viewer=sheet.viewer,
        who=who,
        rhythm=rhythm_of(event),
        sheet=sheet,
        repeat=repeat_of(event, sheet.start, sheet.viewer, sheet.values),
        length=wording.length(duration_of(event, sheet.viewer)),
        when=_when(sheet, who),
        action=address_of(event, "book"),
        renew=_renew_address(sheet),
        hidden=_hidden(sheet),
        back=picker_address(event, sheet.viewer, sheet.start),
        draft_key=event.public_path.removeprefix("/"),
        places=tuple((str(n), option_label(each)) for n, each in enumerate(options_of(event))),
        asks_phone=any(map(calls_guest, (*options_of(event), event.location or {}))),
        needs_phone=calls_guest(event.location or {}),
        needs_word=event.requires_confirmation or offer_of(sheet).needs_confirmation,
    )
    return Response(page, status=status, headers={"Cache-Control": "private, no-cache"})


def errors_of(error: InvalidInput) -> dict[str, str]:
    """Return a service's faults by the names of our fields."""
    return {_field_of(fault.pointer): fault.detail for fault in error.fields} or {"": error.message}


def _renew_address(sheet: Sheet) -> str:
    """Return where the hold is renewed; through the private link by which the guest came."""
    private = sheet.viewer.kept_value("private")
    query = f"?{urlencode({'private': private})}" if private else ""
    return address_of(sheet.event, "renew") + query


def _when(sheet: Sheet, who: Party) -> When:
    minutes = duration_of(sheet.event, sheet.viewer)
    return when(sheet.start, sheet.start + minutes * 60, sheet.viewer, who.clocks)


def offer_of(sheet: Sheet) -> SlotAnswer:
    """Return whether this very time is on offer to a single guest, and how."""
    return current.services().slots.find(
        SlotQuery(
            event_type_id=sheet.event.id,
            start=sheet.start,
            end=Instant(sheet.start + 1),
            time_zone=sheet.viewer.zone.key,
            duration_minutes=duration_of(sheet.event, sheet.viewer),
            hold_id=decode_id(sheet.hold),
        )
    )


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
