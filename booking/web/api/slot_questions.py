"""Questions for slots, read from the address of a request. Pure, so readings are remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from marshmallow import EXCLUDE, ValidationError

from booking.bookings.slots import MOST_DAYS
from booking.bookings.values import Entrance, SlotQuery
from booking.core import intake
from booking.core.errors import InvalidInput
from booking.core.instants import Instant
from booking.core.zones import wall_to_instant, zone
from booking.web.api.told_times import UTC_NAME
from booking.web.errors import invalid_input
from booking.web.schemas.fields import parse_moment
from booking.web.schemas.slots import SlotsQuerySchema

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SCHEMA: Final = SlotsQuerySchema(unknown=EXCLUDE)
_NOBODYS = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which event type is meant: by id, or by its public address."""

    event_type_id: int | None = None
    username: str = ""
    team: str = ""
    slug: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, about which event type; `query` still lacks the id and the entrance."""

    target: Target
    query: SlotQuery
    private_link: str | None = None

    def about(self, event_type_id: int, entrance: Entrance | None = None) -> SlotQuery:
        """Return the question about the event type that the target turned out to be."""
        return replace(self.query, event_type_id=event_type_id, entrance=entrance)


@lru_cache(maxsize=1024)
def read_question(raw: bytes) -> Question:
    """Return the question that a raw query string asks.

    Errors: InvalidInput with a pointer to each faulty parameter.
    """
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    given = {name: text for name, text in reversed(pairs) if text}
    try:
        loaded = _SCHEMA.load(given)
    except ValidationError as error:
        raise invalid_input({"query": error.messages}) from None
    name = str(loaded.get("time_zone", UTC_NAME))
    period = _period(loaded, zone(name))
    return Question(
        target=read_target(loaded),
        private_link=loaded.get("private_link"),
        query=SlotQuery(
            event_type_id=_NOBODYS,
            start=period[0],
            end=period[1],
            time_zone=name,
            duration_minutes=loaded.get("duration_minutes"),
            reschedule_uid=loaded.get("reschedule_uid"),
            hold_id=loaded.get("hold_id"),
        ),
    )


def read_target(fields: Mapping[str, Any]) -> Target:
    """Return which event type is meant by `event_type_id`, or by `slug` and whose page it is on.

    Errors: InvalidInput where nothing is named, or a page by both `username` and `team`.
    """
    if fields.get("event_type_id") is not None:
        return Target(event_type_id=fields["event_type_id"])
    named = {name: fields[name] for name in ("username", "team") if fields.get(name) is not None}
    if len(named) > 1:
        raise InvalidInput.at("/team", "Name a username or a team, not both.")
    slug = fields.get("slug")
    if not named or not isinstance(slug, str) or not isinstance(next(iter(named.values())), str):
        raise InvalidInput.at(
            "/event_type_id", "Name an event type by id, or username and slug, or team and slug."
        )
    return Target(slug=slug, **named)


def _period(fields: Mapping[str, Any], local: ZoneInfo) -> tuple[Instant, Instant]:
    start, end = intake.gathered(
        [
            lambda: _bound(fields["start"], local, "/start"),
            lambda: _bound(fields["end"], local, "/end"),
        ]
    )
    if end <= start:
        raise InvalidInput.at("/end", "The end must come after the start.")
    if _wall(end, local) - _wall(start, local) > timedelta(days=MOST_DAYS):
        raise InvalidInput.at("/end", f"Ask for at most {MOST_DAYS} days at once.")
    return start, end


def _wall(instant: Instant, local: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant, local).replace(tzinfo=None)


def _bound(text: str, local: ZoneInfo, pointer: str) -> Instant:
    """Return the instant of a moment, or of a local date's midnight."""
    if _DATE.fullmatch(text):
        found: date = intake.day(text, pointer)
        return wall_to_instant(found, 0, local)
    try:
        # An unescaped + in an address arrives as a space.
        return parse_moment(text.replace(" ", "+"))
    except ValidationError:
        raise InvalidInput.at(
            pointer, "Must be a date or a moment like 2026-11-23T09:00:00Z."
        ) from None
