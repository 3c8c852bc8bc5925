"""Where meetings take place: which locations a host may offer, and which a guest may choose.

Pure. `link` needs `url`, `in_person` needs `address`, `guest_choice` needs `options`; `phone`
with `phone` is called by the guest, without it the host calls the guest's number. Links of
`google_meet` and `teams` are made with each booking's event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking.core import intake
from booking.core.errors import InvalidInput
from booking.core.intake import Field
from booking.eventtypes.values import LocationType

_MOST_OPTIONS = 20
_ADDRESS = 500
_PHONE = 50
_TYPE = Field(read=intake.choice(*LocationType), required=True)
_MEMBERS: Mapping[str, Mapping[str, Field]] = {
    LocationType.GOOGLE_MEET: {"type": _TYPE},
    LocationType.TEAMS: {"type": _TYPE},
    LocationType.LINK: {"type": _TYPE, "url": Field(read=intake.web_address, required=True)},
    LocationType.PHONE: {
        "type": _TYPE,
        "phone": Field(read=intake.line(_PHONE, least=1), nullable=True),
    },
    LocationType.IN_PERSON: {
        "type": _TYPE,
        "address": Field(read=intake.line(_ADDRESS, least=1), required=True),
    },
}


def read_location(value: object, pointer: str) -> dict[str, Any]:
    """Return the wire form of what a host offers.

    Errors: InvalidInput with a pointer to the faulty member.
    """
    if _type_of(value, pointer) != LocationType.GUEST_CHOICE:
        return _plain(value, pointer)
    options = intake.items(_plain, least=1, most=_MOST_OPTIONS)
    fields = {"type": _TYPE, "options": Field(read=options, required=True)}
    return intake.read_object(fields, value, pointer)


def _type_of(value: object, pointer: str) -> str:
    if not isinstance(value, Mapping):
        raise InvalidInput.at(pointer, "Must be an object with a type.")
    kind: str = _TYPE.read(value.get("type"), f"{pointer}/type")
    return kind


def _plain(value: object, pointer: str) -> dict[str, Any]:
    kind = _type_of(value, pointer)
    if kind == LocationType.GUEST_CHOICE:
        raise InvalidInput.at(f"{pointer}/type", "An option cannot hold options itself.")
    read = intake.read_object(_MEMBERS[kind], value, pointer)
    return {name: member for name, member in read.items() if member is not None}


def choose(
    offered: Mapping[str, Any] | None,
    wanted: Mapping[str, Any] | None,
    guest_phone: str | None = None,
) -> dict[str, Any] | None:
    """Return the place of one booking: what the host offers, or which of it the guest wants.

    A guest names one of the options by its type, and by its place where two share a type. Where
    the host calls the guest, `guest_phone` becomes the place.
    Errors: InvalidInput at `/location` or `/guest/phone`.
    """
    if offered is None:
        return None
    place = dict(offered)
    if offered["type"] == LocationType.GUEST_CHOICE:
        place = _chosen(offered["options"], wanted)
    if place["type"] == LocationType.PHONE and "phone" not in place:
        if not guest_phone:
            raise InvalidInput.at("/guest/phone", "The host calls you: give your phone number.")
        place["phone"] = guest_phone
    return place


def _chosen(options: list[Mapping[str, Any]], wanted: Mapping[str, Any] | None) -> dict[str, Any]:
    if wanted is None:
        raise InvalidInput.at("/location", "Choose where to meet.")
    alike = [option for option in options if option["type"] == wanted.get("type")]
    for option in alike:
        if len(alike) == 1 or all(wanted.get(name) == part for name, part in option.items()):
            return dict(option)
    raise InvalidInput.at("/location", "Choose one of the places on offer.")
