"""Where a host is away, the colleague whom guests may book instead. Why is nobody's business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import url_for

from booking.availability.hosts_facts import Scheduling
from booking.eventtypes.values import EventTypeView
from booking.web import current
from booking.web.public import wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Until when a host is away, and the name and page of the colleague."""

    until: str
    colleague: str
    href: str


def away(event: EventTypeView, gap: tuple[date, date] | None) -> Away | None:
    """Return who stands in on the dates without times from `gap[0]` to `gap[1]`.

    One colleague stands in for one host: where several take part, nobody is named.
    """
    if gap is None or event.scheduling != Scheduling.SINGLE:
        return None
    found = current.services().guest_pages.stand_in(event.hosts[0].user_id, *gap)
    if found is None:
        return None
    return Away(
        until=wording.day_and_month(found.until),
        colleague=found.colleague.name,
        href=url_for("public.profile", username=found.colleague.username),
    )
