"""English words that guests' and hosts' pages share: counts, names, zones, answers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

MINUS = "\N{MINUS SIGN}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 day`, `6 days`, `no days`; `plural` where it is no `s`."""
    return f"{number or 'no'} {noun if number == 1 else plural or f'{noun}s'}"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: `A`, `A and B`, `A, B and C`; "" for none."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def offset(moment: datetime) -> str:
    """Return how far the clocks of `moment` are from UTC, such as `UTC+5:30`."""
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    if not minutes:
        return "UTC"
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else MINUS}{whole}{f':{rest:02}' if rest else ''}"


def city(zone_name: str) -> str:
    """Return the last part of a zone's name, as people read it: `Buenos Aires`."""
    return zone_name.rsplit("/", 1)[-1].replace("_", " ")


def answers(given: Mapping[str, Any], labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a guest's answers under their questions; one asked no more is named by its key."""
    return [(labels.get(key, key), _answer(value)) for key, value in given.items()]


def _answer(value: object) -> str:
    """Return a tick as a word, several choices in a row."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
