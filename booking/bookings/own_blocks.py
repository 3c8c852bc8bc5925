"""What bookings and guests' holds occupy, as the slot engine is given it: read from the claims.

Buffers are what a claim covers beyond the slot: the engine sees what the database will defend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from booking.availability.facts import OwnBlock, Source
from booking.bookings.models import Booking, Claim, Hold, Seat, Sitting
from booking.core.instants import to_instant

_LONGEST_CLAIM = 345_600


def own_blocks(
    session: Session, subject_ids: Sequence[int], start: int, end: int
) -> Mapping[int, tuple[OwnBlock, ...]]:
    """Return, for each host or resource, the bookings and holds whose claims touch `[start, end]`.

    A seated slot has one claim and a block for each guest, with the seats it takes. Only there is
    an event type named: a booking from before there were seats has its time alone.
    """
    query = (
        select(
            Claim.subject_id,
            Claim.starts_at.label("claimed_from"),
            Claim.ends_at.label("claimed_until"),
            func.coalesce(Sitting.starts_at, Booking.starts_at, Hold.starts_at).label("start"),
            func.coalesce(Sitting.ends_at, Booking.ends_at, Hold.ends_at).label("end"),
            Sitting.event_type_id,
            Booking.id.label("booking_id"),
            Hold.id.label("hold_id"),
            Hold.expires_at,
        )
        .outerjoin(Sitting, Sitting.id == Claim.sitting_id)
        .outerjoin(Seat, Seat.sitting_id == Claim.sitting_id)
        .outerjoin(Booking, Booking.id == func.coalesce(Claim.booking_id, Seat.booking_id))
        .outerjoin(Hold, Hold.id == func.coalesce(Claim.hold_id, Seat.hold_id))
        .where(
            Claim.subject_id.in_(subject_ids),
            Claim.active.is_(True),
            Claim.starts_at <= end,
            Claim.starts_at > start - _LONGEST_CLAIM,
            Claim.ends_at >= start,
            or_(Booking.id.is_not(None), Hold.id.is_not(None)),
        )
        .order_by(Claim.starts_at, Claim.id)
    )
    seats = Counter((row.subject_id, _block(row)) for row in session.execute(query))
    found: dict[int, list[OwnBlock]] = {}
    for (subject_id, block), taken in seats.items():
        found.setdefault(subject_id, []).append(replace(block, seats=taken) if taken > 1 else block)
    return {subject_id: tuple(blocks) for subject_id, blocks in found.items()}


def _block(row: Any) -> OwnBlock:
    is_hold = row.hold_id is not None
    return OwnBlock(
        start=row.start,
        end=row.end,
        source=Source.HOLD if is_hold else Source.BOOKING,
        ref=row.hold_id if is_hold else row.booking_id,
        before=row.start - row.claimed_from,
        after=row.claimed_until - row.end,
        event_type_id=row.event_type_id,
        expires_at=to_instant(row.expires_at) if is_hold else None,
    )
