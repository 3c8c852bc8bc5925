"""Who gets the booking: fair by weight, then by priority, then by rest, then by lot.

Pure and repeatable: the same facts and seed choose the same hosts, so a stored choice can be
shown again. It runs inside the booking's transaction, on what is known there.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from booking.availability.hosts_facts import TeamSituation
from booking.core.instants import EARLIEST, Instant
from booking.core.spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What is due to a host of a round robin.

    `since` is when the host joined, `absences` are `[start, end)` without bookings to give:
    bookings that a new or absent host could not have had are not held against the others.
    Errors: ValueError for a weight below 1.
    """

    host_id: int
    weight: int = 100
    priority: int = 2
    since: Instant = EARLIEST
    absences: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if self.weight < 1:
            raise ValueError("A weight is at least 1.")

    def is_steady(self, first: int) -> bool:
        """Tell whether every booking made from `first` on could have been this host's."""
        return self.since <= first and not self.absences

    def was_there(self, made_at: int, start: int) -> bool:
        """Tell whether a booking made then, for that start, could have been this host's."""
        return self.since <= made_at and all(
            not since <= start < until for since, until in self.absences
        )


class Given(NamedTuple):
    """A booking that a host got: when it was made, and when it starts."""

    host_id: int
    made_at: int
    start: int


class ChoiceReason(StrEnum):
    """What decided; stored with the booking."""

    FIXED = "fixed"
    SAME_HOST = "same_host"
    NAMED = "named"
    ONLY_ONE_FREE = "only_one_free"
    WEIGHT_SHORTFALL = "weight_shortfall"
    PRIORITY = "priority"
    LEAST_RECENTLY_BOOKED = "least_recently_booked"
    DRAW = "draw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One host, what decided for them, and among whom.

    `shortfall` is how many bookings the host was behind their share, this one counted in; None
    where it was not looked at.
    """

    host_id: int
    reason: ChoiceReason
    among: tuple[int, ...]
    shortfall: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The hosts of a booking in the order of the event type, with the choice behind each."""

    choices: tuple[Choice, ...]

    @property
    def hosts(self) -> tuple[int, ...]:
        """Return whom the booking claims."""
        return tuple(choice.host_id for choice in self.choices)

    @property
    def reason(self) -> ChoiceReason:
        """Return what decided for the first host who was chosen at all; `fixed` if none was."""
        reasons = (choice.reason for choice in self.choices)
        return next((r for r in reasons if r != ChoiceReason.FIXED), ChoiceReason.FIXED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the choice is made from: everybody's share, and the bookings given of late.

    `given` are the round robin's bookings over the counted period (say, 30 days), pending and
    confirmed; a booking that is being moved is left out. A host without a share has the usual.
    """

    shares: tuple[Share, ...] = ()
    given: tuple[Given, ...] = ()


def choose_hosts(
    situation: TeamSituation,
    free: Sequence[int],
    ledger: Ledger,
    *,
    now: Instant,
    start: Instant,
    seed: int,
    same: Sequence[int] = (),
) -> Assignment:
    """Return who of the hosts that are `free` at `start` gets the booking made `now`.

    Fixed hosts always do; of each group whoever lacks most of their share, else has the highest
    priority, else was booked least recently, else is drawn by `seed`. `same` are the hosts of a
    booking that is being moved: they keep it where they are free.
    Shapes: `free` as of the `TeamSlot`.
    Errors: ValueError where those who are free cannot serve.
    Source: docs/availability.md, "Several hosts".
    """
    required = [host.host_id for host in situation.required]
    if not set(required) <= set(free):
        raise ValueError("A host who always takes part is not free.")
    choices = [Choice(host_id=h, reason=ChoiceReason.FIXED, among=(h,)) for h in required]
    dice = random.Random(seed)  # noqa: S311 - a lot that can be drawn again, no secret
    for group in situation.groups:
        ids = [host.host_id for host in group]
        able = tuple(host_id for host_id in ids if host_id in free)
        choices.append(_choose(able, same, _Balance(ids, ledger, now, start), dice))
    order = [host.host_id for host in situation.hosts]
    return Assignment(choices=tuple(sorted(choices, key=lambda c: order.index(c.host_id))))


def _choose(
    able: tuple[int, ...], same: Sequence[int], balance: _Balance, dice: random.Random
) -> Choice:
    """Return one of those who are able, by the first rule that leaves only one."""
    if not able:
        raise ValueError("Of each group one host must be free.")
    kept = [host_id for host_id in able if host_id in same]
    if kept:
        return Choice(host_id=kept[0], reason=ChoiceReason.SAME_HOST, among=able)
    if len(able) == 1:
        return Choice(host_id=able[0], reason=ChoiceReason.ONLY_ONE_FREE, among=able)
    left, reason = able, ChoiceReason.DRAW
    for rank, rule in balance.rules():
        best = max(rank(host_id) for host_id in left)
        left = tuple(host_id for host_id in left if rank(host_id) == best)
        if len(left) == 1:
            reason = rule
            break
    host_id = dice.choice(left)
    shortfall = round(float(balance.shortfall(host_id)), 4)
    return Choice(host_id=host_id, reason=reason, among=able, shortfall=shortfall)


class _Balance:
    """How a group's bookings compare with its shares."""

    def __init__(self, ids: list[int], ledger: Ledger, now: Instant, start: Instant) -> None:
        known = {share.host_id: share for share in ledger.shares}
        shares = [known.get(host_id) or Share(host_id=host_id) for host_id in ids]
        self._shares = {share.host_id: share for share in shares}
        self._given = [given for given in ledger.given if given.host_id in self._shares]
        self._booked = Counter(given.host_id for given in self._given)
        self._moments = [*self._given, Given(0, now, start)]

    def rules(self) -> tuple[tuple[Callable[[int], Fraction | int], ChoiceReason], ...]:
        """Return what hosts are ranked by, the highest first, in order."""
        return (
            (self.shortfall, ChoiceReason.WEIGHT_SHORTFALL),
            (lambda host_id: self._shares[host_id].priority, ChoiceReason.PRIORITY),
            (
                lambda host_id: -self._last.get(host_id, EARLIEST),
                ChoiceReason.LEAST_RECENTLY_BOOKED,
            ),
        )

    def shortfall(self, host_id: int) -> Fraction:
        """Return how many bookings a host has less than are due, this one counted in."""
        return self._due.get(host_id, Fraction()) - self._booked[host_id]

    @cached_property
    def _last(self) -> dict[int, int]:
        """When each host was given a booking last."""
        by_moment = sorted(self._given, key=lambda given: given.made_at)
        return {given.host_id: given.made_at for given in by_moment}

    @cached_property
    def _due(self) -> dict[int, Fraction]:
        """Share every booking, and the one to come, among those who could have had it.

        This is the credit of new and absent hosts: what was made without them is due to others.
        """
        first = min(given.made_at for given in self._moments)
        always = {h for h, share in self._shares.items() if share.is_steady(first)}
        steady = [self._shares[host_id] for host_id in always]
        others = [share for host_id, share in self._shares.items() if host_id not in always]
        together = Counter(
            tuple(share for share in others if _could(share, given)) for given in self._moments
        )
        due: dict[int, Fraction] = {}
        for some, count in together.items():
            weights = sum(share.weight for share in (*steady, *some))
            for share in (*steady, *some):
                part = Fraction(count * share.weight, weights)
                due[share.host_id] = due.get(share.host_id, Fraction()) + part
        return due


def _could(share: Share, given: Given) -> bool:
    """Tell whether a booking could have been this host's; whoever got it could."""
    return share.host_id == given.host_id or share.was_there(given.made_at, given.start)
