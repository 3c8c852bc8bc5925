"""Run one pair: settle, ingest, plan, apply. Every step is one commit; no step decides anything.

The caller holds the pair's lease; the store checks it at every commit. A cycle that is killed or
cut off anywhere is gone on with by the next one.

A side in `scoped` is never listed nor asked for changes: only items that we made there are read,
by their own addresses (BOOKINGS, TASKS). Our own tables (`Local`) are written in the transaction
that changes the links, so they need no intents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from booking.core.errors import BadAnswer, PermissionDenied
from booking.sync.apply import Applier
from booking.sync.endings import Outcome
from booking.sync.gather import Gather, StateT
from booking.sync.ingest import Ingest, Ingested
from booking.sync.merge import Norm, leaves, units_of
from booking.sync.planner import plan, release
from booking.sync.policy import Policy
from booking.sync.ports import SIDES, Local, Remote, Side
from booking.sync.preview import foresee
from booking.sync.revive import kept
from booking.sync.rows import (
    Changes,
    Dirty,
    End,
    HoldState,
    Intent,
    Op,
    ReplicaState,
    StateStore,
)
from booking.sync.scene import Scene, View, as_planned

_T = TypeVar("_T")

BATCH = 100
MOST_UNCLEAR = 3
ROUNDS = 2


@dataclass(frozen=True, kw_only=True)  # a frozen generic with slots cannot be subscripted in 3.11
class Pair(Generic[StateT]):
    """Two sides and what is to be kept between them.

    `places` name the calendars, for roots; `is_first` as in `Gather`.
    """

    id: int
    policy: Policy
    remotes: Mapping[Side, Remote]
    ours: Mapping[Side, Local[StateT]] = field(default_factory=dict)
    places: Mapping[Side, str]
    scoped: frozenset[Side] = frozenset()
    is_first: bool = False

    def norm(self, side: Side) -> Norm:
        """Return what `side` holds of given content."""
        end = self.ours.get(side) or self.remotes[side]
        return Norm(end.norm, end.capabilities.masked)


@dataclass(slots=True, kw_only=True)
class Report:
    """What a cycle did.

    `held`: deletions that wait for approval. `is_cut`: its time was over before its work was.
    """

    ingested: dict[Side, Ingested] = field(default_factory=dict)
    written: int = 0
    dropped: int = 0
    refused: int = 0
    unclear: int = 0
    conflicts: int = 0
    held: int = 0
    is_cut: bool = False


def _never() -> bool:
    return False


class Engine(Generic[StateT]):
    """One run of one pair under one lease.

    `new_id` makes keys for links. `is_over` says that the run has to end before its next write;
    what was planned and not sent is settled by the next run. Errors of `cycle`: a ProviderError
    that stops the run (nothing was planned if a side could not be read), LeaseLost.
    """

    def __init__(
        self,
        pair: Pair[StateT],
        store: StateStore[StateT],
        *,
        now: datetime,
        new_id: Callable[[], int],
        is_over: Callable[[], bool] = _never,
    ) -> None:
        self._pair = pair
        self._store = store
        self._is_over = is_over
        self._scene = Scene(
            pair_id=pair.id,
            policy=pair.policy,
            norms={side: pair.norm(side) for side in SIDES},
            places=pair.places,
            now=now,
            new_id=new_id,
        )
        self._gather = Gather(
            pair_id=pair.id, places=pair.places, ours=pair.ours, is_first=pair.is_first
        )
        self._applier = Applier(store, self._gather, pair.remotes, self._scene)
        self._report = Report()
        self._unclear_in_a_row = 0

    def cycle(self, *, full: bool = False) -> Report:
        """Settle what was left over, read both sides, and carry out what is due."""
        self.settle()
        self.ingest(full=full)
        return self.work()

    def settle(self) -> None:
        """Find out what became of intents whose answer never came."""
        with self._store.reading() as state:
            left_over = state.intents()
        for intent in left_over:
            if self._is_cut():
                return
            self._note(self._applier.settle(intent))

    def ingest(self, *, full: bool = False) -> None:
        """Read every side that may be read as a whole."""
        for side, remote in self._pair.remotes.items():
            if side in self._pair.scoped:
                continue
            replica = SideReplica(self._store, side)
            ingest = Ingest(remote, replica, self._scene.now)
            self._report.ingested[side] = ingest.run(full=full)

    def look(self, side: Side, keys: Sequence[str]) -> None:
        """Read these items of a scoped side, by their own addresses."""
        ingest = Ingest(self._pair.remotes[side], SideReplica(self._store, side), self._scene.now)
        self._report.ingested[side] = ingest.look(keys)

    def work(self, *, listed: bool = False) -> Report:
        """Plan and carry out what is due, some fifty items a commit; deletions come last.

        What a refusal showed to be different is planned once more at once. `listed`: a complete
        listing has found what is missing, whoever made it. If no request at all was answered, the
        last error is raised.
        """
        for _ in range(ROUNDS):
            dropped = self._report.dropped
            for batch in _batches(self._dirty()):
                if self._is_cut():
                    return self._report
                self._apply(*self._plan(batch))
            self._apply(self._release(listed=listed), {})
            if self._report.dropped == dropped or self._report.is_cut:
                break
        self._raise_if_deaf()
        return self._report

    def preview(self, *, listed: bool = False) -> Changes:
        """Return what `work` would plan now; nothing is kept and nothing is sent."""
        with self._store.reading() as state:
            return foresee(state, self._gather, self._scene, _batches(self._dirty()), listed=listed)

    @property
    def denied(self) -> PermissionDenied | None:
        """The last refusal for want of a right, if any."""
        return self._applier.denied

    @property
    def last_side(self) -> Side | None:
        """The side that was written to, or settled, last: where an error of `work` was met."""
        return self._applier.last_side

    def _is_cut(self) -> bool:
        self._report.is_cut = self._report.is_cut or self._is_over()
        return self._report.is_cut

    def approve(self) -> None:
        """Let all deletions that the brake held go on; an edit still stands against them."""
        with self._store.writing() as state:
            held = [hold for hold in state.holds() if hold.state is HoldState.HELD]
            approved = tuple(replace(hold, state=HoldState.APPROVED) for hold in held)
            state.save(Changes(holds=approved, dirty=tuple(hold.link_id for hold in held)))

    def reject(self) -> None:
        """Undo all deletions that the brake held; `work` then makes again what was deleted."""
        with self._store.writing() as state:
            held = [hold.link_id for hold in state.holds() if hold.state is HoldState.HELD]
            state.save(kept(self._gather.views(state, held), self._scene))

    def _dirty(self) -> Dirty:
        with self._store.reading() as state:
            dirty = state.dirty(self._scene.now)
            own = tuple(
                (side, key) for side, local in self._pair.ours.items() for key in local.dirty(state)
            )
        return replace(dirty, items=(*dirty.items, *own))

    def _plan(self, batch: Dirty) -> tuple[Changes, Mapping[int, View]]:
        """Commit a plan; return it with its links as it left them.

        A write to our own side changes links once more, so then they are to be read again.
        """
        with self._store.writing() as state:
            views, strangers = self._gather.dirty(state, batch)
            state.planned(batch)
            changes = self._save(state, plan(views, strangers, self._scene))
        if self._pair.ours:
            return changes, {}
        return changes, as_planned(changes.links, views, strangers)

    def _release(self, *, listed: bool) -> Changes:
        """Judge the deletions that were found, all together."""
        with self._store.reading() as state:
            if not state.holds():
                return Changes()
        listed = listed or any(ingested.listed for ingested in self._report.ingested.values())
        with self._store.writing() as state:
            views = self._gather.views(state, [hold.link_id for hold in state.holds()])
            totals = state.totals(self._scene.now)
            changes = release(views, totals, self._pair.policy, self._scene.now, listed=listed)
            done = self._save(state, changes)
            self._report.held = sum(1 for h in state.holds() if h.state is HoldState.HELD)
        return done

    def _save(self, state: StateT, changes: Changes) -> Changes:
        """Commit a plan; what is due on our own side is done at once, in the same unit."""
        own = [intent for intent in changes.intents if intent.side in self._pair.ours]
        others = tuple(intent for intent in changes.intents if intent.side in self._pair.remotes)
        state.save(replace(changes, intents=others))
        for intent in own:
            self._write_own(state, intent)
        self._report.conflicts += len(changes.conflicts)
        return replace(changes, intents=others)

    def _write_own(self, state: StateT, intent: Intent) -> None:
        side, local = intent.side, self._pair.ours[intent.side]
        link = state.links([intent.link_id])[intent.link_id]
        target = None if intent.op is Op.DELETE else intent.target
        item = local.write(state, link.end(side).key, intent.name, target)
        self._report.written += 1
        if item is None:
            state.save(Changes(dirty=(link.id,)))
            return
        held = self._scene.norms[side].held(leaves(intent.target or {}))
        end = End(key=item.key, uid=item.uid, shadow=units_of(held))
        state.save(Changes(links=(link.with_end(side, end),)))

    def _apply(self, changes: Changes, views: Mapping[int, View]) -> None:
        for outcome in self._applier.send(changes.intents, self._is_cut, views):
            self._note(outcome)

    def _note(self, outcome: Outcome) -> None:
        """Count an outcome; stop the run after several requests in a row without an answer."""
        report = self._report
        if outcome is Outcome.WRITTEN:
            report.written += 1
        elif outcome is Outcome.DROPPED:
            report.dropped += 1
        elif outcome is Outcome.REFUSED:
            report.refused += 1
        else:
            report.unclear += 1
        is_unclear = outcome is Outcome.UNCLEAR
        self._unclear_in_a_row = self._unclear_in_a_row + 1 if is_unclear else 0
        if self._unclear_in_a_row >= MOST_UNCLEAR:
            raise self._applier.last_error or BadAnswer(step="write")

    def _raise_if_deaf(self) -> None:
        report, error = self._report, self._applier.last_error
        if error is not None and not (report.written or report.dropped or report.refused):
            raise error


@dataclass(frozen=True, slots=True)
class SideReplica(Generic[StateT]):
    """One side of a pair's store as a replica's store."""

    store: StateStore[StateT]
    side: Side

    @contextmanager
    def reading(self) -> Iterator[ReplicaState]:
        """Open a unit that only reads."""
        with self.store.reading() as state:
            yield state.replica(self.side)

    @contextmanager
    def writing(self) -> Iterator[ReplicaState]:
        """Open a unit that is committed at its end."""
        with self.store.writing() as state:
            yield state.replica(self.side)


def _batches(dirty: Dirty) -> Iterator[Dirty]:
    """Cut what is dirty into portions of `BATCH`; links first."""
    for links in _portions(dirty.links):
        yield Dirty(links=tuple(links))
    for items in _portions(dirty.items):
        yield Dirty(items=tuple(items))


def _portions(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]
