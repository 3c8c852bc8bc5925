"""Spans against sets of minutes: whatever is done to them, the covered minutes must agree."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.core.spans import Spans, clip, contains, gaps, join, overlap, pad, subtract

edges = st.integers(0, 60)
pairs = st.lists(st.tuples(edges, edges).map(lambda two: (min(two), max(two))), max_size=6)
some = pairs.map(join)


def covered(spans: Spans) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def assert_well_formed(spans: Spans) -> None:
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_touching_and_overlapping_pairs_join() -> None:
    assert join([(5, 8), (1, 3), (3, 5), (10, 12), (11, 11)]) == ((1, 8), (10, 12))


def test_a_pair_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        join([(3, 2)])


def test_a_negative_pad_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        pad(((1, 2),), -1, 0)


def test_spans_are_half_open() -> None:
    assert overlap(((1, 3),), ((3, 5),)) == ()
    assert subtract(((1, 5),), ((3, 4),)) == ((1, 3), (4, 5))
    assert contains(((1, 3),), 1, 3)
    assert not contains(((1, 3), (3, 5)), 2, 4)


@given(pairs)
def test_join_covers_what_any_pair_covers(given_pairs: list[tuple[int, int]]) -> None:
    joined = join(given_pairs)

    assert covered(joined) == covered(tuple(given_pairs))
    assert_well_formed(joined)


@given(some, some)
def test_overlap_covers_what_both_cover(left: Spans, right: Spans) -> None:
    both = overlap(left, right)

    assert covered(both) == covered(left) & covered(right)
    assert_well_formed(both)


@given(some, some)
def test_subtract_covers_what_is_not_taken(free: Spans, taken: Spans) -> None:
    left = subtract(free, taken)

    assert covered(left) == covered(free) - covered(taken)
    assert_well_formed(left)


@given(some, st.integers(0, 5), st.integers(0, 5))
def test_pad_reaches_both_ways(spans: Spans, before: int, after: int) -> None:
    padded = pad(spans, before, after)

    reached = {m + shift for m in covered(spans) for shift in range(-before, after + 1)}
    assert covered(padded) == reached
    assert_well_formed(padded)


@given(some, edges, edges)
def test_clip_and_gaps_share_a_stretch_between_them(spans: Spans, start: int, end: int) -> None:
    stretch = set(range(start, end))

    assert covered(clip(spans, start, end)) == covered(spans) & stretch
    assert covered(gaps(spans, start, end)) == stretch - covered(spans)


@given(some, edges, edges)
def test_contains_asks_for_one_span_around_it_all(spans: Spans, one: int, other: int) -> None:
    start, end = min(one, other), max(one, other)

    expected = any(since <= start and end <= until for since, until in spans)

    assert contains(spans, start, end) == expected
