"""Arithmetic on stretches of time: sorted, disjoint, half-open pairs of integers.

Only these functions make `Spans`, so each may rely on the order of what it is given. Units are
whatever the caller counts in: UTC epoch seconds, or minutes of a local day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

Span = tuple[int, int]
Spans = tuple[Span, ...]


def join(pairs: Iterable[Span]) -> Spans:
    """Return the time that any of `pairs` covers.

    Shapes: pairs in any order, overlapping or touching; empty ones vanish.
    Errors: ValueError for a pair that ends before it starts.
    """
    joined: list[Span] = []
    for start, end in sorted(pairs):
        if end < start:
            raise ValueError(f"A span cannot end before it starts: {start}, {end}.")
        if start == end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def overlap(left: Spans, right: Spans) -> Spans:
    """Return the time that lies in both; spans that touch stay apart."""
    both: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][1], right[j][1])
        if start < end:
            both.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(both)


def subtract(free: Spans, taken: Spans) -> Spans:
    """Return what `taken` leaves of `free`."""
    left: list[Span] = []
    nearest = 0
    for start, end in free:
        while nearest < len(taken) and taken[nearest][1] <= start:
            nearest += 1
        cursor, at = start, nearest
        while at < len(taken) and taken[at][0] < end:
            if taken[at][0] > cursor:
                left.append((cursor, taken[at][0]))
            cursor = max(cursor, taken[at][1])
            at += 1
        if cursor < end:
            left.append((cursor, end))
    return tuple(left)


def pad(spans: Spans, before: int, after: int) -> Spans:
    """Return `spans`, each begun `before` earlier and ended `after` later, joined again.

    Errors: ValueError for a negative width.
    """
    if before < 0 or after < 0:
        raise ValueError("A pad cannot be negative.")
    return join((start - before, end + after) for start, end in spans)


def clip(spans: Spans, start: int, end: int) -> Spans:
    """Return the part of `spans` inside `[start, end)`."""
    return overlap(spans, ((start, end),)) if start < end else ()


def gaps(spans: Spans, start: int, end: int) -> Spans:
    """Return the part of `[start, end)` that `spans` leave open."""
    return subtract(((start, end),), spans) if start < end else ()


def contains(spans: Spans, start: int, end: int) -> bool:
    """Tell whether `[start, end)` lies wholly inside one of `spans`."""
    at = bisect_right(spans, start, key=lambda span: span[0]) - 1
    return at >= 0 and end <= spans[at][1]
