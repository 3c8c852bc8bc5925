"""Several hosts: who must be free, where slots start, and what each brings along."""

from __future__ import annotations

import pytest

from booking.availability.calculator import at as asked_at
from booking.availability.facts import Counted, Coverage, Tally
from booking.availability.hosts import check_team_slot, find_team_slots, team_needed
from booking.availability.hosts_facts import Scheduling, TeamSituation
from booking.availability.hours import WorkingHours
from booking.availability.rules import Limits, OnStale, PeriodLimits, SlotRules
from booking.core.zones import zone
from tests.availability.scene import (
    BERLIN,
    EVENT_TYPE,
    MONDAY,
    UTC,
    ask,
    at,
    booking,
    daily,
    event,
    hold,
    override,
    wall,
)
from tests.availability.team_scene import host, offered, robin, room, slots, together

KOLKATA = zone("Asia/Kolkata")


def test_collective_needs_all_hosts() -> None:
    team = together(host(1, "09:00-12:00"), host(2, "10:00-14:00"))

    assert offered(team) == {"10:00": (1, 2), "11:00": (1, 2)}


def test_round_robin_needs_any_host() -> None:
    team = robin(host(1, "09:00-11:00"), host(2, "10:00-12:00"))

    assert offered(team) == {"09:00": (1,), "10:00": (1, 2), "11:00": (2,)}


def test_a_slot_is_never_glued_from_two_hosts() -> None:
    team = robin(host(1, "09:00-09:30"), host(2, "09:30-10:00"))

    assert offered(team) == {}


def test_a_fixed_host_always_takes_part() -> None:
    team = robin(host(1, "10:00-12:00", is_fixed=True), host(2, "09:00-11:00"), host(3))

    assert offered(team) == {"10:00": (1, 2, 3), "11:00": (1, 3)}


def test_fixed_hosts_who_share_no_time_offer_nothing() -> None:
    fixed = host(1, "09:00-10:00", is_fixed=True), host(2, "10:00-11:00", is_fixed=True)

    assert offered(robin(*fixed, host(3))) == {}


def test_fixed_hosts_alone_are_enough() -> None:
    assert offered(robin(host(1, "09:00-10:00", is_fixed=True))) == {"09:00": (1,)}


def test_of_each_group_one_host_takes_part() -> None:
    lawyers = host(1, "09:00-10:00", group=1), host(2, "11:00-12:00", group=1)
    clerks = host(3, "09:00-11:00", group=2), host(4, "11:00-12:00", group=2)

    assert offered(robin(*lawyers, *clerks)) == {"09:00": (1, 3), "11:00": (2, 4)}


def test_groups_mean_nothing_where_all_take_part() -> None:
    team = together(host(1, "09:00-10:00", group=1), host(2, "09:00-11:00", group=2))

    assert offered(team) == {"09:00": (1, 2)}


def test_without_hosts_nothing_is_offered() -> None:
    clocks = WorkingHours(zone=UTC, weekly=daily())

    assert offered(robin(clocks=clocks)) == {}
    assert offered(robin(clocks=clocks, resources=(room(),))) == {}


def test_hosts_keep_their_own_zones() -> None:
    hours = "09:00-17:00"
    team = together(host(1, hours, where=BERLIN), host(2, hours, where=KOLKATA))

    # Berlin is open from 08:00 UTC, Kolkata until 11:30.
    assert list(offered(team)) == ["08:00", "09:00", "10:00"]


def test_the_grid_is_counted_in_the_first_hosts_zone() -> None:
    here, there = host(1, where=UTC, hours="05:00-06:00"), host(2, where=KOLKATA)

    # Open from 03:30 to 06:30 UTC; full hours are those of the first host.
    assert list(offered(robin(here, there, slot_alignment="clock"))) == ["04:00", "05:00"]
    clock = list(offered(robin(there, here, slot_alignment="clock")))
    assert clock == ["03:30", "04:30", "05:30"]


def test_the_grid_may_be_counted_in_the_event_types_zone() -> None:
    team = robin(host(1, where=KOLKATA), clocks=WorkingHours(zone=UTC), slot_alignment="clock")

    assert list(offered(team)) == ["04:00", "05:00"]


def test_hosts_whose_time_meets_share_one_grid() -> None:
    team = robin(host(1, "09:00-12:00"), host(2, "09:30-12:30"))

    assert list(offered(team)) == ["09:00", "10:00", "11:00"]


def test_hosts_whose_time_only_touches_have_grids_of_their_own() -> None:
    team = robin(host(1, "09:00-10:10"), host(2, "10:10-11:10"))

    assert offered(team) == {"09:00": (1,), "10:10": (2,)}


def test_the_shared_grid_begins_where_no_slot_is_lost() -> None:
    # From 10:00 nobody is free for an hour, though the hosts' time together holds it.
    team = robin(host(1, "09:10-10:10"), host(2, "10:05-11:05"))

    assert offered(team) == {"09:10": (1,)}


def test_time_too_short_for_a_slot_moves_no_grid() -> None:
    team = robin(host(1, "09:00-09:45"), host(2, "09:30-11:30"))

    assert list(offered(team)) == ["09:30", "10:30"]


def test_an_event_blocks_its_host_alone() -> None:
    team = robin(host(1, busy=[event("10:00", "10:30")]), host(2))

    assert offered(team)["10:00"] == (2,)
    assert offered(team)["11:00"] == (1, 2)


def test_buffers_and_floors_are_each_hosts_own() -> None:
    after = [event("10:00", "11:00")]
    team = robin(host(1, busy=after, floor_minutes=15), host(2, busy=after))

    assert offered(team)["09:00"] == (2,)


def test_a_booked_room_blocks_whoever_is_free() -> None:
    team = robin(host(1), resources=(room(booking("10:00", "11:00")),))

    assert list(offered(team)) == ["09:00", "11:00"]


def test_a_room_keeps_its_floor() -> None:
    team = together(host(1), resources=(room(booking("10:00", "11:00"), floor=5),))

    assert list(offered(team)) == []


def test_the_askers_own_hold_and_the_moved_booking_block_no_host() -> None:
    team = together(
        host(1, own=[hold("10:00", "11:00", 5)]), host(2, own=[booking("11:00", "12:00", 6)])
    )

    answer = find_team_slots(team, ask(own_hold=5, moving=6))

    assert [wall(slot.start) for slot in answer.slots] == ["09:00", "10:00", "11:00"]


def test_a_restriction_holds_for_all() -> None:
    lunch = WorkingHours(zone=UTC, weekly=daily("10:00-11:00"))

    assert list(offered(robin(host(1), host(2), restriction=lunch))) == ["10:00"]


def test_a_full_event_type_closes_to_all_and_a_full_host_to_that_host() -> None:
    full = Tally(limits=Limits(bookings=PeriodLimits(day=1)), counted=(Counted(at(MONDAY), 60),))

    assert offered(robin(host(1), host(2), tallies=(full,))) == {}
    assert set(offered(robin(host(1, tallies=(full,)), host(2))).values()) == {(2,)}


@pytest.mark.parametrize(
    ("on_stale", "free", "on_request"),
    [
        (OnStale.OFFER, (1, 2), False),
        (OnStale.REQUEST, (2,), False),
        (OnStale.HIDE, (2,), False),
    ],
)
def test_a_host_who_is_known_goes_before_one_who_is_not(
    on_stale: OnStale, free: tuple[int, ...], on_request: bool
) -> None:
    unread = Coverage(calendar_id=3, start=at(MONDAY), end=at(MONDAY), synced_at=None, max_age=60)
    team = robin(host(1, coverage=(unread,)), host(2), on_stale=on_stale)

    assert {slot[3:] for slot in slots(team)} == {(on_request, free)}


def test_doubt_about_whoever_is_needed_makes_a_request() -> None:
    unread = Coverage(calendar_id=3, start=at(MONDAY), end=at(MONDAY), synced_at=None, max_age=60)
    unsure = host(1, coverage=(unread,))

    team = together(unsure, host(2), on_stale=OnStale.REQUEST)

    assert {slot[3:] for slot in slots(team)} == {(True, (1, 2))}


def test_guests_join_the_host_who_has_a_sitting() -> None:
    guest = booking("10:00", "11:00", event_type_id=EVENT_TYPE)
    team = robin(host(1), host(2, own=[guest]), seats=3)

    assert [slot[2:] for slot in slots(team)] == [
        (3, False, (1, 2)),
        (2, False, (2,)),
        (3, False, (1, 2)),
    ]


def test_a_full_sitting_leaves_the_slot_to_the_others() -> None:
    guest = booking("10:00", "11:00", event_type_id=EVENT_TYPE, seats=3)
    team = robin(host(1), host(2, own=[guest]), seats=3)

    assert slots(team)[1][2:] == (3, False, (1,))


def test_nobody_sits_in_two_companies() -> None:
    guest = booking("10:00", "11:00", event_type_id=EVENT_TYPE)
    # The colleague of the fixed host's sitting is taken, the other is free.
    fixed = host(1, is_fixed=True, own=[guest])
    taken = host(2, own=[guest], busy=[event("10:00", "10:30")])

    assert "10:00" not in offered(robin(fixed, taken, host(3), seats=3))


def test_hosts_around_the_clock_are_cut_at_the_week() -> None:
    thirds = ("00:00-08:00", "08:00-16:00", "16:00-24:00")
    overlapping = [host(n, f"{hours}") for n, hours in enumerate(thirds, start=1)]
    night = host(4, WorkingHours(zone=UTC, weekly=daily("00:00-24:00")))
    team = robin(*overlapping, night, duration=50)

    sunday = find_team_slots(team, ask("2026-11-22", MONDAY)).slots
    monday = slots(team)

    assert sunday[-1].end <= at(MONDAY)
    assert wall(monday[0].start) == "00:00"


def test_an_override_of_one_host_is_that_hosts_alone() -> None:
    hours = WorkingHours(zone=UTC, weekly=daily("09:00-11:00"), overrides=(override(MONDAY),))

    assert set(offered(robin(host(1, hours), host(2, "09:00-11:00"))).values()) == {(2,)}
    assert offered(together(host(1, hours), host(2, "09:00-11:00"))) == {}


def test_what_is_needed_spans_the_largest_gap_of_any_member() -> None:
    team = robin(host(1, floor_minutes=10), host(2, floor_minutes=45))

    span = team_needed(team, ask()).calendar

    assert span[0] <= at(f"{MONDAY} 08:15")
    assert team_needed(team, ask()).counted is None


def test_a_check_names_every_member_it_is_refused_by() -> None:
    team = together(
        host(1, busy=[event("10:00", "11:00")]), host(2), resources=(room(hold("10:00", "10:30")),)
    )

    verdict = check_team_slot(team, ask(), at(f"{MONDAY} 10:00"))

    assert [(m.member_id, m.reasons[0].code) for m in verdict.members] == [
        (1, "busy_calendar"),
        (90, "hold"),
    ]


def test_a_check_stands_on_the_listing_of_its_instant() -> None:
    team = robin(host(1), host(2))

    verdict = check_team_slot(team, ask(), at(f"{MONDAY} 10:00"))

    assert verdict.slot == find_team_slots(team, asked_at(ask(), at(f"{MONDAY} 10:00"))).slots[0]
    assert check_team_slot(team, ask(), at(f"{MONDAY} 10:07")).reasons[0].code == "off_grid"


def test_a_host_takes_part_once() -> None:
    with pytest.raises(ValueError, match="once"):
        robin(host(1), host(1))


def test_without_hosts_somebody_must_say_whose_clocks_count() -> None:
    with pytest.raises(ValueError, match="clocks"):
        TeamSituation(
            rules=SlotRules(duration_minutes=30), scheduling=Scheduling.COLLECTIVE, hosts=()
        )
