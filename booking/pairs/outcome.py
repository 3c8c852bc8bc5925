"""How a run ended, as its owner sees it and as the next run is timed by it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from booking.accounts.announcements import Announce, Announcement
from booking.accounts.notices import Cause, Notice, TellHost
from booking.calendars.link_models import PairStatus, SyncPair
from booking.core.errors import (
    BreakerOpen,
    ItemGone,
    PermissionDenied,
    ProviderError,
    ReconnectRequired,
    Throttled,
    Unsupported,
)
from booking.core.ids import encode_id
from booking.core.instants import to_instant
from booking.db import writing
from booking.pairs.sides import Target
from booking.pairs.values import SyncReport
from booking.sync.engine import Report
from booking.sync.ports import SIDES, Side
from booking.sync.rows import Lease, Op

MASS_DELETION = "mass_deletion"
_OF_THE_CALENDAR = (PermissionDenied, ItemGone, Unsupported)
_WAITING = (PairStatus.HALTED, PairStatus.STOPPED)
_FIRST_WAIT = timedelta(seconds=10)
_FIRST_STOP = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=1)
_LONGEST_STOP = timedelta(hours=24)
_HELD = (
    "{count} deletions wait for your approval, as so many at once may be a mistake. "
    "Everything else is kept in step."
)


def reported(target: Target, report: Report, counts: Mapping[tuple[Side, Op], int]) -> SyncReport:
    """Return what a run did."""
    is_ending = target.status == PairStatus.ENDING
    status = PairStatus.HALTED if report.held else PairStatus.ACTIVE
    return SyncReport(
        pair_id=target.pair_id,
        status=PairStatus.ENDING if is_ending else status,
        written={side.value: {op.value: counts.get((side, op), 0) for op in Op} for side in SIDES},
        conflicts=report.conflicts,
        held=report.held,
        skipped=report.refused,
        finished=not report.is_cut and not report.unclear,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who is told of trouble: the owner of a pair, and the owner's programs."""

    tell_host: TellHost
    announce: Announce


def note_success(
    target: Target, lease: Lease, report: SyncReport, now: datetime, audience: Audience
) -> None:
    """Write down that both calendars answered and what is due was done, as far as it was.

    The owner is told where deletions begin to wait for them.
    """
    values: dict[str, object] = {
        "status": report.status,
        "reason": _HELD.format(count=report.held) if report.held else "",
        "failures": 0,
        "error": None,
        "retry_at": None,
    }
    if report.finished:
        values |= {"synced_at": now, "paired_at": target.paired_at or now}
    if any(number for side in report.written.values() for number in side.values()):
        values["changed_at"] = now
    _note(target, lease, values, now, audience)


def note_failure(
    target: Target, lease: Lease, error: ProviderError, now: datetime, audience: Audience
) -> None:
    """Write down what kept a run from its work, and when to try again.

    The owner is told where a calendar of the pair cannot be used any more. Of an account that
    must be connected again its own notice tells.
    """
    failures = target.failures + 1
    _note(
        target,
        lease,
        {
            "status": _status_after(target, error),
            "reason": error.message,
            "failures": failures,
            "error": error.code,
            "error_at": now,
            "retry_at": None
            if isinstance(error, ReconnectRequired)
            else now + _wait(failures, error),
        },
        now,
        audience,
    )


def _status_after(target: Target, error: ProviderError) -> str:
    if target.status == PairStatus.ENDING:
        return PairStatus.ENDING
    if isinstance(error, ReconnectRequired):
        return PairStatus.REVOKED
    if isinstance(error, _OF_THE_CALENDAR):
        return PairStatus.STOPPED
    is_halted = target.status == PairStatus.HALTED
    return PairStatus.HALTED if is_halted else PairStatus.ACTIVE


def _wait(failures: int, error: ProviderError) -> timedelta:
    """Return how long to leave the pair alone: doubling, jittered, never below Retry-After."""
    if isinstance(error, BreakerOpen):
        return timedelta(seconds=error.retry_after + random.uniform(0, 2))  # noqa: S311 - jitter
    is_stopped = isinstance(error, _OF_THE_CALENDAR)
    first, longest = (_FIRST_STOP, _LONGEST_STOP) if is_stopped else (_FIRST_WAIT, _LONGEST_WAIT)
    step = min(longest, first * (1 << min(failures - 1, 12)))
    asked = timedelta(seconds=error.retry_after if isinstance(error, Throttled) else 0)
    return max(step * random.uniform(0.5, 1.0), asked)  # noqa: S311 - jitter, not a secret


def _note(
    target: Target,
    lease: Lease,
    values: Mapping[str, object],
    now: datetime,
    audience: Audience,
) -> None:
    """Write at the pair, if it is still ours, and tell its owner where it newly waits for them."""
    statement = (
        update(SyncPair)
        .where(SyncPair.id == target.pair_id, SyncPair.fence == lease.fence)
        .values(**values)
        .returning(SyncPair.id)
        .execution_options(synchronize_session=False)
    )
    with writing() as session:
        is_ours = session.execute(statement).first() is not None
        status = str(values["status"])
        if is_ours and status in _WAITING and status != target.status:
            reason = str(values["reason"])
            audience.tell_host(session, _notice(target, status, reason, now))
            audience.announce(session, _announcement(target, status, reason, now))


def _announcement(target: Target, status: str, reason: str, now: datetime) -> Announcement:
    return Announcement(
        user_ids=(target.user_id,),
        event="pair.halted",
        at=now,
        data={
            "pair_id": encode_id(target.pair_id),
            "calendars": [target.ends[side].name for side in SIDES],
            "status": status,
            "reason": reason,
        },
        key=f"pair:{target.pair_id}:{status}:{to_instant(now)}",
    )


def _notice(target: Target, status: str, reason: str, now: datetime) -> Notice:
    return Notice(
        user_id=target.user_id,
        cause=Cause.PAIR_HALTED,
        about=" \u2194 ".join(target.ends[side].name for side in SIDES),
        detail=reason,
        path=f"/pairs/{encode_id(target.pair_id)}",
        key=f"pair-{status}:{target.pair_id}:{to_instant(now)}",
    )
