"""Reads busy rows: sorted, by index, and only what the asked range touches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from booking.calendars.sync_models import BusyRow

LONGEST_ROW = 7 * 86_400


class BusyQuery(NamedTuple):
    """A selected calendar, and whether its tentative events block."""

    calendar_id: int
    tentative_blocks: bool


class Block(NamedTuple):
    """A stretch that blocks, UTC epoch seconds; `ref` is the row's id.

    `is_tentative`: only where tentative events block.
    """

    start: int
    end: int
    calendar_id: int
    ref: int
    is_tentative: bool


def busy_between(
    session: Session, calendars: Sequence[BusyQuery], start: int, end: int
) -> Sequence[Block]:
    """Return what blocks in these calendars and touches `[start, end]`, by start.

    A booking's own copy in a calendar is left out: the booking itself blocks.
    """
    firm = [query.calendar_id for query in calendars if not query.tentative_blocks]
    any_kind = [query.calendar_id for query in calendars if query.tentative_blocks]
    is_blocking = or_(
        BusyRow.calendar_id.in_(any_kind),
        BusyRow.calendar_id.in_(firm) & BusyRow.is_tentative.is_(False),
    )
    query = (
        select(
            BusyRow.starts_at,
            BusyRow.ends_at,
            BusyRow.calendar_id,
            BusyRow.id,
            BusyRow.is_tentative,
        )
        .where(
            BusyRow.calendar_id.in_(firm + any_kind),
            BusyRow.starts_at >= start - LONGEST_ROW,
            BusyRow.starts_at <= end,
            BusyRow.ends_at >= start,
            BusyRow.is_own.is_(False),
            is_blocking,
        )
        .order_by(BusyRow.starts_at)
    )
    return [Block(*row) for row in session.execute(query)]
