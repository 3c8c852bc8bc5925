"""Single decisions: one link or one stranger, and what it makes due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from booking.sync.merge import Norm
from booking.sync.names import name_of, read_mark
from booking.sync.planner import plan, release
from booking.sync.policy import BOOKINGS, MIRROR, Direction, Policy, mirror
from booking.sync.ports import SIDES, Item, Side, Units
from booking.sync.rows import (
    Changes,
    End,
    Hold,
    HoldState,
    Link,
    LinkState,
    NoticeKind,
    Op,
    Totals,
)
from booking.sync.scene import Scene, Stranger, View

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LEFT, RIGHT = SIDES
BASE: Units = {"title": "x"}


def same(units: Units) -> Units:
    return units


def scene(policy: Policy = MIRROR) -> Scene:
    return Scene(
        pair_id=7,
        policy=policy,
        norms=dict.fromkeys(SIDES, Norm(same)),
        places={side: side.value for side in SIDES},
        now=NOON,
        new_id=lambda: 99,
    )


def item(key: str, units: Units, **more: object) -> Item:
    return Item(key=key, uid=f"uid-{key}", version="1", units=units, first_seen_at=NOON, **more)  # type: ignore[arg-type]


def link(agreed: Units = BASE, *, right: Units = BASE) -> Link:
    return Link(
        id=1,
        origin=LEFT,
        root="root",
        agreed=agreed,
        left=End(key="l", uid="uid-l", shadow=agreed),
        right=End(key="r", uid="uid-r", shadow=right),
    )


def planned(view: View, policy: Policy = MIRROR) -> Changes:
    return plan([view], [], scene(policy))


def met(stranger: Stranger, policy: Policy = MIRROR) -> Changes:
    return plan([], [stranger], scene(policy))


def due(changes: Changes) -> list[tuple[Side, Op]]:
    return [(intent.side, intent.op) for intent in changes.intents]


def test_where_nothing_changed_nothing_is_due() -> None:
    view = View(link=link(), left=item("l", BASE), right=item("r", BASE))

    assert planned(view) == Changes()


def test_an_edit_is_due_on_the_other_side() -> None:
    changes = planned(View(link=link(), left=item("l", {"title": "y"}), right=item("r", BASE)))

    assert due(changes) == [(RIGHT, Op.UPDATE)]
    assert changes.intents[0].target == {"title": "y"}
    assert changes.intents[0].if_match == "1"


def test_a_link_with_a_write_on_its_way_waits() -> None:
    view = View(link=link(), left=item("l", {"title": "y"}), right=item("r", BASE), is_busy=True)

    assert planned(view) == Changes(dirty=(1,))


def test_a_detached_link_is_left_alone() -> None:
    detached = replace(link(), state=LinkState.DETACHED)

    assert planned(View(link=detached, left=item("l", {"title": "y"}), right=None)) == Changes()


def test_both_ends_gone_end_the_link() -> None:
    changes = planned(View(link=link(), left=None, right=None))

    assert changes.dropped == (1,)
    assert [row.units for row in changes.trash] == [BASE]


def test_a_deletion_waits_for_the_brake() -> None:
    changes = planned(View(link=link(), left=None, right=item("r", BASE)))

    assert changes.intents == ()
    assert [(hold.side, hold.state) for hold in changes.holds] == [(RIGHT, HoldState.PENDING)]


def test_the_survivor_of_a_deletion_gets_what_it_had_not_received() -> None:
    agreed: Units = {"title": "renamed"}
    view = View(
        link=link(agreed, right=BASE), left=None, right=item("r", {**BASE, "location": "Room 1"})
    )

    changes = planned(view)

    assert due(changes) == [(LEFT, Op.CREATE), (RIGHT, Op.UPDATE)]
    assert {str(intent.target) for intent in changes.intents} == {
        str({"title": "renamed", "location": "Room 1"})
    }
    assert changes.intents[0].name == name_of(7, 1, 1)


def test_a_copy_that_was_never_made_keeps_its_name() -> None:
    never = link().with_end(RIGHT, End())

    changes = planned(View(link=never, left=item("l", BASE), right=None))

    assert due(changes) == [(RIGHT, Op.CREATE)]
    assert changes.intents[0].name == name_of(7, 1, 0)
    assert changes.conflicts == ()


def test_an_item_that_came_back_is_no_longer_held() -> None:
    hold = Hold(link_id=1, side=RIGHT, state=HoldState.HELD, found_at=NOON)
    view = View(link=link(), left=item("l", BASE), right=item("r", BASE), hold=hold)

    assert planned(view).released == (1,)


def test_a_link_is_well_again_when_both_sides_agree() -> None:
    ill = replace(link(), state=LinkState.UNSYNCABLE, reason="no_answer", failures=3, retry_at=NOON)

    changes = planned(View(link=ill, left=item("l", BASE), right=item("r", BASE)))

    assert changes.links == (link(),)


@pytest.mark.parametrize("state", [HoldState.PENDING, HoldState.APPROVED])
def test_a_deletion_that_may_go_on_is_sent_and_stays_approved(state: HoldState) -> None:
    hold = Hold(link_id=1, side=RIGHT, state=state, found_at=NOON)
    view = View(link=link(), left=None, right=item("r", BASE), hold=hold)

    changes = release([view], Totals(links=9, deleted_lately=0), MIRROR, NOON, listed=False)

    assert due(changes) == [(RIGHT, Op.DELETE)]
    assert [one.state for one in changes.holds] == [HoldState.APPROVED]


def test_too_many_deletions_wait_but_approved_ones_go_on() -> None:
    views = [
        View(
            link=replace(link(), id=number),
            left=None,
            right=item("r", BASE),
            hold=Hold(
                link_id=number,
                side=RIGHT,
                state=HoldState.APPROVED if number == 0 else HoldState.PENDING,
                found_at=NOON,
            ),
        )
        for number in range(9)
    ]

    changes = release(views, Totals(links=9, deleted_lately=0), MIRROR, NOON, listed=False)

    assert [intent.link_id for intent in changes.intents] == [0]
    assert sum(hold.state is HoldState.HELD for hold in changes.holds) == 8


def test_a_stranger_is_copied_with_a_mark() -> None:
    changes = met(Stranger(side=LEFT, item=item("l", BASE), root="root"))

    assert due(changes) == [(RIGHT, Op.CREATE)]
    (intent,) = changes.intents
    mark = read_mark(intent.mark)
    assert mark is not None
    assert (mark.pair_id, mark.link_id, mark.root) == (7, 99, "root")
    assert intent.uid not in {"", "uid-l"}


@pytest.mark.parametrize(
    "stranger",
    [item("l", BASE, mirrored=False), item("l", {}, fault="odd")],
)
def test_cancelled_and_broken_strangers_make_no_copy(stranger: Item) -> None:
    assert met(Stranger(side=LEFT, item=stranger, root="root")) == Changes()


@pytest.mark.parametrize("policy", [BOOKINGS, mirror(Direction.LEFT_TO_RIGHT)])
def test_strangers_in_a_target_are_left_alone(policy: Policy) -> None:
    assert met(Stranger(side=RIGHT, item=item("r", BASE), root="root"), policy) == Changes()


def test_a_booking_s_copy_has_the_booking_s_uid() -> None:
    changes = met(Stranger(side=LEFT, item=item("l", BASE), root="root"), BOOKINGS)

    assert [intent.uid for intent in changes.intents] == ["uid-l"]


def test_our_own_item_is_taken_back_by_its_link() -> None:
    lost = View(link=link().with_end(RIGHT, End()), left=item("l", BASE), right=None)

    changes = met(Stranger(side=RIGHT, item=item("r2", BASE), root="root", marked=lost))

    assert [one.right.key for one in changes.links] == ["r2"]
    assert (changes.intents, changes.dirty) == ((), (1,))


def test_a_link_whose_item_is_taken_back_is_planned_the_next_time() -> None:
    gone = View(link=link(), left=item("l", {"title": "y"}), right=None)
    moved = Stranger(side=RIGHT, item=item("r2", BASE), root="root", marked=gone)
    pasted = Stranger(side=RIGHT, item=item("r3", BASE), root="own", marked=gone)

    changes = plan([gone], [moved, pasted], scene())

    assert [(one.id, one.right.key) for one in changes.links] == [(1, "r2"), (99, "r3")]
    assert due(changes) == [(LEFT, Op.CREATE)]
    assert changes.dirty == (1,)


def test_an_item_of_a_link_with_a_write_on_its_way_is_looked_at_again() -> None:
    busy = View(link=link().with_end(RIGHT, End()), left=item("l", BASE), right=None, is_busy=True)

    changes = met(Stranger(side=RIGHT, item=item("r2", BASE), root="root", marked=busy))

    assert changes == Changes(dirty=(1,), later=((RIGHT, "r2"),))


def test_copies_of_one_root_are_linked_and_not_written() -> None:
    one, two = item("l", BASE), item("r", BASE)
    strangers = [
        Stranger(side=LEFT, item=one, root="root", peer=two, is_same_root=True),
        Stranger(side=RIGHT, item=two, root="root", peer=one, is_same_root=True),
    ]

    changes = plan([], strangers, scene())

    assert changes.intents == ()
    assert [(row.left.key, row.right.key) for row in changes.links] == [("l", "r")]


def test_a_copy_deleted_again_within_a_day_stays_away() -> None:
    policy = mirror(Direction.LEFT_TO_RIGHT)
    lately = replace(link(), put_back_at=NOON - timedelta(hours=23))
    long_ago = replace(link(), put_back_at=NOON - timedelta(hours=25))

    muted = planned(View(link=lately, left=item("l", BASE), right=None), policy)
    again = planned(View(link=long_ago, left=item("l", BASE), right=None), policy)

    assert [row.state for row in muted.links] == [LinkState.MUTED]
    assert due(muted) == []
    assert due(again) == [(RIGHT, Op.CREATE)]


def test_a_deletion_that_is_reported_is_reported_once() -> None:
    view = View(link=link(), left=item("l", BASE), right=None)
    first = planned(view, BOOKINGS)

    second = planned(replace(view, link=first.links[0]), BOOKINGS)

    assert [notice.kind for notice in first.notices] == [NoticeKind.DELETED]
    assert second == Changes()
