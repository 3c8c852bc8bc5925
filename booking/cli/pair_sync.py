"""Pairs in the foreground: what `booking sync` prints of them, which is never a title."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from booking.core.errors import BookingError, Conflict, ProviderError
from booking.core.ids import decode_id, encode_id
from booking.db import reading
from booking.pairs import store
from booking.pairs.values import Preview, SyncReport
from booking.wiring import Services

_SLICE_SECONDS = 2.0
_COUNTED = ("create", "change", "delete", "hold", "link", "skip", "conflicts", "would_halt")
Told = Callable[[int], None]
"""Is told how many items a slice of work has brought further."""


def one_pair(pair: str) -> list[int]:
    """Return the pair of this id. Errors: BookingError where there is none."""
    pair_id = decode_id(pair)
    with reading() as session:
        if pair_id is None or store.find_pair(session, pair_id) is None:
            raise BookingError(f"There is no pair {pair}.")
    return [pair_id]


def all_pairs() -> list[int]:
    """Return every pair that is not paused."""
    with reading() as session:
        return store.running_pairs(session)


def queued(pair_id: int) -> int:
    """Return how many items wait to be looked at."""
    with reading() as session:
        return store.counts_of(session, pair_id).queued


def pair_report(services: Services, pair_id: int, *, is_dry: bool, told: Told) -> dict[str, Any]:
    """Sync a pair to the end, or (`is_dry`) tell what that would do, as one JSON object."""
    report: dict[str, Any] = {"pair": encode_id(pair_id)}
    try:
        if is_dry:
            return report | _foreseen(services.pair_runner.preview(pair_id))
        return report | _summed(list(_slices(services, pair_id, told)))
    except (ProviderError, Conflict) as error:
        return report | {"error": error.message, "code": error.code}


def _slices(services: Services, pair_id: int, told: Told) -> Iterator[SyncReport]:
    """Sync in slices of a few seconds, so that a bar can move."""
    while True:
        before = queued(pair_id)
        report = services.pair_runner.run(pair_id, budget=_SLICE_SECONDS)
        told(max(0, before - queued(pair_id)))
        yield report
        if report.finished:
            return


def _summed(slices: list[SyncReport]) -> dict[str, Any]:
    last = asdict(slices[-1])
    del last["pair_id"]
    for side, kinds in last["written"].items():
        for kind in kinds:
            kinds[kind] = sum(one.written[side][kind] for one in slices)
    return last | {"conflicts": sum(one.conflicts for one in slices)}


def _foreseen(preview: Preview) -> dict[str, Any]:
    """Return a preview without titles."""
    counts = {name: getattr(preview, name) for name in _COUNTED}
    items = [
        {"action": item.action, "side": item.side, "when": item.when, "reason": item.reason}
        for item in preview.items
    ]
    return {"dry_run": True, **counts, "items": items}
