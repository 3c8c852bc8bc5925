"""Event types: what a host offers, created, changed and shown.

Fields come in under their API names (docs/api.md; ids as integers) and are checked here. What
they mean for slots is left to `booking.availability.rules`; who may call is left to the doors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.availability.ports import Hosts
from booking.core.clock import Clock
from booking.core.errors import Conflict, NotFound, SlugTaken
from booking.core.intake import read_object
from booking.db import reading, writing
from booking.eventtypes import checks, store
from booking.eventtypes.fields import DEFAULTS, FIELDS, NOT_STORED
from booking.eventtypes.models import EventType
from booking.eventtypes.questions import to_questions
from booking.eventtypes.values import EventTypeHost, EventTypeView, Owner

MOST_PER_HOST = 500


class EventTypeService:
    """Reads and changes event types as their owner, and shows them to guests.

    Each unit that writes touches the host first: on PostgreSQL that row lock keeps two changes
    of one host apart.
    """

    def __init__(self, *, clock: Clock, hosts: Hosts) -> None:
        self._clock = clock
        self._hosts = hosts

    def create(self, user_id: int, fields: Mapping[str, Any]) -> EventTypeView:
        """Store a new event type; `title` is required, `slug` is made from it where absent.

        Errors: InvalidInput with a pointer to every fault; SlugTaken.
        """
        values = {**DEFAULTS, **read_object(FIELDS, fields)}
        checks.check_durations(values["duration_minutes"], values["durations_minutes"], fields)
        with writing() as session:
            self._hosts.touch(session, user_id)
            checks.check_references(session, user_id, values)
            _check_room(store.count_of(session, user_id))
            taken = store.slugs_of(session, user_id)
            values.setdefault("slug", checks.free_slug(values["title"], taken))
            _check_slug(values["slug"], taken)
            row = EventType(user_id=user_id, created_at=self._clock.now(), **_columns(values))
            session.add(row)
            session.flush()
            return to_view(store.get_readable(session, user_id, row.id))

    def change(self, user_id: int, event_type_id: int, fields: Mapping[str, Any]) -> EventTypeView:
        """Change the given fields alone; null clears those that may be empty.

        Errors: InvalidInput; SlugTaken; NotFound where it is unknown or another's.
        """
        values = read_object(FIELDS, fields, change=True)
        with writing() as session:
            self._hosts.touch(session, user_id)
            row, _owner = store.get_readable(session, user_id, event_type_id)
            checks.check_references(session, user_id, values)
            if "slug" in values:
                _check_slug(
                    values["slug"], store.slugs_of(session, user_id, except_id=event_type_id)
                )
            for name, value in _columns(values).items():
                setattr(row, name, value)
            checks.check_durations(row.duration_minutes, row.durations_minutes, values)
            session.flush()
            return to_view(store.get_readable(session, user_id, event_type_id))

    def delete(self, user_id: int, event_type_id: int) -> None:
        """Take an event type off the page; bookings made with it stand.

        Errors: NotFound where it is unknown or another's.
        """
        with writing() as session:
            self._hosts.touch(session, user_id)
            row, _owner = store.get_readable(session, user_id, event_type_id)
            store.drop(session, row.id)

    def get(self, user_id: int, event_type_id: int) -> EventTypeView:
        """Return one of the host's event types.

        Errors: NotFound where it is unknown or another's.
        """
        with reading() as session:
            return to_view(store.get_readable(session, user_id, event_type_id))

    def list(
        self, user_id: int, *, after: int = 0, limit: int | None = None
    ) -> tuple[EventTypeView, ...]:
        """Return the host's event types, the oldest first, from the one after id `after` on."""
        with reading() as session:
            pairs = store.event_types_of(session, user_id, after=after, limit=limit)
            return tuple(to_view(pair) for pair in pairs)

    def public(self, username: str, slug: str) -> EventTypeView:
        """Return what stands at a public address, hidden event types included.

        Errors: NotFound.
        """
        with reading() as session:
            return to_view(store.get_named(session, username.lower(), slug.lower()))

    def public_by_id(self, event_type_id: int) -> EventTypeView:
        """Return an event type that guests may book.

        Errors: NotFound.
        """
        with reading() as session:
            return to_view(store.get_bookable(session, event_type_id))

    def public_id(self, username: str, slug: str) -> int:
        """Return the id of what stands at a public address, and nothing else of it.

        Errors: NotFound.
        """
        with reading() as session:
            return store.get_named_id(session, username.lower(), slug.lower())

    def public_list(self, username: str) -> tuple[EventTypeView, ...]:
        """Return what a host shows to the public, without hidden event types.

        Errors: NotFound where there is no such host.
        """
        with reading() as session:
            pairs = store.listed_of(session, username.lower())
            if not pairs and not self._exists(session, username.lower()):
                raise NotFound("There is no such host.")
            return tuple(to_view(pair) for pair in pairs)

    def _exists(self, session: Session, username: str) -> bool:
        user_id = self._hosts.find(session, username)
        return (
            user_id is not None and username in self._hosts.usernames(session, [user_id]).values()
        )


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in NOT_STORED}


def _check_slug(slug: str, taken: set[str]) -> None:
    if slug in taken:
        raise SlugTaken


def _check_room(present: int) -> None:
    if present >= MOST_PER_HOST:
        raise Conflict(f"There are {MOST_PER_HOST} event types already. Delete some first.")


_PLAIN = tuple(
    name for name in DEFAULTS if name not in {"durations_minutes", "questions", "reminders_minutes"}
)


def to_view(pair: tuple[EventType, User]) -> EventTypeView:
    """Return the value of a row with its host."""
    row, user = pair
    durations = row.durations_minutes
    return EventTypeView(
        id=row.id,
        owner=Owner(
            user_id=user.id, username=user.username, name=user.name, time_zone=user.time_zone
        ),
        slug=row.slug,
        title=row.title,
        durations_minutes=None if durations is None else tuple(durations),
        questions=to_questions(row.questions),
        reminders_minutes=tuple(row.reminders_minutes),
        hosts=(EventTypeHost(user_id=user.id),),
        resources=(),
        created_at=row.created_at,
        **{name: getattr(row, name) for name in _PLAIN},
    )
