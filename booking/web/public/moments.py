"""A chosen time in words: the guest's clock first, the hosts' beside it where they differ. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from booking.core.zones import zone
from booking.web import english
from booking.web.public import wording
from booking.web.public.party import Clock
from booking.web.public.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """One span; `elsewhere` are hosts' names with the span on their clocks, where these differ."""

    leaf_month: str
    leaf_day: int
    day: str
    span: str
    zone: str
    elsewhere: tuple[tuple[str, str], ...]


def when(start: int, end: int, viewer: Viewer, hosts: Sequence[Clock]) -> When:
    """Return the span `[start, end)` (UTC seconds) as `viewer` reads it, and the `hosts`."""
    first = wording.local(start, viewer.zone)
    return When(
        leaf_month=f"{first:%b}",
        leaf_day=first.day,
        day=wording.day_in_full(first.date()),
        span=wording.span_of(start, end, viewer.zone, viewer.hours),
        zone=wording.zone_with_offset(viewer.zone, start),
        elsewhere=_elsewhere(start, end, viewer, hosts),
    )


def _elsewhere(
    start: int, end: int, viewer: Viewer, hosts: Sequence[Clock]
) -> tuple[tuple[str, str], ...]:
    """Return the spans on other clocks, each with all the hosts who live by it."""
    names: dict[str, list[str]] = {}
    for host in hosts:
        span = _host_span(start, end, viewer, zone(host.time_zone))
        if span is not None:
            names.setdefault(span, []).append(host.name)
    return tuple((english.listed(found), span) for span, found in names.items())


def _host_span(start: int, end: int, viewer: Viewer, host_zone: ZoneInfo) -> str | None:
    ours, theirs = wording.local(start, viewer.zone), wording.local(start, host_zone)
    if ours.utcoffset() == theirs.utcoffset():
        return None
    span = wording.span_of(start, end, host_zone, viewer.hours)
    day = "" if ours.date() == theirs.date() else f"{wording.day_in_short(theirs.date())}, "
    return f"{day}{span}, {wording.zone_with_offset(host_zone, start)}"
