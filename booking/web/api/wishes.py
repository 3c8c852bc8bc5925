"""What a guest sends to book, checked field by field and made a `BookingRequest`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from booking.bookings.values import BookingRequest, Guest, companions
from booking.core import intake
from booking.core.errors import InvalidInput
from booking.core.intake import Field
from booking.web.limits import is_stranger

MOST_GUESTS: Final = 10
MOST_OCCURRENCES: Final = 100
_EMAIL: Final = re.compile(r"[^@\s,;:<>()\[\]\"\\]{1,64}@[^@\s,;:<>()\[\]\"\\]{1,255}")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()./-]{3,38}")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")
_ANSWERS = 100


def _matching(pattern: re.Pattern[str], most: int, detail: str) -> intake.Reader:
    read = intake.line(most)

    def reader(value: object, pointer: str) -> str:
        text: str = read(value, pointer)
        if pattern.fullmatch(text) is None:
            raise InvalidInput.at(pointer, detail)
        return text

    return reader


_email = _matching(_EMAIL, 320, "Must be an e-mail address.")
_GUEST: Final[Mapping[str, Field]] = {
    "name": Field(read=intake.line(200, least=1), required=True),
    "email": Field(read=_email, required=True),
    "phone": Field(
        read=_matching(_PHONE, 50, "Must be a phone number like +49 30 123456."), nullable=True
    ),
    "locale": Field(
        read=_matching(_LOCALE, 16, "Must be a language like en or pt-BR."), nullable=True
    ),
}


def _answers(value: object, pointer: str) -> Mapping[str, object]:
    """Hand over the answers; the questions decide what each may be."""
    if not isinstance(value, Mapping) or len(value) > _ANSWERS:
        raise InvalidInput.at(pointer, "Must be an object with an answer by question key.")
    return value


_WISH: Final[Mapping[str, Field]] = {
    "duration_minutes": Field(read=intake.whole(1, 1440), nullable=True),
    "time_zone": Field(read=intake.zone_name, required=True),
    "guest": Field(read=intake.record(_GUEST), required=True),
    "additional_guests": Field(read=intake.items(_email, most=MOST_GUESTS)),
    "answers": Field(read=_answers),
    "recurrence_count": Field(read=intake.whole(1, MOST_OCCURRENCES), nullable=True),
}


def read_wish(
    event_type_id: int, fields: Mapping[str, Any], private_link_id: int | None = None
) -> BookingRequest:
    """Return the wish for a slot of an event type; `fields` have passed `NewBookingSchema`.

    Errors: InvalidInput with a pointer to every fault.
    """
    given = {name: value for name, value in fields.items() if name in _WISH}
    read = intake.read_object(_WISH, given)
    guest = Guest(**read["guest"])
    return BookingRequest(
        event_type_id=event_type_id,
        start=fields["start"],
        time_zone=read["time_zone"],
        guest=guest,
        duration_minutes=read.get("duration_minutes"),
        additional_guests=companions(guest.email, read.get("additional_guests", ())),
        answers=read.get("answers", {}),
        location=fields.get("location"),
        hold_id=fields.get("hold_id"),
        recurrence_count=read.get("recurrence_count") or 1,
        private_link_id=private_link_id,
        is_limited=is_stranger(),
    )


def read_reason(fields: Mapping[str, Any]) -> str | None:
    """Return why somebody acts, None where nothing was said.

    Errors: InvalidInput at `/reason`.
    """
    if fields.get("reason") is None:
        return None
    text: str = intake.paragraphs(1000)(fields["reason"], "/reason")
    return text or None
