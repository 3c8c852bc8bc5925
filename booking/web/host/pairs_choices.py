"""The calendars that a pair can be made of, grouped by the account they are in. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from booking.calendars.values import CalendarView, ConnectionView
from booking.core.ids import encode_id
from booking.pairs.values import PairView
from booking.web.host.pairs_cards import BOTH, DIRECTIONS

NEW = "new-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One calendar of a drop-down."""

    key: str
    name: str
    color: str | None
    account: str
    is_read_only: bool

    def directions_with(self, other: Option) -> tuple[str, ...]:
        """Return the directions in which this one on the left and `other` can work."""
        return _possible(left=self.is_read_only, right=other.is_read_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An account with its calendars; `new_key` is the value of "Create new calendar", or "".

    `ask_key` names the connection where the host can allow creating calendars, else "".
    """

    account: str
    new_key: str
    ask_key: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Everything that can be chosen, by account."""

    groups: tuple[Group, ...]

    @classmethod
    def of(
        cls,
        connections: Sequence[ConnectionView],
        calendars: Mapping[int, Sequence[CalendarView]],
    ) -> Choices:
        """Return a host's calendars; those that vanished from their server are left out."""
        return cls(groups=tuple(_group(each, calendars[each.id]) for each in connections))

    def find(self, key: str) -> Option | None:
        """Return the calendar of this key, None for any other text."""
        options = [option for group in self.groups for option in group.options]
        return next((option for option in options if option.key == key), None)

    def groups_without(self, key: str) -> tuple[Group, ...]:
        """Return the accounts without one calendar, those with nothing to choose left out."""
        rest = [
            replace(group, options=tuple(one for one in group.options if one.key != key))
            for group in self.groups
        ]
        return tuple(group for group in rest if group.options or group.new_key)

    @property
    def cannot_create(self) -> tuple[str, ...]:
        """Return the accounts where no calendar can be made from here."""
        return tuple(
            group.account for group in self.groups if not group.new_key and not group.ask_key
        )

    @property
    def can_be_allowed(self) -> tuple[Group, ...]:
        """Return the accounts where one can be made as soon as their host allows it."""
        return tuple(group for group in self.groups if group.ask_key)


def possible_between(pair: PairView) -> tuple[str, ...]:
    """Return the directions in which a pair can work: nothing is written to what is only read."""
    if pair.title_mask is None:
        return _possible(left=pair.left.read_only, right=pair.right.read_only)
    return tuple(
        each
        for each in _possible(left=pair.left.read_only, right=pair.right.read_only)
        if each != BOTH
    )


def _possible(*, left: bool, right: bool) -> tuple[str, ...]:
    """Return the directions that write to no side that can only be read."""
    if left:
        return () if right else ("left_to_right",)
    return ("right_to_left",) if right else DIRECTIONS


def _group(connection: ConnectionView, calendars: Sequence[CalendarView]) -> Group:
    key, can_create = encode_id(connection.id), connection.can_create_calendars
    return Group(
        account=connection.account,
        new_key=f"{NEW}{key}" if can_create else "",
        ask_key=key if connection.provider == "google" and not can_create else "",
        options=tuple(
            Option(
                key=encode_id(each.id),
                name=each.name,
                color=each.color,
                account=connection.account,
                is_read_only=each.read_only,
            )
            for each in calendars
            if each.gone_at is None
        ),
    )
