"""Event types: what a host offers, created, changed and shown.

Fields come in under their API names (docs/api.md; ids as integers) and are checked here. What
they mean for slots is left to `booking.availability.rules`; who may call is left to the doors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from booking.availability.ports import Hosts
from booking.core.clock import Clock
from booking.core.errors import Conflict, Forbidden, InvalidInput, NotFound, SlugTaken
from booking.core.ids import free_slug, slug_stem
from booking.core.intake import read_object
from booking.db import reading, writing
from booking.eventtypes import checks, staff, store
from booking.eventtypes.checks import Plan
from booking.eventtypes.fields import DEFAULTS, FIELDS, NOT_STORED
from booking.eventtypes.jobs import ask_replan
from booking.eventtypes.models import EventType, EventTypeHostRow
from booking.eventtypes.questions import to_questions
from booking.eventtypes.store import Pair
from booking.eventtypes.values import EventTypeView, Owner
from booking.teams import store as teams
from booking.teams.values import OPEN_SIGN_UP

MOST_PER_PAGE = 500


class EventTypeService:
    """Reads and changes event types as their owner or as who runs their team; shows them to guests.

    A change takes locks on the event type and on the page where its name must be unique, then
    voids what was remembered of the slots of all of its hosts, old and new.
    `signup` is the setting of that name: only where not everybody can have an account, all users
    are colleagues who may name each other as hosts. `can_mail`: a mail server is set.
    """

    def __init__(self, *, clock: Clock, hosts: Hosts, signup: str, can_mail: bool = False) -> None:
        self._clock = clock
        self._can_mail = can_mail
        self._hosts = hosts
        self._are_colleagues = signup != OPEN_SIGN_UP

    def create(self, user_id: int, fields: Mapping[str, Any]) -> EventTypeView:
        """Store a new event type; `title` is required, `slug` is made from it where absent.

        Errors: InvalidInput with a pointer to every fault; SlugTaken.
        """
        given = read_object(FIELDS, fields)
        self._check_mail(given)
        values = {**DEFAULTS, **given}
        checks.check_durations(values["duration_minutes"], values["durations_minutes"], fields)
        plan = staff.plan_new(user_id, values, given)
        with writing() as session:
            _lock_pages(session, user_id, plan.team_id)
            checks.check_plan(session, replace(plan, are_colleagues=self._are_colleagues))
            _check_room(store.count_of(session, user_id, plan.team_id))
            taken = store.slugs_of(session, user_id, plan.team_id)
            values.setdefault("slug", free_slug(slug_stem(values["title"], "meeting"), taken))
            _check_slug(values["slug"], taken)
            row = EventType(user_id=user_id, created_at=self._clock.now(), **_columns(values))
            session.add(row)
            session.flush()
            staff.put(session, row, plan, row.created_at)
            self._touch(session, plan)
            return _view(session, store.get_readable(session, user_id, row.id))

    def change(self, user_id: int, event_type_id: int, fields: Mapping[str, Any]) -> EventTypeView:
        """Change the given fields alone; null clears those that may be empty.

        Errors: InvalidInput; SlugTaken; NotFound where it is unknown or another's; Forbidden for
        plain members of its team.
        """
        values = read_object(FIELDS, fields, change=True)
        self._check_mail(values)
        with writing() as session:
            row = _locked(session, user_id, event_type_id, values.get("team_id"))
            plan = staff.plan_change(session, user_id, row, values)
            checks.check_plan(session, replace(plan, are_colleagues=self._are_colleagues))
            if {"slug", "team_id"} & values.keys():
                taken = store.slugs_of(session, row.user_id, plan.team_id, except_id=row.id)
                _check_slug(values.get("slug", row.slug), taken)
            for name, value in _columns(values).items():
                setattr(row, name, value)
            checks.check_durations(row.duration_minutes, row.durations_minutes, values)
            staff.put(session, row, plan, self._clock.now())
            self._touch(session, plan)
            if "reminders_minutes" in values:
                ask_replan(session, row.id, self._clock.now())
            return _view(session, store.get_readable(session, user_id, event_type_id))

    def delete(self, user_id: int, event_type_id: int) -> None:
        """Take an event type off the page; bookings made with it stand.

        Errors: NotFound where it is unknown or another's; Forbidden for plain members.
        """
        with writing() as session:
            row = _locked(session, user_id, event_type_id)
            self._touch(session, staff.plan_change(session, user_id, row, {}))
            store.drop(session, row.id)

    def get(self, user_id: int, event_type_id: int) -> EventTypeView:
        """Return one of the user's event types, or one of a team in which the user is.

        Errors: NotFound where it is unknown or another's.
        """
        with reading() as session:
            return _view(session, store.get_readable(session, user_id, event_type_id))

    def get_managed(self, user_id: int, event_type_id: int) -> EventTypeView:
        """Return an event type that the user may change.

        Errors: NotFound where it is unknown, another's, or only to be looked at.
        """
        with reading() as session:
            if not store.may_manage(session, user_id, event_type_id):
                raise NotFound("There is no such event type.")
            return _view(session, store.get_readable(session, user_id, event_type_id))

    def list(
        self, user_id: int, *, after: int = 0, limit: int | None = None
    ) -> tuple[EventTypeView, ...]:
        """Return what the user may change, the oldest first, from the one after id `after` on."""
        with reading() as session:
            pairs = store.event_types_of(session, user_id, after=after, limit=limit)
            return _views(session, pairs)

    def public(self, username: str, slug: str) -> EventTypeView:
        """Return what stands at a public address, hidden event types included.

        Errors: NotFound.
        """
        with reading() as session:
            return _view(session, store.get_named(session, username.lower(), slug.lower()))

    def public_team(self, team: str, slug: str) -> EventTypeView:
        """Return what stands at a team's public address, hidden event types included.

        Errors: NotFound.
        """
        with reading() as session:
            return _view(session, store.get_team_named(session, team.lower(), slug.lower()))

    def public_by_id(self, event_type_id: int) -> EventTypeView:
        """Return an event type that guests may book.

        Errors: NotFound.
        """
        with reading() as session:
            return _view(session, store.get_bookable(session, event_type_id))

    def public_id(self, username: str, slug: str) -> int:
        """Return the id of what stands at a public address, and nothing else of it.

        Errors: NotFound.
        """
        with reading() as session:
            return store.get_named_id(session, username.lower(), slug.lower())

    def public_team_id(self, team: str, slug: str) -> int:
        """Return the id of what stands at a team's public address, and nothing else of it.

        Errors: NotFound.
        """
        with reading() as session:
            return store.get_team_named_id(session, team.lower(), slug.lower())

    def public_list(self, username: str) -> tuple[EventTypeView, ...]:
        """Return what a host shows to the public, without hidden event types.

        Errors: NotFound where there is no such host.
        """
        with reading() as session:
            pairs = store.listed_of(session, username.lower())
            if not pairs and not self._exists(session, username.lower()):
                raise NotFound("There is no such host.")
            return _views(session, pairs)

    def public_team_list(self, team_id: int) -> tuple[EventTypeView, ...]:
        """Return what a team shows to the public, without hidden event types."""
        with reading() as session:
            return _views(session, store.listed_of_team(session, team_id))

    def _check_mail(self, given: Mapping[str, Any]) -> None:
        if given.get("requires_email_confirmation") and not self._can_mail:
            text = "No mail server is set here (BOOKING_SMTP_URL), so guests would get no link."
            raise InvalidInput.at("/requires_email_confirmation", text)

    def _exists(self, session: Session, username: str) -> bool:
        user_id = self._hosts.find(session, username)
        return (
            user_id is not None and username in self._hosts.usernames(session, [user_id]).values()
        )

    def _touch(self, session: Session, plan: Plan) -> None:
        # In one order, as each touch holds a row until the end of the unit.
        hosts = {host.user_id for host in plan.hosts}
        for host_id in sorted({plan.owner_id, *hosts, *plan.known_hosts}):
            self._hosts.touch(session, host_id)


def _lock_pages(session: Session, user_id: int, *team_ids: int | None) -> None:
    store.lock(session, [user_id])
    for team_id in sorted({each for each in team_ids if each is not None}):
        teams.lock_team(session, team_id)


def _locked(
    session: Session, user_id: int, event_type_id: int, new_team: int | None = None
) -> EventType:
    """Return an event type that nobody else changes until the unit ends.

    Errors: NotFound; Forbidden for plain members of its team.
    """
    store.lock(session, [event_type_id])
    place = store.place_of(session, event_type_id)
    if place is not None:
        _lock_pages(session, place[0], place[1], new_team)
    row, _owner = store.get_readable(session, user_id, event_type_id)
    if not store.may_manage(session, user_id, event_type_id):
        raise Forbidden("Only admins and owners of the team can change its event types.")
    return row


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in NOT_STORED}


def _check_slug(slug: str, taken: set[str]) -> None:
    if slug in taken:
        raise SlugTaken


def _check_room(present: int) -> None:
    if present >= MOST_PER_PAGE:
        raise Conflict(f"There are {MOST_PER_PAGE} event types already. Delete some first.")


_PLAIN = tuple(
    name for name in DEFAULTS if name not in {"durations_minutes", "questions", "reminders_minutes"}
)


def _view(session: Session, pair: Pair) -> EventTypeView:
    return _views(session, [pair])[0]


def _views(session: Session, pairs: Sequence[Pair]) -> tuple[EventTypeView, ...]:
    """Return the values of rows, with all that stands in other tables in one query each."""
    ids = [row.id for row, _owner in pairs]
    hosts = store.hosts_by_event_type(session, ids)
    resources = store.resources_by_event_type(session, ids)
    slugs = store.team_slugs(session, (row.team_id for row, _owner in pairs))
    return tuple(
        _to_view(pair, hosts.get(pair[0].id, []), resources.get(pair[0].id, []), slugs)
        for pair in pairs
    )


def _to_view(
    pair: Pair,
    hosts: Sequence[EventTypeHostRow],
    resources: Sequence[int],
    team_slugs: Mapping[int, str],
) -> EventTypeView:
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
        hosts=staff.hosts_in_force(user.id, hosts),
        resources=tuple(resources),
        team_slug=None if row.team_id is None else team_slugs.get(row.team_id),
        created_at=row.created_at,
        **{name: getattr(row, name) for name in _PLAIN},
    )
