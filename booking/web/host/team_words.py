"""What the teams pages say: roles, reasons, shares. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from booking.availability.hosts_choice import ChoiceReason
from booking.bookings.shares import Pick, Standing
from booking.core.ids import encode_id
from booking.teams.values import MemberView, Role
from booking.web import english
from booking.web.host import words

ROLES = (
    (str(Role.MEMBER), "Member: takes part and looks"),
    (str(Role.ADMIN), "Admin: also changes the team"),
    (str(Role.OWNER), "Owner: also deletes it and makes owners"),
)
REASONS = {
    ChoiceReason.FIXED: "always takes part",
    ChoiceReason.SAME_HOST: "stayed with the booking when it moved",
    ChoiceReason.NAMED: "chosen by a person",
    ChoiceReason.ONLY_ONE_FREE: "nobody else was free",
    ChoiceReason.WEIGHT_SHORTFALL: "furthest behind the share",
    ChoiceReason.PRIORITY: "highest priority",
    ChoiceReason.LEAST_RECENTLY_BOOKED: "longest without a booking",
    ChoiceReason.DRAW: "drawn between equals",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A member as the page shows it; `width` is the bar's, 0 to 100."""

    key: int
    name: str
    username: str
    email: str
    role: str
    is_self: bool
    is_broken: bool
    bookings: str
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRow:
    """A booking that was given to somebody."""

    title: str
    when: str
    host: str
    reason: str


def member_rows(members: Sequence[MemberView], standing: Standing, user_id: int) -> list[MemberRow]:
    """Return a row for each member, the fullest bar being that of who got most."""
    most = max(standing.counts.values(), default=0)
    return [_row(each, standing, most, is_self=each.user_id == user_id) for each in members]


def _row(member: MemberView, standing: Standing, most: int, *, is_self: bool) -> MemberRow:
    count = standing.counts.get(member.user_id, 0)
    return MemberRow(
        key=member.user_id,
        name=member.name,
        username=member.username,
        email=member.email,
        role=str(member.role),
        is_self=is_self,
        is_broken=member.user_id in standing.broken,
        bookings=english.counted(count, "booking"),
        width=round(100 * count / most) if most else 0,
    )


def pick_rows(picks: Iterable[Pick], zone_name: str) -> list[PickRow]:
    """Return a row for each pick, times in the reader's zone."""
    return [
        PickRow(
            title=pick.title,
            when=_when(pick, zone_name),
            host=pick.host,
            reason=REASONS[pick.reason],
        )
        for pick in picks
    ]


def _when(pick: Pick, zone_name: str) -> str:
    start = words.local(pick.start, zone_name)
    return f"{words.short_day(start.date())}, {words.clock(start)}"


def team_options(teams: Iterable[tuple[int, str]]) -> list[tuple[str, str]]:
    """Return (id, name) of teams for a list to choose from."""
    return [(encode_id(key), name) for key, name in teams]
