"""Reading a calendar: what is believed, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.core.errors import BadAnswer, CursorExpired
from booking.sync.engine import SideReplica
from booking.sync.ingest import Ingest, Ingested, SuspectListing, aged
from booking.sync.ports import Item, Page
from tests.sync.calendar import Quirks
from tests.sync.world import LEFT, START, World, filled, only, units


def read(place: World, *, full: bool = False, afresh: bool = False) -> Ingested:
    replica = SideReplica(place.store, LEFT)
    return Ingest(place.left, replica, place.clock.now(), afresh=afresh).run(full=full)


def test_nothing_new_is_one_question_and_no_commit() -> None:
    place = filled(3)
    place.cycle()
    place.left.calls.clear()
    commits = place.store.commits

    assert read(place) == Ingested()
    assert place.left.calls == ["changes"]
    assert place.store.commits == commits


def test_a_listing_reads_only_what_is_new() -> None:
    place = filled(3)
    place.left.user_put("u1", units("changed"))
    place.left.calls.clear()

    assert read(place, full=True) == Ingested(changed=1, listed=True)
    assert place.left.calls == ["changes", "fetch"]


def test_afresh_everything_is_read_and_what_is_the_same_wakes_nobody() -> None:
    place = filled(3)
    place.cycle()

    assert read(place, afresh=True) == Ingested(listed=True)
    assert place.tables.dirty_items == {}


def test_a_feed_that_calls_everything_removed_removes_nothing() -> None:
    place = filled(3, left=Quirks(reports_false_removals=True))
    place.left.user_put("u1", units("changed"))

    assert read(place) == Ingested(changed=1)
    assert len(place.tables.replicas[LEFT]) == 3


def test_an_answer_that_passes_items_over_proves_nothing() -> None:
    place = filled(4, left=Quirks(passes_over_in_silence=True))
    for number in range(4):
        place.left.user_put(f"u{number}", units("changed"))
    place.left.user_delete("u3")

    assert read(place) == Ingested(changed=3, gone=1)


def test_a_listing_in_answer_to_a_token_removes_what_it_does_not_name() -> None:
    place = filled(3, left=Quirks(lists_when_asked_for_changes=True))
    place.left.user_delete("u1")

    assert read(place) == Ingested(gone=1, listed=True)


def test_a_listing_that_lacks_an_existing_item_is_refused() -> None:
    place = filled(3)

    def short(pages: list[Page]) -> list[Page]:
        return [Page(changes=pages[0].changes[1:], token=pages[0].token, last=True)]

    place.left.answers = short
    with pytest.raises(SuspectListing):
        read(place, full=True)


def test_an_answer_without_any_page_is_refused() -> None:
    place = filled(3)
    place.left.answers = lambda _pages: []

    for full in (False, True):
        with pytest.raises(BadAnswer):
            read(place, full=full)


def test_the_last_item_of_a_calendar_may_go() -> None:
    place = filled(1)
    place.left.user_delete(only(place.left))
    place.left.forget()

    assert read(place) == Ingested(gone=1, listed=True)


def test_doubt_about_emptiness_lasts_until_the_hour_is_over_or_items_are_back() -> None:
    place = filled(3)
    gone = dict(place.left.items)
    place.left.items.clear()
    with pytest.raises(SuspectListing):
        read(place, full=True)
    with pytest.raises(SuspectListing):
        read(place)
    assert len(place.tables.replicas[LEFT]) == 3

    place.left.items.update(gone)
    assert read(place) == Ingested(listed=True)
    place.left.items.clear()
    place.clock.advance(hours=2)
    with pytest.raises(SuspectListing):
        read(place, full=True)


def test_a_refused_token_is_answered_by_a_listing_once() -> None:
    place = filled(3)
    place.left.user_put("u1", units("changed"))
    place.left.forget()

    assert read(place) == Ingested(changed=1, listed=True)

    def refuse(_pages: list[Page]) -> list[Page]:
        raise CursorExpired

    place.left.answers = refuse
    with pytest.raises(CursorExpired):
        read(place)


def test_each_change_keeps_the_time_at_which_it_was_seen() -> None:
    first = aged(Item(key="k", units={"title": "a", "url": "b"}, updated_at=START), None, START)
    later, latest = START + timedelta(hours=1), START + timedelta(hours=2)

    second = aged(Item(key="k", units={"title": "x", "url": "b"}, updated_at=later), first, latest)
    third = aged(Item(key="k", units={"title": "x", "url": "y"}, updated_at=latest), second, latest)

    assert first.first_seen_at == third.first_seen_at == START
    assert third.touched == {"title": later, "url": latest}


def test_a_clock_that_is_ahead_gains_nothing() -> None:
    ahead = Item(key="k", units={}, updated_at=START + timedelta(days=9))

    assert aged(ahead, None, START).first_seen_at == START


def test_content_that_can_no_longer_be_understood_stays_as_it_was() -> None:
    old = aged(Item(key="k", version="1", units={"title": "a"}), None, START)

    now = aged(Item(key="k", version="2", units={}, fault="odd"), old, START)

    assert (now.units, now.version, now.fault) == ({"title": "a"}, "2", "odd")
