"""Pairs of calendars: made, shown, changed, ended. Running them is left to `runner`.

Calendars that are to be made at a provider are made last, when nothing else can be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from booking.calendars import store as calendars
from booking.calendars.connections import ConnectionService, no_new_calendars
from booking.calendars.link_models import PairStatus, SyncPair
from booking.calendars.models import Calendar
from booking.calendars.record_rows import forget_old
from booking.core.clock import Clock
from booking.core.errors import Conflict, InvalidInput, ProviderError
from booking.core.ids import new_id
from booking.db import lock_subjects, reading, writing
from booking.pairs import checks, restoring, store, views
from booking.pairs.ending import forget
from booking.pairs.jobs import ask_sync
from booking.pairs.leases import PairBusy
from booking.pairs.runner import PairRunner
from booking.pairs.values import (
    EndChoice,
    HistoryEntry,
    PairView,
    Preview,
    SyncReport,
    TrashEntry,
    WaitingItem,
)
from booking.sync.policy import MIRROR, Direction
from booking.sync.ports import SIDES, Side

_PAIRS = 3  # the namespace of advisory locks on a user's pairs
_MOST_WAITING = 100


class PairService:
    """Pairs of a user, always asked for by their owner.

    `most`: how many pairs one connection may have, None for any number.
    """

    def __init__(
        self,
        *,
        connections: ConnectionService,
        runner: PairRunner,
        clock: Clock,
        most: int | None,
    ) -> None:
        self._connections = connections
        self._runner = runner
        self._clock = clock
        self._most = most

    def create(
        self,
        user_id: int,
        choices: Mapping[Side, EndChoice],
        *,
        direction: str,
        title_mask: str | None = None,
        is_paused: bool = False,
    ) -> PairView:
        """Store a pair, make the calendars it needs, and have it synced unless it is paused.

        Errors: InvalidInput with a pointer; NotFound for a foreign calendar or connection;
        Conflict for a pair that exists, or too many; Unsupported where a server makes no
        calendars; ProviderError.
        """
        way = checks.direction_of(direction)
        mask = checks.mask_of(title_mask, way)
        with reading() as session:
            self._check(session, user_id, choices, way)
        ids = {side: self._calendar(user_id, choice) for side, choice in choices.items()}
        with writing() as session:
            lock_subjects(session, _PAIRS, [user_id])
            chosen = {side: EndChoice(pointer=f"/{side}", calendar_id=ids[side]) for side in SIDES}
            self._check(session, user_id, chosen, way)
            pair = SyncPair(
                id=new_id(),
                policy=MIRROR.name,
                user_id=user_id,
                left_calendar_id=ids[Side.LEFT],
                right_calendar_id=ids[Side.RIGHT],
                direction=way.value,
                title_mask=mask,
                is_paused=is_paused,
                created_at=self._clock.now(),
            )
            session.add(pair)
            session.flush()
            self._ask(session, pair)
            return views.pair_view(session, pair)

    def list(self, user_id: int) -> tuple[PairView, ...]:
        """Return a user's pairs, the oldest first."""
        with reading() as session:
            return tuple(views.pair_view(session, row) for row in store.pairs_of(session, user_id))

    def get(self, user_id: int, pair_id: int) -> PairView:
        """Return one of the user's pairs. Errors: NotFound."""
        with reading() as session:
            return views.pair_view(session, store.get_pair(session, user_id, pair_id))

    def waiting(self, user_id: int, pair_id: int) -> tuple[WaitingItem, ...]:
        """Return items that are left out for now, and why. Errors: NotFound."""
        with reading() as session:
            store.get_pair(session, user_id, pair_id)
            found = store.waiting_links(session, pair_id, _MOST_WAITING)
            return tuple(views.waiting_item(row) for row in found)

    def change(
        self,
        user_id: int,
        pair_id: int,
        *,
        direction: str | None = None,
        is_paused: bool | None = None,
    ) -> PairView:
        """Change the direction, pause or resume.

        A new direction has everything looked at again; whatever no longer fits it is put back.
        Errors: NotFound; InvalidInput for a calendar that may only be read; Conflict for a pair
        that is being ended, or whose titles are hidden and which would go both ways.
        """
        with writing() as session:
            pair = store.get_pair(session, user_id, pair_id)
            _refuse_ending(pair)
            if direction is not None:
                self._turn(session, user_id, pair, checks.direction_of(direction))
            if is_paused is not None:
                pair.is_paused = is_paused
                _start_afresh(pair)
            session.flush()
            self._ask(session, pair)
            return views.pair_view(session, pair)

    def delete(self, user_id: int, pair_id: int, *, remove_copies: bool) -> bool:
        """End a pair; tell whether it is gone already.

        Copies stay as they are, or (`remove_copies`) are removed: those that nobody edited since
        the last sync. What a few seconds do not suffice for is gone on with in the background.
        Originals are left alone in any case.
        Errors: NotFound.
        """
        with writing() as session:
            pair = store.get_pair(session, user_id, pair_id)
            if not remove_copies:
                forget(session, pair)
                return True
            pair.status = PairStatus.ENDING
            pair.retry_at = None
            session.flush()
            ask_sync(session, pair.id, now=self._clock.now())
        try:
            return self._runner.run(pair_id).finished
        except (ProviderError, PairBusy):
            return False  # the background goes on with it

    def sync(self, user_id: int, pair_id: int, *, full: bool = False) -> SyncReport:
        """Bring both calendars in step now, as far as a few seconds suffice.

        Errors: NotFound; Conflict while it is paused or being synced; ProviderError.
        """
        self.get(user_id, pair_id)
        report = self._runner.run(pair_id, full=full)
        self._go_on(report)
        return report

    def confirm(self, user_id: int, pair_id: int) -> SyncReport:
        """Approve the deletions that wait, and sync. Errors: as for `sync`."""
        self.get(user_id, pair_id)
        report = self._runner.confirm(pair_id)
        self._go_on(report)
        return report

    def reject(self, user_id: int, pair_id: int) -> SyncReport:
        """Undo the deletions that wait, and sync.

        What was deleted is made again; where that side is only read, what is left on the other one
        stays there as an event of its own. Errors: as for `sync`.
        """
        self.get(user_id, pair_id)
        report = self._runner.reject(pair_id)
        self._go_on(report)
        return report

    def retry(self, user_id: int, pair_id: int, item_id: int) -> WaitingItem:
        """Have an event that is left out tried again, with the next sync.

        A copy that was deleted by hand, and left alone since, is made again.
        Errors: NotFound where it is not left out (any more); PairBusy.
        """
        now = self._begin_restoring(user_id, pair_id)
        with self._runner.at_hand(pair_id) as (state, _):
            told = restoring.left_out(state, pair_id, item_id)
            ask_sync(state.session, pair_id, now=now)
            return told

    def preview(self, user_id: int, pair_id: int) -> Preview:
        """Tell what a sync would do. Errors: NotFound; PairBusy; ProviderError."""
        self.get(user_id, pair_id)
        return self._runner.preview(pair_id)

    def history(
        self, user_id: int, pair_id: int, *, before: int | None, limit: int
    ) -> tuple[HistoryEntry, ...]:
        """Return what happened, the newest first. Errors: NotFound."""
        with reading() as session:
            store.get_pair(session, user_id, pair_id)
            kinds = ("deed", "conflict")
            found = store.records_of(session, pair_id, kinds, before, limit)
            return views.history_of(session, found)

    def trash(
        self, user_id: int, pair_id: int, *, before: int | None, limit: int
    ) -> tuple[TrashEntry, ...]:
        """Return what was removed, the newest first. Errors: NotFound."""
        with reading() as session:
            store.get_pair(session, user_id, pair_id)
            found = store.records_of(session, pair_id, ("trash",), before, limit)
            return tuple(views.trash_entry(row) for row in found)

    def restore_item(self, user_id: int, pair_id: int, record_id: int) -> TrashEntry:
        """Bring a removed item back, with the next sync.

        Errors: NotFound; PairBusy; Conflict where it was restored already.
        """
        now = self._begin_restoring(user_id, pair_id)
        with self._runner.at_hand(pair_id) as (state, scene):
            row = restoring.item(state, scene, record_id, now)
            ask_sync(state.session, pair_id, now=now)
            return views.trash_entry(row)

    def restore_value(self, user_id: int, pair_id: int, record_id: int) -> HistoryEntry:
        """Bring a value back that gave way in a conflict, with the next sync.

        Errors: NotFound; PairBusy; Conflict where it was restored already, or its item is gone.
        """
        now = self._begin_restoring(user_id, pair_id)
        with self._runner.at_hand(pair_id) as (state, _):
            row = restoring.value(state, pair_id, record_id, now)
            ask_sync(state.session, pair_id, now=now)
            return views.history_of(state.session, [row])[0]

    def ask_due(self) -> int:
        """Have the pairs synced whose time has come; return how many."""
        now = self._clock.now()
        with reading() as session:
            due = store.due_pairs(session, now)
        for pair_id in due:
            with writing() as session:
                ask_sync(session, pair_id, now=now)
        return len(due)

    def forget_old(self) -> int:
        """Drop history and trash older than thirty days; return how much."""
        with writing() as session:
            return forget_old(session, MIRROR.name, self._clock.now())

    def _begin_restoring(self, user_id: int, pair_id: int) -> datetime:
        with reading() as session:
            _refuse_ending(store.get_pair(session, user_id, pair_id))
        return self._clock.now()

    def _check(
        self,
        session: Session,
        user_id: int,
        choices: Mapping[Side, EndChoice],
        direction: Direction,
    ) -> None:
        found = {side: _existing(session, user_id, choices[side]) for side in SIDES}
        checks.check_sides(found, direction)
        for side in SIDES:
            calendar, choice = found[side], choices[side]
            connection_id = calendar.connection_id if calendar else choice.connection_id or 0
            connection = calendars.get_connection(session, user_id, connection_id)
            checks.check_room(session, connection, self._most)
        left, right = found[Side.LEFT], found[Side.RIGHT]
        if left is not None and right is not None:
            checks.check_new(session, left.id, right.id)

    def _calendar(self, user_id: int, choice: EndChoice) -> int:
        """Return the chosen calendar, made at its provider where it does not exist yet."""
        if choice.calendar_id is not None:
            return choice.calendar_id
        if choice.connection_id is None:
            raise InvalidInput.at(choice.pointer, "Name a calendar, or where to make one.")
        made = self._connections.create_calendar(
            user_id, choice.connection_id, choice.name, choice.color
        )
        return made.id

    def _turn(self, session: Session, user_id: int, pair: SyncPair, direction: Direction) -> None:
        if direction is Direction.BOTH and pair.title_mask is not None:
            raise Conflict("This pair hides titles, so it goes one way only.")
        checks.check_sides(
            {
                Side.LEFT: calendars.get_calendar(session, user_id, pair.left_calendar_id or 0),
                Side.RIGHT: calendars.get_calendar(session, user_id, pair.right_calendar_id or 0),
            },
            direction,
        )
        if pair.direction != direction.value:
            pair.direction = direction.value
            pair.seeded_at = pair.paired_at = None
            _start_afresh(pair)

    def _ask(self, session: Session, pair: SyncPair) -> None:
        if not pair.is_paused:
            ask_sync(session, pair.id, now=self._clock.now())

    def _go_on(self, report: SyncReport) -> None:
        if not report.finished:
            with writing() as session:
                ask_sync(session, report.pair_id, now=self._clock.now())


def _existing(session: Session, user_id: int, choice: EndChoice) -> Calendar | None:
    """Return the chosen calendar; None for one that is to be made.

    Errors: NotFound; Unsupported where it cannot be made.
    """
    if choice.calendar_id is not None:
        return calendars.get_calendar(session, user_id, choice.calendar_id)
    connection = calendars.get_connection(session, user_id, choice.connection_id or 0)
    if not connection.details.get("can_create_calendar"):
        raise no_new_calendars(connection.provider)
    return None


def _start_afresh(pair: SyncPair) -> None:
    """Have the pair tried at once, whatever it met before."""
    pair.retry_at = None
    pair.failures = 0
    if pair.status == PairStatus.STOPPED:
        pair.reason, pair.error = "", None


def _refuse_ending(pair: SyncPair) -> None:
    if pair.status == PairStatus.ENDING:
        raise Conflict("This pair is being deleted.")
