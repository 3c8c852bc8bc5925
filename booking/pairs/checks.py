"""What a pair of calendars must be before it is stored; every refusal says what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from booking.calendars.models import Calendar, Connection
from booking.core.errors import Conflict, InvalidInput
from booking.core.text import clean_line
from booking.pairs import store
from booking.sync.policy import Direction, mirror, writable_sides
from booking.sync.ports import Side

_LONGEST_MASK = 200


def direction_of(value: str) -> Direction:
    """Read a direction. Errors: InvalidInput."""
    try:
        return Direction(value)
    except ValueError:
        allowed = ", ".join(Direction)
        raise InvalidInput.at("/direction", f"Must be one of {allowed}.") from None


def mask_of(value: str | None, direction: Direction) -> str | None:
    """Read the title that hides the real one. Errors: InvalidInput."""
    if value is None:
        return None
    if direction is Direction.BOTH:
        raise InvalidInput.at(
            "/title_mask", "Only a pair of one direction can hide titles: choose a direction."
        )
    mask = clean_line(value)
    if not 1 <= len(mask) <= _LONGEST_MASK:
        raise InvalidInput.at("/title_mask", f"Must have 1 to {_LONGEST_MASK} characters.")
    return mask


def check_sides(calendars: Mapping[Side, Calendar | None], direction: Direction) -> None:
    """Refuse calendars that cannot be a pair; None stands for one that is to be made.

    Errors: InvalidInput at the side at fault.
    """
    left, right = calendars[Side.LEFT], calendars[Side.RIGHT]
    is_same = left is not None and right is not None and _is_same(left, right)
    if is_same:
        raise InvalidInput.at("/right", "Both sides are the same calendar. Choose another one.")
    writable = writable_sides(mirror(direction))
    for side, calendar in calendars.items():
        if calendar is None:
            continue
        if calendar.gone_at is not None:
            raise InvalidInput.at(f"/{side}", "This calendar is no longer at its server.")
        if calendar.read_only and side in writable:
            raise InvalidInput.at(
                f"/{side}",
                "This calendar can only be read with these credentials. Choose the direction that "
                "only reads it, or another calendar.",
            )


def _is_same(one: Calendar, other: Calendar) -> bool:
    return one.id == other.id or one.remote_key == other.remote_key


def check_new(session: Session, one: int, other: int) -> None:
    """Refuse a second pair of the same two calendars. Errors: Conflict."""
    if store.pair_between(session, one, other) is not None:
        raise Conflict(
            "These two calendars are a pair already. Change its direction, or delete it first."
        )


def check_room(session: Session, connection: Connection, most: int | None) -> None:
    """Refuse more pairs at a connection than the operator allows. Errors: Conflict."""
    if most is not None and store.number_at(session, connection.id) >= most:
        name = connection.details.get("name") or connection.username or connection.url
        raise Conflict(f"{name} has as many pairs as this site allows for one account: {most}.")
