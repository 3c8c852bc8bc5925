"""What must be so after a storm: both sides equal, nothing lost, nothing twice, all on record."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from booking.calendars.link_models import SyncRecord
from booking.db import reading
from booking.sync.ports import SIDES, Side
from tests.pairs.place import content_of
from tests.pairs.storm_client import VALUE, WORD, Seen
from tests.pairs.storm_hands import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What stands in both calendars at the end, and what the pair has on record, as JSON."""

    seen: Mapping[Side, Sequence[Seen]]
    records: Sequence[tuple[str, int, str]]

    def words(self, side: Side) -> Counter[str]:
        """Count each event's word on a side."""
        return Counter(seen.word for seen in self.seen[side])


def records_of(pair_id: int) -> list[tuple[str, int, str]]:
    """Return kind, link and content of everything that is on record along a pair."""
    query = select(SyncRecord).where(SyncRecord.pair_id == pair_id).order_by(SyncRecord.id)
    with reading() as session:
        return [
            (row.kind, row.link_id, json.dumps(row.detail, ensure_ascii=False))
            for row in session.scalars(query)
        ]


def violations(remains: Remains, ledger: Ledger) -> list[str]:
    """Return what is not as it must be, in words."""
    return [
        *_differences(remains),
        *_twice(remains),
        *_lost_events(remains, ledger),
        *_lost_values(remains, ledger),
    ]


def differences(remains: Remains) -> int:
    """Return how many events do not read the same on both sides."""
    return len(list(_differences(remains)))


def _differences(remains: Remains) -> Iterator[str]:
    shown = {
        side: Counter(
            json.dumps(content_of(seen.text), sort_keys=True, default=str)
            for seen in remains.seen[side]
        )
        for side in SIDES
    }
    for side in SIDES:
        for content in shown[side] - shown[side.other]:
            yield f"only {side} has this: {content}"


def _twice(remains: Remains) -> Iterator[str]:
    for side in SIDES:
        for word, number in remains.words(side).items():
            if number > 1:
                yield f"{word} stands {number} times on the {side} side"


def _lost_events(remains: Remains, ledger: Ledger) -> Iterator[str]:
    """Find events that vanished though nobody deleted them, or without a trace in the trash."""
    here = {side: remains.words(side) for side in SIDES}
    written = _words_in(remains, "deed")
    trashed = _words_in(remains, "trash")
    for word in ledger.words:
        deleted = ledger.deleted.get(word, set())
        missing = [side for side in SIDES if not here[side][word]]
        if missing and not deleted:
            yield f"{word} is lost on the {' and '.join(missing)} side; nobody deleted it"
        if len(missing) == 2 and len(deleted) == 1 and word in written and word not in trashed:
            yield f"{word} was deleted and is not in the trash"


def _words_in(remains: Remains, kind: str) -> set[str]:
    found = (WORD.findall(content) for at, _, content in remains.records if at == kind)
    return {word for words in found for word in words}


def _lost_values(remains: Remains, ledger: Ledger) -> Iterator[str]:
    """Find values that are not to be seen, that nobody who saw them replaced, nor on record."""
    visible = {
        value for side in SIDES for seen in remains.seen[side] for value in VALUE.findall(seen.text)
    }
    recorded = {value for _, _, text in remains.records for value in VALUE.findall(text)}
    for value, word in ledger.typed.items():
        if word and value not in visible | recorded | ledger.replaced:
            yield f"the value {value} of {word} is lost"
