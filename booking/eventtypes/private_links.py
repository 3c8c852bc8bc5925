"""Private links: addresses that open one event type, until a moment or for so many bookings.

An event type with `private_links_only` is found through them alone. The token in the address is
derived (`security.tokens`), so it can be shown again; deleting the row ends the link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from booking.core import intake
from booking.core.clock import Clock
from booking.core.errors import Conflict, InvalidInput, NotFound
from booking.core.intake import Field
from booking.db import reading, writing
from booking.eventtypes import store
from booking.eventtypes.models import EventType, PrivateLink
from booking.security.tokens import private_link_of, private_link_token

MOST_LINKS = 200
_MOST_USES = 10_000
_ENDED = "This private link has ended. Ask the host for another one."
_FIELDS: Mapping[str, Field] = {
    "name": Field(read=intake.line(200)),
    "expires_at": Field(read=lambda value, _pointer: value, nullable=True),
    "most_uses": Field(read=intake.whole(1, _MOST_USES), nullable=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateLinkView:
    """A private link as its host sees it; `url` is what guests are given."""

    id: int
    name: str
    token: str
    url: str
    expires_at: datetime | None
    most_uses: int | None
    uses: int
    is_open: bool
    created_at: datetime


class PrivateLinks:
    """Makes, lists and ends private links, for who may change the event type."""

    def __init__(self, *, clock: Clock, secret_key: str, base_url: str) -> None:
        self._clock = clock
        self._secret_key = secret_key
        self._base_url = base_url

    def list(
        self, user_id: int, event_type_id: int, *, after: int = 0, limit: int | None = None
    ) -> tuple[PrivateLinkView, ...]:
        """Return the links of an event type, the oldest first. Errors: NotFound."""
        with reading() as session:
            event_type = _managed(session, user_id, event_type_id)
            query = (
                select(PrivateLink)
                .where(PrivateLink.event_type_id == event_type_id, PrivateLink.id > after)
                .order_by(PrivateLink.id)
                .limit(limit)
            )
            path = _path(session, event_type)
            return tuple(self._view(row, path) for row in session.scalars(query))

    def create(
        self, user_id: int, event_type_id: int, fields: Mapping[str, Any]
    ) -> PrivateLinkView:
        """Make a link; without `expires_at` (aware UTC) and `most_uses` it has no end.

        Errors: NotFound; InvalidInput; Conflict where there are too many.
        """
        values = intake.read_object(_FIELDS, fields)
        expires_at, now = values.get("expires_at"), self._clock.now()
        if expires_at is not None and expires_at <= now:
            raise InvalidInput.at("/expires_at", "Choose a moment that is still to come.")
        with writing() as session:
            event_type = _managed(session, user_id, event_type_id)
            if _count(session, event_type_id) >= MOST_LINKS:
                raise Conflict(f"There are {MOST_LINKS} private links already. End some first.")
            row = PrivateLink(event_type_id=event_type_id, uses=0, created_at=now, **values)
            row.name = row.name or ""
            session.add(row)
            session.flush()
            return self._view(row, _path(session, event_type))

    def delete(self, user_id: int, event_type_id: int, link_id: int) -> None:
        """End a link; bookings made through it stand. Errors: NotFound."""
        with writing() as session:
            _managed(session, user_id, event_type_id)
            ended = session.execute(
                delete(PrivateLink)
                .where(PrivateLink.id == link_id, PrivateLink.event_type_id == event_type_id)
                .returning(PrivateLink.id)
            )
            if ended.first() is None:
                raise NotFound("There is no such private link.")

    def named(self, token: str) -> int | None:
        """Return the id of the link that a token names, None where it is none of ours."""
        return private_link_of(self._secret_key, token) if token else None

    def check(self, event_type_id: int, link_id: int | None) -> None:
        """Refuse whoever comes through no open link. Errors: NotFound."""
        with reading() as session:
            check_open(session, event_type_id, link_id, self._clock.now())

    def _view(self, row: PrivateLink, path: str) -> PrivateLinkView:
        token = private_link_token(self._secret_key, row.id)
        is_late = row.expires_at is not None and row.expires_at <= self._clock.now()
        is_used_up = row.most_uses is not None and row.uses >= row.most_uses
        return PrivateLinkView(
            id=row.id,
            name=row.name,
            token=token,
            url=f"{self._base_url}{path}?private={token}",
            expires_at=row.expires_at,
            most_uses=row.most_uses,
            uses=row.uses,
            is_open=not is_late and not is_used_up,
            created_at=row.created_at,
        )


def check_open(session: Session, event_type_id: int, link_id: int | None, now: datetime) -> None:
    """Refuse whoever comes through no open link of this event type. Errors: NotFound."""
    if link_id is None:
        raise NotFound("There is no such event type.")
    query = select(PrivateLink.id).where(*_is_open(event_type_id, link_id, now))
    if session.scalar(query) is None:
        raise NotFound(_ENDED)


def use(session: Session, event_type: EventType, link_id: int | None, now: datetime) -> None:
    """Count one booking through a link, in the unit that books: no use is given twice.

    An event type that is open to all is booked through an ended link, too.
    Errors: NotFound where it is open through links alone, and this one is not open.
    """
    is_counted = False
    if link_id is not None:
        counted: CursorResult[Any] = session.connection().execute(
            update(PrivateLink)
            .where(*_is_open(event_type.id, link_id, now))
            .values(uses=PrivateLink.uses + 1)
        )
        is_counted = counted.rowcount == 1
    if event_type.private_links_only and not is_counted:
        raise NotFound(_ENDED if link_id is not None else "There is no such event type.")


def _is_open(event_type_id: int, link_id: int, now: datetime) -> tuple[Any, ...]:
    return (
        PrivateLink.id == link_id,
        PrivateLink.event_type_id == event_type_id,
        or_(PrivateLink.expires_at.is_(None), PrivateLink.expires_at > now),
        or_(PrivateLink.most_uses.is_(None), PrivateLink.uses < PrivateLink.most_uses),
    )


def _managed(session: Session, user_id: int, event_type_id: int) -> EventType:
    if not store.may_manage(session, user_id, event_type_id):
        raise NotFound("There is no such event type.")
    return session.get_one(EventType, event_type_id)


def _count(session: Session, event_type_id: int) -> int:
    query = select(func.count()).where(PrivateLink.event_type_id == event_type_id)
    return session.scalar(query) or 0


def _path(session: Session, event_type: EventType) -> str:
    page = store.page_of(session, event_type)
    return f"/{page}/{event_type.slug}"
