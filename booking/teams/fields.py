"""How each field of a team and of its members is read from its API form (docs/api.md). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking.accounts.names import normal_email
from booking.availability.fields import parse_limits
from booking.availability.rules import PERIODS
from booking.core import intake
from booking.core.errors import InvalidInput
from booking.core.ids import is_slug
from booking.core.intake import Field
from booking.teams.values import Role

LARGEST_KEY = (1 << 63) - 1
_MOST_PER_PERIOD = 1_000_000
_LONGEST_NAME = 200

_PERIODS = intake.record(
    {name: Field(read=intake.whole(1, _MOST_PER_PERIOD), nullable=True) for name in PERIODS}
)
_LIMITS_MEMBERS: Mapping[str, Field] = {
    "bookings": Field(read=_PERIODS, nullable=True),
    "minutes": Field(read=_PERIODS, nullable=True),
}


def read_limits(value: object, pointer: str) -> dict[str, Any]:
    """Return limits in their stored form: both kinds, with the periods that are set.

    Errors: InvalidInput, also where a longer period has a smaller limit.
    """
    members = intake.read_object(_LIMITS_MEMBERS, value, pointer)
    limits = {
        name: {period: most for period, most in (members.get(name) or {}).items() if most}
        for name in _LIMITS_MEMBERS
    }
    parse_limits(limits)
    return limits


def read_slug(value: object, pointer: str) -> str:
    """Return the last part of a public address.

    Errors: InvalidInput.
    """
    if not isinstance(value, str) or not is_slug(value):
        raise InvalidInput.at(
            pointer, "Use a-z, 0-9 and hyphens between them, at most 64 characters."
        )
    return value


def _email(value: object, pointer: str) -> str:
    return normal_email(intake.line(320)(value, pointer), pointer)


def _username(value: object, pointer: str) -> str:
    return str(intake.line(_LONGEST_NAME, least=1)(value, pointer)).lower()


TEAM: Mapping[str, Field] = {
    "name": Field(read=intake.line(_LONGEST_NAME, least=1), required=True),
    "slug": Field(read=read_slug),
    "limits": Field(read=read_limits),
}

_WHO: Mapping[str, Field] = {
    "user_id": Field(read=intake.whole(1, LARGEST_KEY)),
    "username": Field(read=_username),
    "email": Field(read=_email),
}
_ROLE = intake.choice(*Role)
NAMED: Mapping[str, Field] = {**_WHO, "role": Field(read=_ROLE)}
ROLE: Mapping[str, Field] = {"role": Field(read=_ROLE, required=True)}


def read_who(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one of `user_id`, `username`, `email` that says who is meant.

    Errors: InvalidInput where none or several are given.
    """
    given = {name: fields[name] for name in _WHO if name in fields}
    if not given:
        raise InvalidInput.at("/user_id", "Say who: user_id, username or email.")
    if len(given) > 1:
        names = list(given)
        raise InvalidInput.at(f"/{names[1]}", f"Say who only once: {names[0]} is enough.")
    return given
