"""Which calendars block time, and which one receives bookings.

Every change raises the host's slots version, so that no cached list of slots outlives it. What the
calendars contain is left to `refresh` and the busy store.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from booking.accounts.hosts import AccountHosts
from booking.calendars import store
from booking.calendars.connection_rows import calendar_view
from booking.calendars.models import Calendar, SelectedCalendar
from booking.calendars.refresh_jobs import ask_refresh
from booking.calendars.values import BlockingCalendar, CalendarView, SelectionView
from booking.core.clock import Clock
from booking.core.errors import InvalidInput, NotFound
from booking.core.ids import new_id
from booking.db import lock_subjects, reading, writing

_HOSTS = AccountHosts()
_SELECTIONS = 2  # the namespace of advisory locks on a user's selections


class SelectionService:
    """What hosts chose; foreign calendars and event types are not found.

    `owns_event_type(session, user_id, event_type_id)` answers for the room above.
    `forget_busy(session, calendar_id)` drops the cached events of a calendar nobody uses any more.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        owns_event_type: Callable[[Session, int, int], bool],
        forget_busy: Callable[[Session, int], None],
    ) -> None:
        self._clock = clock
        self._owns_event_type = owns_event_type
        self._forget_busy = forget_busy

    def list(self, user_id: int) -> tuple[SelectionView, ...]:
        """Return everything a user selected, the oldest first."""
        with reading() as session:
            return tuple(_view(row) for row in store.selections_of(session, user_id))

    def get(self, user_id: int, selection_id: int) -> SelectionView:
        """Return one selection.

        Errors: NotFound.
        """
        with reading() as session:
            return _view(store.get_selection(session, user_id, selection_id))

    def select(
        self,
        user_id: int,
        calendar_id: int,
        event_type_id: int | None = None,
        tentative_blocks: bool = False,
    ) -> SelectionView:
        """Let a calendar's events block all event types, or one; again changes its switch only.

        Errors: NotFound for a foreign calendar or event type; InvalidInput for a gone calendar.
        """
        with writing() as session:
            lock_subjects(session, _SELECTIONS, [user_id])
            _refuse_gone(store.get_calendar(session, user_id, calendar_id))
            self._check_event_type(session, user_id, event_type_id)
            row = store.find_selection(session, calendar_id, event_type_id)
            if row is None:
                row = self._new_row(user_id, calendar_id, event_type_id)
                session.add(row)
            row.tentative_blocks = tentative_blocks
            session.flush()
            self._changed(session, user_id, calendar_id)
            return _view(row)

    def change(self, user_id: int, selection_id: int, tentative_blocks: bool) -> SelectionView:
        """Say whether tentative events of a selected calendar block.

        Errors: NotFound.
        """
        with writing() as session:
            row = store.get_selection(session, user_id, selection_id)
            row.tentative_blocks = tentative_blocks
            session.flush()
            self._changed(session, user_id, row.calendar_id)
            return _view(row)

    def unselect(self, user_id: int, selection_id: int) -> None:
        """Stop a calendar's events from blocking; nobody else's use of it is touched.

        Errors: NotFound.
        """
        with writing() as session:
            row = store.get_selection(session, user_id, selection_id)
            session.delete(row)
            session.flush()
            if not store.is_selected(session, row.calendar_id):
                self._forget_busy(session, row.calendar_id)
            _HOSTS.touch(session, user_id)

    def destination(self, user_id: int) -> CalendarView | None:
        """Return the calendar that receives bookings, None where there is none."""
        with reading() as session:
            row = store.find_destination(session, user_id)
            if row is None:
                return None
            calendar = store.get_calendar(session, user_id, row.calendar_id)
            selection = store.find_selection(session, calendar.id, None)
            return calendar_view(calendar, selection=selection, is_destination=True)

    def set_destination(self, user_id: int, calendar_id: int) -> CalendarView:
        """Let new bookings go to this calendar; those written before stay where they are.

        Errors: NotFound; InvalidInput for a calendar that cannot be written or is gone.
        """
        with writing() as session:
            lock_subjects(session, _SELECTIONS, [user_id])
            calendar = store.get_calendar(session, user_id, calendar_id)
            check_destination(calendar)
            store.put_destination(session, user_id, calendar_id)
            _HOSTS.touch(session, user_id)
            selection = store.find_selection(session, calendar.id, None)
            return calendar_view(calendar, selection=selection, is_destination=True)

    def clear_destination(self, user_id: int) -> None:
        """Write new bookings to no calendar; clearing twice is no error."""
        with writing() as session:
            store.drop_destination(session, user_id)
            _HOSTS.touch(session, user_id)

    def _check_event_type(self, session: Session, user_id: int, event_type_id: int | None) -> None:
        if event_type_id is not None and not self._owns_event_type(session, user_id, event_type_id):
            raise NotFound("There is no such event type.")

    def _new_row(
        self, user_id: int, calendar_id: int, event_type_id: int | None
    ) -> SelectedCalendar:
        return SelectedCalendar(
            id=new_id(),
            user_id=user_id,
            calendar_id=calendar_id,
            event_type_id=event_type_id,
            created_at=self._clock.now(),
        )

    def _changed(self, session: Session, user_id: int, calendar_id: int) -> None:
        _HOSTS.touch(session, user_id)
        ask_refresh(session, calendar_id, now=self._clock.now())


def calendars_for(
    session: Session, user_id: int, event_type_id: int | None = None
) -> tuple[BlockingCalendar, ...]:
    """Return the calendars that block: an event type's own list, or (None) the user's.

    A calendar that is gone from its provider is still named: its age makes it stale, and unknown
    is never free.
    """
    return tuple(
        BlockingCalendar(calendar_id=row.calendar_id, tentative_blocks=row.tentative_blocks)
        for row in store.selections_for(session, user_id, event_type_id)
    )


def destination_for(session: Session, user_id: int, preferred: int | None = None) -> int | None:
    """Return the calendar that receives a booking: the event type's over the user's."""
    if preferred is not None:
        return preferred
    row = store.find_destination(session, user_id)
    return row.calendar_id if row else None


def check_destination(calendar: Calendar) -> None:
    """Refuse a calendar that cannot receive bookings.

    Errors: InvalidInput at `/calendar_id`, with what to do instead.
    """
    _refuse_gone(calendar)
    if calendar.read_only:
        raise InvalidInput.at(
            "/calendar_id",
            "This calendar can only be read with these credentials, so bookings cannot be "
            "written to it. Choose another one, or ask its owner for the right to write.",
        )


def _refuse_gone(calendar: Calendar) -> None:
    if calendar.gone_at is not None:
        raise InvalidInput.at(
            "/calendar_id",
            "This calendar is no longer at its server. Choose another one, or press Refresh if "
            "it is back.",
        )


def _view(row: SelectedCalendar) -> SelectionView:
    return SelectionView(
        id=row.id,
        calendar_id=row.calendar_id,
        event_type_id=row.event_type_id,
        tentative_blocks=row.tentative_blocks,
    )
