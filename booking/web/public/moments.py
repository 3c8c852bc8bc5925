"""A chosen time in words: the guest's clock first, the host's beside it where it differs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from booking.web.public import wording
from booking.web.public.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """One span: `host_span` is None where the host's clock shows the same."""

    leaf_month: str
    leaf_day: int
    day: str
    span: str
    zone: str
    host_name: str
    host_span: str | None


def when(start: int, end: int, viewer: Viewer, *, host_name: str, host_zone: ZoneInfo) -> When:
    """Return the span `[start, end)` (UTC seconds) as `viewer` reads it."""
    first = wording.local(start, viewer.zone)
    return When(
        leaf_month=f"{first:%b}",
        leaf_day=first.day,
        day=wording.day_in_full(first.date()),
        span=wording.span_of(start, end, viewer.zone, viewer.hours),
        zone=wording.zone_with_offset(viewer.zone, start),
        host_name=host_name,
        host_span=_host_span(start, end, viewer, host_zone),
    )


def _host_span(start: int, end: int, viewer: Viewer, host_zone: ZoneInfo) -> str | None:
    ours, theirs = wording.local(start, viewer.zone), wording.local(start, host_zone)
    if ours.utcoffset() == theirs.utcoffset():
        return None
    span = wording.span_of(start, end, host_zone, viewer.hours)
    day = "" if ours.date() == theirs.date() else f"{wording.day_in_short(theirs.date())}, "
    return f"{day}{span}, {wording.zone_with_offset(host_zone, start)}"
