"""Why times are not offered, as `/slots/explain` tells it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from booking.bookings.explained import (
    Cause,
    ExplainedDate,
    ExplainedStart,
    Explanation,
    Lane,
    Stretch,
)
from booking.core.ids import encode_id
from booking.core.zones import zone
from booking.web.api.told_times import told

Wire = dict[str, Any]


def wire_of_explanation(explanation: Explanation, time_zone: str) -> Wire:
    """Return an explanation as it is told, with the moments of a zone."""
    return {"time_zone": time_zone, **_Teller(explanation, zone(time_zone)).told()}


class _Teller:
    """Tells one explanation: instants in its zone, members by their kind."""

    def __init__(self, explanation: Explanation, local: ZoneInfo) -> None:
        self._explanation = explanation
        self._local = local
        self._hosts = {each.member_id for each in explanation.members if each.is_host}

    def told(self) -> Wire:
        days = {each.date.isoformat(): self._day(each) for each in self._explanation.dates}
        if not self._explanation.is_shared:
            return {"days": days}
        named = [
            {**self._member(each.member_id), "name": each.name}
            for each in self._explanation.members
        ]
        return {
            "hosts": [each for each in named if "user_id" in each],
            "resources": [each for each in named if "resource_id" in each],
            "days": days,
        }

    def _day(self, day: ExplainedDate) -> Wire:
        hosts = [
            {**self._member(host_id), "working_hours": self._spans(hours)}
            for host_id, hours in day.host_hours
        ]
        offered = ((each.start, each.end) for each in day.starts if each.is_offered)
        return {
            "working_hours": self._spans(day.hours),
            **({"hosts": hosts} if self._explanation.is_shared else {}),
            "removed": [self._removed(each) for each in day.starts if not each.is_offered],
            "offered": self._spans(offered),
            "lanes": [self._lane(each) for each in day.lanes],
        }

    def _removed(self, start: ExplainedStart) -> Wire:
        return {
            "start": told(start.start, self._local),
            "end": told(start.end, self._local),
            "reasons": [self._reason(cause) for cause in start.causes],
        }

    def _reason(self, cause: Cause) -> Wire:
        return {
            "code": cause.code,
            **_key("calendar_id", cause.calendar_id),
            **_given(
                calendar_name=cause.calendar_name,
                booking_uid=cause.booking_uid,
                rule=cause.rule,
            ),
            **self._member(cause.member_id),
            **self._ends(cause),
        }

    def _lane(self, lane: Lane) -> Wire:
        return {
            "kind": lane.kind,
            **self._member(lane.member_id),
            **_key("calendar_id", lane.calendar_id),
            **_given(calendar_name=lane.calendar_name),
            "stretches": [self._stretch(each) for each in lane.stretches],
        }

    def _stretch(self, stretch: Stretch) -> Wire:
        return {
            **self._ends(stretch),
            **_given(
                buffer_before_minutes=stretch.before // 60 or None,
                buffer_after_minutes=stretch.after // 60 or None,
                booking_uid=stretch.uid,
                title=stretch.title,
                code=stretch.code,
                rule=stretch.rule,
            ),
        }

    def _spans(self, spans: Iterable[tuple[int, int]]) -> list[Wire]:
        return [
            {"start": told(start, self._local), "end": told(end, self._local)}
            for start, end in spans
        ]

    def _ends(self, span: Cause | Stretch) -> Wire:
        return {
            "from": None if span.start is None else told(span.start, self._local),
            "to": None if span.end is None else told(span.end, self._local),
        }

    def _member(self, member_id: int | None) -> Wire:
        return _key("user_id" if member_id in self._hosts else "resource_id", member_id)


def _key(name: str, key: int | None) -> Wire:
    return {} if key is None else {name: encode_id(key)}


def _given(**values: object) -> Wire:
    return {name: value for name, value in values.items() if value is not None}
