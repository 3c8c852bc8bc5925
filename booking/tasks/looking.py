"""Which of our events are looked at in one minute. Pure.

Where a host has many, those near now are looked at every minute, the others in turn, so that the
cost of a minute has a bound on servers that are asked for each address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

MOST_NEAR = 600
MOST_FAR = 400
MOST_MISSING = 50


def chosen(
    ends: Sequence[tuple[str, str]], due: Mapping[str, datetime | None], now: datetime
) -> list[str]:
    """Return the right keys to look at now.

    `ends`: keys, left and right; `due`: when tasks are due, by their left key.
    """
    ordered = [right for left, right in sorted(ends, key=lambda end: _distance(due, end[0], now))]
    near, far = ordered[:MOST_NEAR], sorted(ordered[MOST_NEAR:])
    turns = -(-len(far) // MOST_FAR)
    turn = int(now.timestamp() // 60) % turns if turns else 0
    return near + far[turn * MOST_FAR : (turn + 1) * MOST_FAR]


def _distance(due: Mapping[str, datetime | None], key: str, now: datetime) -> timedelta:
    moment = due.get(key)
    return timedelta.max if moment is None else abs(moment - now)


def to_read(
    keys: Sequence[str], found: Mapping[str, str | None], known: Mapping[str, str | None]
) -> list[str]:
    """Return which of `keys` have to be read: another version, none told, or missing."""
    moved = [k for k in keys if k in found and (found[k] is None or found[k] != known.get(k))]
    missing = [key for key in keys if key not in found]
    return moved + missing[:MOST_MISSING]
