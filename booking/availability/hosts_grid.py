"""Where slots of several hosts start: one grid for all of them, and who is free at each start.

Free time is handled as the starts that it allows: a free range `[a, b)` allows the starts from
`a` to `b - duration`, both included. A start is *possible* where the rota can be filled by hosts
who each are free in the whole slot, so that no slot is ever glued from two.

Possible starts less than a duration apart share one grid. It begins at the first of them, on the
roundest minute that loses no slot; for a single host that is the grid of each free range.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import accumulate, chain
from operator import xor

from booking.availability.grid import Clocks, Grid, round_up
from booking.availability.hosts_facts import Rota
from booking.availability.hours import WorkingHours
from booking.core.instants import MINUTE

Pairs = list[tuple[int, int]]
"""Starts from the first to the last of each pair, both included; sorted, disjoint."""


def allowed(free: Iterable[tuple[int, int]], duration: int) -> Pairs:
    """Return the starts that free ranges allow; seconds are dropped upwards."""
    return [
        (first, last)
        for start, end in free
        if (first := -(-start // MINUTE) * MINUTE) <= (last := end - duration)
    ]


def possible(each: Sequence[Pairs], rota: Rota) -> Pairs:
    """Return the starts at which the rota can be filled; `each` is in order of its bits."""
    layers = [each[place] for place in _places(rota.required, len(each))]
    layers += [_any([each[at] for at in _places(group, len(each))]) for group in rota.groups]
    return reduce(_both, layers) if layers else []


def _places(bits: int, count: int) -> list[int]:
    return [place for place in range(count) if bits >> place & 1]


def _any(lists: list[Pairs]) -> Pairs:
    if len(lists) == 1:
        return lists[0]
    merged: Pairs = []
    for first, last in sorted(chain.from_iterable(lists)):
        if not merged or first > merged[-1][1]:
            merged.append((first, last))
        elif last > merged[-1][1]:
            merged[-1] = (merged[-1][0], last)
    return merged


def _both(left: Pairs, right: Pairs) -> Pairs:
    both: Pairs = []
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            both.append((first, last))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return both


def team_grid(starts: Pairs, grid: Grid, clocks: WorkingHours) -> list[range]:
    """Return the grids over possible starts, in order; not all of their starts are possible."""
    known, units, grids = Clocks(clocks), grid.units, list[range]()
    for stretch in _stretches(starts, grid.duration):
        start, last = stretch[0][0], stretch[-1][1]
        ahead = known.ahead(start)
        if len(stretch) == 1:
            first = grid.first(start + ahead, last + ahead, units) - ahead
        else:
            first = _roundest(stretch, grid, ahead)
        if first + grid.offset <= last:
            grids.append(range(first + grid.offset, last + 1, grid.step))
    return grids


def _stretches(starts: Pairs, duration: int) -> list[Pairs]:
    stretches: list[Pairs] = []
    until: int | None = None
    for pair in starts:
        if until is None or pair[0] - until >= duration:
            stretches.append([])
        stretches[-1].append(pair)
        until = pair[1]
    return stretches


def _roundest(stretch: Pairs, grid: Grid, ahead: int) -> int:
    """Return the roundest first start that loses no possible one."""
    start = stretch[0][0] + ahead
    firsts = [round_up(start, unit) - ahead for unit in grid.units]
    if not grid.is_clock:
        firsts.append(stretch[0][0])
    return max(dict.fromkeys(firsts), key=lambda first: _count(stretch, first, grid.step))


def _count(stretch: Pairs, first: int, step: int) -> int:
    """Return how many possible starts a grid from `first` on has."""
    found = 0
    for since, until in stretch:
        if until >= first:
            found += (until - first) // step - (max(since, first) - 1 - first) // step
    return found


def free_at(starts: Sequence[int], each: Sequence[Pairs]) -> list[int]:
    """Return the bits of those who are free, for each of the sorted `starts`."""
    turns = [0] * (len(starts) + 1)
    for place, pairs in enumerate(each):
        bit, at = 1 << place, 0
        for first, last in pairs:
            at = bisect_left(starts, first, at)
            until = bisect_right(starts, last, at)
            if at != until:
                turns[at] ^= bit
                turns[until] ^= bit
                at = until
    return list(accumulate(turns[:-1], xor))


def bits_within(starts: Sequence[int], each: Sequence[Iterable[tuple[int, int]]]) -> list[int]:
    """Return the bits whose half-open stretches hold each of the sorted `starts`.

    Shapes: each member's stretches are sorted and disjoint.
    """
    closed = [[(since, until - 1) for since, until in stretches] for stretches in each]
    return free_at(starts, closed)
