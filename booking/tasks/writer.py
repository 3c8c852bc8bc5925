"""Keeps a calendar in step with the tasks that are switched on: the TASKS use of the sync engine.

One worker at a time works on a calendar. What a crash left half done is settled by reading before
anything is sent again. Only events that we made are read; the calendar is never listed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.accounts.notices import Cause, Notice, TellHost
from booking.calendars import pair_store
from booking.calendars.connections import ConnectionService
from booking.calendars.link_models import SyncPair
from booking.calendars.pair_store import PairStore
from booking.core.clock import Clock, monotonic
from booking.core.errors import (
    BreakerOpen,
    Conflict,
    ProviderError,
    ReconnectRequired,
    Throttled,
    Unreachable,
)
from booking.core.ids import encode_id, new_id
from booking.db import reading, writing
from booking.sync.engine import Engine, Pair
from booking.sync.policy import TASKS
from booking.sync.ports import Remote, Side
from booking.sync.rows import Changes, Lease
from booking.tasks import ending, looking, store
from booking.tasks.jobs import EVERY
from booking.tasks.remote import TasksRemote
from booking.tasks.replica import CHUNK, TasksSide
from booking.tasks.rows import TaskRows, TaskStore
from booking.tasks.values import Ended

BUDGET_SECONDS = 10.0
_MOST_ROUNDS = 100
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(minutes=10)


class TasksBusy(Conflict):
    """Another worker has this calendar right now."""

    default_message = "Another worker is writing tasks to this calendar."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """One calendar as it stood when a run began; `looked_at`: the last look at our events."""

    pair_id: int
    calendar_id: int
    connection_id: int
    provider: str
    place: str
    zone: str
    failures: int
    looked_at: datetime | None


class TaskWriter:
    """Brings calendars in step with tasks, both ways."""

    def __init__(
        self,
        *,
        connections: ConnectionService,
        clock: Clock,
        base_url: str,
        owner: str,
        tell_host: TellHost,
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._base_url = base_url
        self._owner = owner
        self._tell_host = tell_host

    def run(self, calendar_id: int, *, budget: float = BUDGET_SECONDS) -> bool:
        """Work for `budget` seconds; tell whether all was done.

        Access that was refused ends it calmly: the events stay, the switches go off, the host is
        told once.
        Errors: NotFound; TasksBusy; ProviderError, after it was noted for the host.
        """
        now = self._clock.now()
        with writing() as session:
            target = _target(session, calendar_id, now)
            lease = pair_store.take_lease(session, target.pair_id, self._owner, now)
        if lease is None:
            raise TasksBusy
        try:
            return self._noted(target, lease, budget)
        finally:
            with writing() as session:
                pair_store.release_lease(session, target.pair_id, lease)

    def _noted(self, target: _Target, lease: Lease, budget: float) -> bool:
        try:
            # A breaker's own refusal is no failure of the account: it must not feed the breaker.
            self._connections.wait_until_allowed(target.connection_id)
            is_done = self._work(target, lease, budget)
        except ReconnectRequired:
            self._end(target, lease)
            return True
        except ProviderError as error:
            self._note(target, lease, error)
            raise
        self._note(target, lease, None)
        return is_done

    def _work(self, target: _Target, lease: Lease, budget: float) -> bool:
        try:
            is_done = self._bring_in_step(target, lease, budget)
        except ProviderError as error:
            self._connections.record_failure(target.connection_id, error)
            raise
        self._connections.record_success(target.connection_id)
        return is_done

    def _bring_in_step(self, target: _Target, lease: Lease, budget: float) -> bool:
        now, ends_at = self._clock.now(), monotonic() + budget
        calendars = {Side.RIGHT: target.calendar_id}
        pair = PairStore(pair_id=target.pair_id, calendars=calendars, lease=lease)
        rows = TaskStore(pair=pair, zone=target.zone)
        provider = self._connections.open_provider(target.connection_id)
        remote = TasksRemote(provider, target.place)
        side = TasksSide(
            calendar_id=target.calendar_id,
            provider=target.provider,
            zone=target.zone,
            base_url=self._base_url,
            now=now,
        )
        engine = Engine(
            _pair_of(target, side, remote),
            rows,
            now=now,
            new_id=new_id,
            is_over=lambda: monotonic() >= ends_at,
        )
        engine.settle()
        _take_up_copies(target, remote, rows, now)
        if target.looked_at is None or target.looked_at <= now - EVERY:
            _look(target, engine, remote, rows, now)
        return _work_off(engine, side, rows, now)

    def _end(self, target: _Target, lease: Lease) -> None:
        """Leave the calendar to itself and tell the host, once."""
        now = self._clock.now()
        with writing() as session:
            calendar, connection = store.calendar_of(session, target.calendar_id)
            if ending.end(session, calendar, connection, Ended.REVOKED, now):
                self._tell_host(
                    session,
                    Notice(
                        user_id=connection.user_id,
                        cause=Cause.TASKS_ENDED,
                        about=calendar.name,
                        detail="The account refuses our access. Events of tasks stay as they are "
                        "and are no longer kept in step; the tasks are switched off.",
                        path="/tasks",
                        key=f"tasks-ended:{target.pair_id}:{lease.fence}",
                    ),
                )

    def _note(self, target: _Target, lease: Lease, error: ProviderError | None) -> None:
        now = self._clock.now()
        failures = target.failures + 1 if error else 0
        values = {
            "failures": failures,
            "error": error.code if error else None,
            "reason": error.message if error else "",
            "error_at": now if error else None,
            "retry_at": now + _wait(failures, error) if error else None,
        }
        with writing() as session:
            session.execute(
                update(SyncPair)
                .where(SyncPair.id == target.pair_id, SyncPair.fence == lease.fence)
                .values(**values)
                .execution_options(synchronize_session=False)
            )


def _target(session: Session, calendar_id: int, now: datetime) -> _Target:
    calendar, connection = store.calendar_of(session, calendar_id)
    user = session.get_one(User, connection.user_id)
    pair = pair_store.find_or_make_pair(session, TASKS.name, user.id, calendar_id, now)
    return _Target(
        pair_id=pair.id,
        calendar_id=calendar_id,
        connection_id=connection.id,
        provider=connection.provider,
        place=calendar.remote_key,
        zone=user.time_zone,
        failures=pair.failures,
        looked_at=pair.synced_at,
    )


def _pair_of(target: _Target, side: TasksSide, remote: TasksRemote) -> Pair[TaskRows]:
    remotes: dict[Side, Remote] = {Side.RIGHT: remote}
    return Pair[TaskRows](
        id=target.pair_id,
        policy=TASKS,
        remotes=remotes,
        ours={Side.LEFT: side},
        places={Side.LEFT: ending.LEFT_PLACE, Side.RIGHT: f"calendar:{target.calendar_id}"},
        scoped=frozenset({Side.RIGHT}),
    )


def _take_up_copies(target: _Target, remote: TasksRemote, rows: TaskStore, now: datetime) -> None:
    """Link tasks to the events they left behind when the account was left."""
    with reading() as session:
        tasks = store.unlinked(session, target.calendar_id, target.pair_id, now, CHUNK)
        waiting = [task for task in tasks if task.static_copy is not None]
    if not waiting:
        return
    left = ending.copies_among(waiting, ending.place_of(target.provider, target.place))
    found = {item.key: item for item in remote.fetch(list(left)).items} if left else {}
    with rows.writing() as state:
        for task in waiting:
            row = state.session.merge(task, load=True)
            item = found.get(str(task.static_copy["key"])) if task.static_copy else None
            link = ending.taken_up(task, item, new_id()) if item is not None else None
            row.static_copy = None
            if item is not None and link is not None:
                state.save(Changes(links=(link,), dirty=(link.id,)))
                state.replica(Side.RIGHT).put([item], own=True)


def _look(
    target: _Target,
    engine: Engine[TaskRows],
    remote: TasksRemote,
    rows: TaskStore,
    now: datetime,
) -> None:
    """Read those of our events that changed, or that were not told of, by their addresses."""
    with rows.reading() as state:
        ends = store.right_ends(state.session, target.pair_id)
        due = store.due_times(state.session, [int(left) for left, _ in ends])
        known = state.replica(Side.RIGHT).versions()
    keys = looking.chosen(ends, due, now)
    if keys:
        found = remote.versions(keys, encode_id(target.pair_id))
        engine.look(Side.RIGHT, looking.to_read(keys, found, known))
    with rows.writing() as state:
        state.session.get_one(SyncPair, target.pair_id).synced_at = now


def _work_off(engine: Engine[TaskRows], side: TasksSide, rows: TaskStore, now: datetime) -> bool:
    """Plan and write until nothing is left or the time is over; tell whether nothing is."""
    for _ in range(_MOST_ROUNDS):
        report = engine.work()
        if engine.denied is not None and not report.written:
            raise engine.denied
        if report.unclear:
            raise Unreachable("Some tasks could not be written yet.", step="write")
        if report.is_cut:
            return False
        with rows.reading() as state:
            dirty = state.dirty(now)
            if not (dirty.links or dirty.items or side.dirty(state)):
                return True
    return False


def _wait(failures: int, error: ProviderError) -> timedelta:
    """Return how long to leave a calendar alone: doubling, jittered, never below Retry-After."""
    asked = timedelta(seconds=error.retry_after if isinstance(error, Throttled) else 0)
    if isinstance(error, BreakerOpen):
        return asked + timedelta(seconds=1)
    step = min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(failures - 1, 12)))
    return max(step * random.uniform(0.5, 1.0), asked)  # noqa: S311 - jitter, not a secret
