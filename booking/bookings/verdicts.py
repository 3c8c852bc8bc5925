"""The one question behind listing and booking, asked alike of one host and of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from booking.availability.calculator import Verdict, check_slot, find_slots
from booking.availability.facts import Answer, Ask, Situation, Slot
from booking.availability.hosts import check_team_slot, find_team_slots
from booking.availability.hosts_facts import TeamAnswer, TeamSituation, TeamSlot, TeamVerdict
from booking.availability.series import check_series, check_team_series
from booking.bookings.subjects import Subject
from booking.core.errors import SlotUnavailable
from booking.core.instants import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookable:
    """Times that can be booked now, in order, and the hosts among whom one chooses for all."""

    spans: tuple[tuple[Instant, Instant], ...]
    on_request: bool
    free: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What can be booked, and the facts from which that was decided."""

    subject: Subject
    situation: Situation | TeamSituation
    ask: Ask
    bookable: Bookable

    def with_hosts(self, host_ids: Sequence[int]) -> None:
        """Make sure that these hosts can serve all of a series.

        Errors: SlotUnavailable, with the occurrences that they cannot.
        """
        starts = [start for start, _ in self.bookable.spans]
        if len(starts) > 1 and isinstance(self.situation, TeamSituation):
            check(self.situation, self.ask, starts, host_ids[0], host_ids)


def list_slots(situation: Situation | TeamSituation, ask: Ask) -> Answer | TeamAnswer:
    """Return every slot of the period that is asked about."""
    if isinstance(situation, TeamSituation):
        return find_team_slots(situation, ask)
    return find_slots(situation, ask)


def check(
    situation: Situation | TeamSituation,
    ask: Ask,
    starts: Sequence[Instant],
    host_id: int,
    company: Sequence[int] = (),
) -> Bookable:
    """Return the slots at `starts`: one, or all occurrences of a recurring booking.

    `host_id` is the host where there is one alone; `company`, where it is given, are the hosts
    who have been chosen for a series, and no others are asked about.
    Errors: InvalidInput; SlotUnavailable, with the conflicts of a series.
    """
    if len(starts) > 1:
        return _check_series(situation, ask, starts, host_id, company)
    slot: Slot | TeamSlot | None
    if isinstance(situation, TeamSituation):
        slot = check_team_slot(situation, ask, starts[0]).slot
    else:
        slot = check_slot(situation, ask, starts[0]).slot
    if slot is None:
        raise SlotUnavailable
    free = slot.free if isinstance(slot, TeamSlot) else (host_id,)
    return Bookable(spans=((slot.start, slot.end),), on_request=slot.on_request, free=free)


def _check_series(
    situation: Situation | TeamSituation,
    ask: Ask,
    starts: Sequence[Instant],
    host_id: int,
    company: Sequence[int],
) -> Bookable:
    verdicts: Sequence[Verdict | TeamVerdict]
    if isinstance(situation, TeamSituation):
        found = check_team_series(situation, ask, starts, company)
        verdicts, free = found.verdicts, found.free
    else:
        verdicts, free = check_series(situation, ask, starts).verdicts, (host_id,)
    slots = [verdict.slot for verdict in verdicts if verdict.slot is not None]
    if len(slots) < len(starts) or not free:
        raise SlotUnavailable(
            "Some of these times are not available.", conflicts=_conflicts(starts, verdicts)
        )
    return Bookable(
        spans=tuple((slot.start, slot.end) for slot in slots),
        on_request=any(slot.on_request for slot in slots),
        free=free,
    )


def _conflicts(
    starts: Sequence[Instant], verdicts: Sequence[Verdict | TeamVerdict]
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return each occurrence that cannot be booked, with what stands against it."""
    pairs = zip(starts, verdicts, strict=True)
    return tuple((start, _codes(verdict)) for start, verdict in pairs if not verdict.is_ok)


def _codes(verdict: Verdict | TeamVerdict) -> tuple[str, ...]:
    reasons = list(verdict.reasons)
    if isinstance(verdict, TeamVerdict):
        reasons += [reason for member in verdict.members for reason in member.reasons]
    return tuple(dict.fromkeys(str(reason.code) for reason in reasons))
