"""Who a guest meets, as the sentences of a page name them. Pure.

Before a booking the host of a round robin is not known: the team's name stands for them, or
without a team "your host". After it the ones who were chosen are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from booking.availability.hosts_facts import Scheduling
from booking.bookings.values import BookingView
from booking.eventtypes.pages import Company
from booking.eventtypes.values import EventTypeView
from booking.web import english


class Clock(Protocol):
    """A person with a clock."""

    @property
    def name(self) -> str:
        """The person's name."""

    @property
    def time_zone(self) -> str:
        """The zone of the person's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The hosts in words.

    `line` heads the page, "" where nothing is left to say above the title, and `monograms` stand
    before it; `username` or `team_slug` name the page it leads to. `fact` says more about who takes
    part, `is_open` that somebody is chosen later. `subject` begins a sentence, `others` stands
    inside one. `clocks` are the hosts who are known to take part.
    """

    line: str
    subject: str
    others: str
    is_plural: bool
    clocks: tuple[Clock, ...]
    monograms: tuple[str, ...] = ()
    username: str | None = None
    team_slug: str | None = None
    fact: str = ""
    is_open: bool = False

    @property
    def with_words(self) -> str:
        """Return ` with A and B`, as titles end; "" where the title has said it all."""
        return f" with {self.line}" if self.line else ""

    @property
    def calendars(self) -> str:
        """Return whose calendars a sentence is about, as its subject."""
        is_one = not self.is_plural and not self.is_open
        return f"{self.subject}'s calendar" if is_one else "The hosts' calendars"

    def verb(self, one: str, many: str) -> str:
        """Return the form of a verb that fits."""
        return many if self.is_plural else one


def party_of_event(event: EventTypeView, company: Company) -> Party:
    """Return who would be met."""
    if event.scheduling == Scheduling.ROUND_ROBIN:
        return _one_of_several(event, company)
    names = tuple(host.name for host in company.hosts) or (event.owner.name,)
    said = english.listed(names)
    is_alone = len(names) == 1 and company.team is None
    return Party(
        line=company.team or said,
        subject=said,
        others=said,
        is_plural=len(names) > 1,
        clocks=company.hosts,
        monograms=(company.team,) if company.team else names,
        username=company.hosts[0].username if is_alone and company.hosts else None,
        team_slug=event.team_slug,
        fact=f"With {said}" if company.team else "",
    )


def _one_of_several(event: EventTypeView, company: Company) -> Party:
    fixed_ids = {host.user_id for host in event.hosts if host.fixed}
    fixed = tuple(host for host in company.hosts if host.user_id in fixed_ids)
    return Party(
        line=company.team or "",
        subject=company.team or "Your host",
        others=company.team or "your host",
        is_plural=False,
        clocks=fixed,
        monograms=(company.team,) if company.team else (),
        team_slug=event.team_slug,
        fact=_chosen_later(tuple(host.name for host in fixed)),
        is_open=True,
    )


def _chosen_later(fixed: tuple[str, ...]) -> str:
    if not fixed:
        return "Your host is chosen when you book"
    return f"With {', '.join(fixed)} and one more, chosen when you book"


def party_of_booking(booking: BookingView) -> Party:
    """Return who will be met."""
    names: Sequence[str] = tuple(host.name for host in booking.hosts)
    said = english.listed(names)
    return Party(
        line=said, subject=said, others=said, is_plural=len(names) > 1, clocks=booking.hosts
    )
