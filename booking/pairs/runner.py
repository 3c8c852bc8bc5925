"""Runs one pair of calendars: the MIRROR use of the sync engine.

A run reads both calendars into their shared replicas, plans what differs, and carries it out under
the leases of the pair and of both calendars. A failed reading plans nothing. Runs are bounded in
time: what is left is gone on with by the next one, and readers of the calendars get their turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from booking.accounts.announcements import Announce, announce_to_nobody
from booking.accounts.notices import TellHost, tell_nobody
from booking.calendars.connections import ConnectionService
from booking.calendars.link_models import PairStatus
from booking.calendars.mirror_store import MirrorRows, MirrorStore, mirror_store
from booking.calendars.pair_dirty import seed
from booking.calendars.refresh import Busy, Refresher
from booking.calendars.sync_models import Cursor
from booking.core.clock import Clock, monotonic
from booking.core.errors import Conflict, ProviderError
from booking.core.ids import new_id
from booking.db import reading, writing
from booking.pairs import outcome, store
from booking.pairs.ending import forget, remove_copies
from booking.pairs.foreseen import preview_of
from booking.pairs.leases import Leases
from booking.pairs.sides import Target, open_remotes, target_of
from booking.pairs.values import Preview, SyncReport
from booking.sync.engine import Engine, Pair, Report
from booking.sync.ports import SIDES, Remote, Side
from booking.sync.rows import Lease, Op
from booking.sync.scene import Scene

_T = TypeVar("_T")
_BUDGET_SECONDS = 20.0
_PATIENCE_SECONDS = 5.0


class PairPaused(Conflict):
    """Its owner paused the pair, so nothing is done."""

    default_message = "This pair is paused. Resume it first."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What one run has in hand."""

    target: Target
    lease: Lease
    leases: Leases
    budget: float

    def timer(self) -> Callable[[], bool]:
        """Return what tells that the seconds for writing, counted from now, are over."""
        ends_at = monotonic() + self.budget
        return lambda: monotonic() >= ends_at


class PairRunner:
    """Syncs pairs, one worker at a time each."""

    def __init__(
        self,
        *,
        connections: ConnectionService,
        refresher: Refresher,
        clock: Clock,
        owner: str,
        tell_host: TellHost = tell_nobody,
        announce: Announce = announce_to_nobody,
    ) -> None:
        self._audience = outcome.Audience(tell_host=tell_host, announce=announce)
        self._connections = connections
        self._refresher = refresher
        self._clock = clock
        self._owner = owner

    def run(
        self,
        pair_id: int,
        *,
        full: bool = False,
        budget: float = _BUDGET_SECONDS,
        patience: float = _PATIENCE_SECONDS,
    ) -> SyncReport:
        """Bring both calendars in step; `full` reads every item anew.

        `budget` and `patience`: seconds to work, and to wait for another worker.
        Errors: NotFound; PairBusy; PairPaused; ProviderError, after it was noted at the pair.
        """
        with self._leased(pair_id, budget, patience) as run:
            if run.target.is_paused and run.target.status != PairStatus.ENDING:
                raise PairPaused
            return self._noted(run, lambda: self._sync(run, full=full))

    def confirm(self, pair_id: int, *, budget: float = _BUDGET_SECONDS) -> SyncReport:
        """Let the deletions that the brake held go on, and sync. Errors: as for `run`."""
        return self._judged(pair_id, budget, lambda engine: engine.approve())

    def reject(self, pair_id: int, *, budget: float = _BUDGET_SECONDS) -> SyncReport:
        """Undo the deletions that the brake held, and sync. Errors: as for `run`."""
        return self._judged(pair_id, budget, lambda engine: engine.reject())

    def _judged(
        self, pair_id: int, budget: float, judge: Callable[[Engine[MirrorRows]], None]
    ) -> SyncReport:
        with self._leased(pair_id, budget, _PATIENCE_SECONDS) as run:
            if run.target.is_paused:
                raise PairPaused
            with self._engine(run) as (engine, _):
                judge(engine)
            return self._noted(run, lambda: self._sync(run, full=False))

    def preview(self, pair_id: int) -> Preview:
        """Read both calendars and tell what a run would do; nothing is written to them.

        Errors: NotFound; PairBusy; ProviderError, after it was noted at the pair.
        """
        with self._leased(pair_id, _BUDGET_SECONDS, _PATIENCE_SECONDS) as run:
            listed = self._noted(run, lambda: self._take_in(run, full=False), is_sync=False)
            with self._engine(run) as (engine, rows):
                places = {side: end.calendar_id for side, end in run.target.ends.items()}
                return preview_of(engine.preview(listed=listed), places, rows)

    @contextmanager
    def at_hand(self, pair_id: int) -> Iterator[tuple[MirrorRows, Scene]]:
        """Open a unit that changes a pair's rows while no run does. Errors: NotFound; PairBusy."""
        with self._leased(pair_id, _BUDGET_SECONDS, _PATIENCE_SECONDS) as run:
            scene = Scene(
                pair_id=pair_id,
                policy=run.target.policy,
                norms={},
                places=run.target.places,
                now=self._clock.now(),
                new_id=new_id,
            )
            with mirror_store(pair_id, run.lease, {}).writing() as state:
                yield state, scene

    def _sync(self, run: _Run, *, full: bool) -> SyncReport:
        target = run.target
        if target.status == PairStatus.ENDING:
            return self._end(run)
        if target.status == PairStatus.STOPPED:
            with writing() as session:
                store.try_denied_again(session, target.pair_id, self._clock.now())
        settled = self._settle(run)
        listed = self._take_in(run, full=full)
        with reading() as session:
            if not store.has_work(session, target.pair_id, self._clock.now()):
                return outcome.reported(target, Report(), settled)
        with self._engine(run) as (engine, rows):
            report = self._worked(run, engine, lambda: engine.work(listed=listed))
            if engine.denied is not None and not report.written:
                raise engine.denied
        with reading() as session:
            report.is_cut = report.is_cut or store.has_intents(session, target.pair_id)
        return outcome.reported(target, report, settled + rows.counts)

    def _end(self, run: _Run) -> SyncReport:
        """Remove the copies of a pair that ends, then the pair."""
        with self._store(run) as rows:
            remotes: Mapping[Side, Remote] = open_remotes(self._connections, run.target)
            is_done = remove_copies(rows, remotes, run.timer())
        if is_done:
            with writing() as session:
                pair = store.find_pair(session, run.target.pair_id)
                if pair is not None:
                    forget(session, pair)
        return outcome.reported(run.target, Report(is_cut=not is_done), rows.counts)

    def _settle(self, run: _Run) -> Counter[tuple[Side, Op]]:
        """Find out what became of writes whose answer was lost, before anything is read."""
        with reading() as session:
            if not store.has_intents(session, run.target.pair_id):
                return Counter()
        for end in run.target.ends.values():
            self._connections.refuse_revoked(end.connection_id)
        with self._engine(run) as (engine, rows):
            self._worked(run, engine, engine.settle)
        return rows.counts

    def _take_in(self, run: _Run, *, full: bool) -> bool:
        """Read both calendars; tell whether one was listed as a whole since the last run."""
        self._read_both(run, full=full)
        target = run.target
        if target.seeded_at is None:
            with writing() as session:
                pair = store.find_pair(session, target.pair_id)
                if pair is not None:
                    seed(session, pair, self._clock.now())
        with reading() as session:
            ids = [end.calendar_id for end in target.ends.values()]
            books = [session.get(Cursor, calendar_id) for calendar_id in ids]
        since = target.synced_at
        return any(
            book is not None
            and book.full_at is not None
            and (since is None or book.full_at > since)
            for book in books
        )

    def _read_both(self, run: _Run, *, full: bool) -> None:
        """Ask both calendars: at once, or in turn where one account has both (docs/adr/0022).

        Errors: a failure of either; of two that are asked at once, when both have answered.
        """
        if run.target.is_one_account:
            for side in SIDES:
                self._read(run, side, full=full)
            return
        with ThreadPoolExecutor(1, thread_name_prefix="right-side") as crew:
            right = crew.submit(copy_context().run, lambda: self._read(run, Side.RIGHT, full=full))
            self._read(run, Side.LEFT, full=full)
            right.result()

    def _read(self, run: _Run, side: Side, *, full: bool) -> None:
        while True:
            try:
                self._refresher.refresh(run.target.ends[side].calendar_id, full=full)
            except Busy:
                run.leases.wait_or_give_up()
            else:
                return

    def _worked(self, run: _Run, engine: Engine[MirrorRows], work: Callable[[], _T]) -> _T:
        """Work, and tell the account that failed of its failure."""
        try:
            return work()
        except ProviderError as error:
            if engine.last_side is not None:
                end = run.target.ends[engine.last_side]
                self._connections.record_failure(end.connection_id, error)
            raise

    def _noted(self, run: _Run, work: Callable[[], _T], *, is_sync: bool = True) -> _T:
        """Work, and write down at the pair how that went."""
        try:
            done = work()
        except ProviderError as error:
            now = self._clock.now()
            outcome.note_failure(run.target, run.lease, error, now, self._audience)
            raise
        if isinstance(done, SyncReport) and is_sync:
            now = self._clock.now()
            outcome.note_success(run.target, run.lease, done, now, self._audience)
        return done

    @contextmanager
    def _leased(self, pair_id: int, budget: float, patience: float) -> Iterator[_Run]:
        started = monotonic()
        leases = Leases(owner=self._owner, clock=self._clock, patience_until=started + patience)
        with reading() as session:
            target_of(session, pair_id)
        with leases.of_pair(pair_id) as lease:
            with reading() as session:
                target = target_of(session, pair_id)
            yield _Run(target=target, lease=lease, leases=leases, budget=budget)

    @contextmanager
    def _store(self, run: _Run) -> Iterator[MirrorStore]:
        with run.leases.of_calendars(run.target) as held:
            replicas = {
                side: self._refresher.replica(
                    end.calendar_id, held[side], pair_id=run.target.pair_id
                )
                for side, end in run.target.ends.items()
            }
            yield mirror_store(run.target.pair_id, run.lease, replicas)

    @contextmanager
    def _engine(self, run: _Run) -> Iterator[tuple[Engine[MirrorRows], MirrorStore]]:
        with self._store(run) as rows:
            remotes: Mapping[Side, Remote] = open_remotes(
                self._connections, run.target, updates_due=rows.updates_due
            )
            pair = Pair[MirrorRows](
                id=run.target.pair_id,
                policy=run.target.policy,
                remotes=remotes,
                places=run.target.places,
                is_first=run.target.paired_at is None,
            )
            now: datetime = self._clock.now()
            yield Engine(pair, rows, now=now, new_id=new_id, is_over=run.timer()), rows
