"""Blocks and their buffers: what they cut out of the open ranges, and which starts they bar.

Two readings of the same facts. The listing merges blocks and cuts; the explanation keeps them
apart and names them. Both follow from one comparison: a slot `[s, e)` clashes with a block
`[b, c)` when `b < e + gap_after` and `c + gap_before > s`. It is half-open, and right for a
block of no length, too: that one clashes when it lies strictly inside.
"""

from __future__ import annotations

from dataclasses import replace

from booking.availability.facts import (
    Ask,
    Busy,
    CalendarBlock,
    Lengths,
    OwnBlock,
    Situation,
    Source,
)
from booking.availability.reasons import Barrier, Reason, ReasonCode
from booking.core.instants import Instant

Pairs = list[tuple[int, int]]


def standing(busy: Busy, ask: Ask) -> tuple[OwnBlock, ...]:
    """Return the bookings and holds that count: neither the asker's own nor expired."""
    return tuple(block for block in busy.own if not _is_void(block, ask))


def _is_void(block: OwnBlock, ask: Ask) -> bool:
    if block.expires_at is not None and block.expires_at <= ask.now:
        return True
    return block.ref == (ask.moving if block.source == Source.BOOKING else ask.own_hold)


def cut(ranges: tuple[tuple[int, int], ...], taken: Pairs) -> Pairs:
    """Return what `taken` leaves of `ranges`; a `taken` pair of no length still parts a range.

    Shapes: both sorted and disjoint.
    """
    free: Pairs = []
    nearest, count = 0, len(taken)
    for start, end in ranges:
        while nearest < count and taken[nearest][1] <= start:
            nearest += 1
        cursor, at = start, nearest
        while at < count and taken[at][0] < end:
            since, until = taken[at]
            if since > cursor:
                free.append((cursor, since))
            cursor = until
            at += 1
        if cursor < end:
            free.append((cursor, end))
    return free


def taken(busy: Busy, own: tuple[OwnBlock, ...], lengths: Lengths) -> Pairs:
    """Return where no part of a slot may lie: all blocks with their gaps, merged.

    Errors: ValueError where the calendar's rows are not sorted.
    """
    after, before = lengths.gap_after(), lengths.gap_before()
    pairs = _merged_rows(busy.calendar, after + before)
    if after or before:
        pairs = [(start - after, end + before) for start, end in pairs]
    if not own:
        return pairs
    pairs += [
        (block.start - lengths.gap_after(block.before), block.end + lengths.gap_before(block.after))
        for block in own
    ]
    return _merged(sorted(pairs))


def _merged_rows(rows: tuple[CalendarBlock, ...], reach: int) -> Pairs:
    """Merge rows that overlap, touch, or lie no further apart than `reach`."""
    merged: Pairs = []
    if not rows:
        return merged
    since, until = rows[0][0], rows[0][1]
    for start, end, _, _ in rows:
        if start > until + reach:
            merged.append((since, until))
            since, until = start, end
        elif start < since:
            raise ValueError("Busy rows must come sorted by their start.")
        elif end > until:
            until = end
    merged.append((since, until))
    return merged


def _merged(pairs: Pairs) -> Pairs:
    merged = [pairs[0]]
    for start, end in pairs:
        since, until = merged[-1]
        if start > until:
            merged.append((start, end))
        elif end > until:
            merged[-1] = (since, end)
    return merged


def seated(situation: Situation, own: tuple[OwnBlock, ...], lengths: Lengths) -> dict[int, int]:
    """Return the starts of seated slots that someone sits in already, with the places left."""
    if situation.rules.seats is None:
        return {}
    left: dict[int, int] = {}
    for block in own:
        is_same = block.event_type_id == situation.event_type_id
        if is_same and block.end - block.start == lengths.duration:
            left[block.start] = left.get(block.start, situation.rules.seats) - block.seats
    return {start: places for start, places in left.items() if places > 0}


def block_barriers(
    situation: Situation, own: tuple[OwnBlock, ...], lengths: Lengths, period: tuple[int, int]
) -> list[Barrier]:
    """Return every block's barriers: its own stretch, and each buffer beside it, by name.

    Calendar rows too far away to bar a start in `period` are left out.
    """
    after, before = lengths.gap_after(), lengths.gap_before()
    since, until = period[0] - before, period[1] + lengths.duration + after
    barriers: list[Barrier] = []
    for start, end, calendar_id, ref in situation.host.busy.calendar:
        if start >= until or end <= since:
            continue
        cause = Reason(code=ReasonCode.BUSY_CALENDAR, calendar_id=calendar_id, ref=ref)
        barriers += _around(cause, (start, end), (after, before), lengths.duration, None)
    open_seats = seated(situation, own, lengths)
    for block in own:
        gaps = (lengths.gap_after(block.before), lengths.gap_before(block.after))
        is_open = block.event_type_id == situation.event_type_id and block.start in open_seats
        except_at = block.start if is_open and _lasts(block, lengths) else None
        span = (block.start, block.end)
        barriers += _around(_cause(block), span, gaps, lengths.duration, except_at)
    return barriers


def _lasts(block: OwnBlock, lengths: Lengths) -> bool:
    return block.end - block.start == lengths.duration


def _cause(block: OwnBlock) -> Reason:
    if block.source == Source.BOOKING:
        return Reason(code=ReasonCode.BOOKING, booking_id=block.ref)
    return Reason(code=ReasonCode.HOLD, hold_id=block.ref)


def _around(
    cause: Reason,
    span: tuple[int, int],
    gaps: tuple[int, int],
    duration: int,
    except_at: int | None,
) -> list[Barrier]:
    """Split what a block bars: by itself, by the gap before it, by the gap after it."""
    (start, end), (ahead, behind) = span, gaps
    first, last = start - duration + 1, end
    parts = [Barrier(first, last, _at(cause, cause.code, start, end), except_at)]
    if ahead:
        buffer = _at(cause, ReasonCode.BUFFER, start - ahead, start)
        parts.append(Barrier(first - ahead, first, buffer, except_at))
    if behind:
        buffer = _at(cause, ReasonCode.BUFFER, end, end + behind)
        parts.append(Barrier(last, last + behind, buffer, except_at))
    return parts


def _at(cause: Reason, code: ReasonCode, start: int, end: int) -> Reason:
    return replace(cause, code=code, start=Instant(start), end=Instant(end))
