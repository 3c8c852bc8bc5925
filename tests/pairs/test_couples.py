"""Pairs across clouds: one contract of stories for every couple of kinds of provider."""

from __future__ import annotations

from dataclasses import replace

import pytest

from booking.core.event import from_units
from booking.core.instants import Instant
from booking.core.recurrence import occurrences
from booking.core.zones import zone
from tests.doorless import doorless_app
from tests.pairs.couples import COUPLES, Couple
from tests.pairs.people import Entry, GraphPerson, Person, only, titles

__all__ = ["doorless_app"]
every_couple = pytest.mark.parametrize("couple", COUPLES, indirect=True)
# Stories that depend on the engine more than on a provider's own form.
both_clouds = pytest.mark.parametrize("couple", ["google-microsoft"], indirect=True)

TWO_YEARS = (Instant(1_790_000_000), Instant(1_790_000_000 + 2 * 366 * 86_400))
STANDUP = Entry(title="Standup", rule="FREQ=DAILY;COUNT=30")
KINDS = (
    Entry(title="All day", start="2026-12-01", lasts=2),
    Entry(title="In UTC", start="2026-12-01T10:00", lasts=90, zone="UTC"),
    Entry(title="In New York", start="2026-12-01T22:30", zone="America/New_York"),
    Entry(title="Free", start="2026-12-02T10:00", is_free=True, is_private=True),
    Entry(title="Maybe", start="2026-12-02T12:00", is_tentative=True),
    Entry(
        title="Käse, Brot; 日本",
        start="2026-12-03T10:00",
        place="Room 1, second floor",
        text="One\nTwo\n\nThree \\ four & <five>",
    ),
    Entry(title="Weekly", start="2026-11-24T10:00", rule="FREQ=WEEKLY;BYDAY=TU,TH;COUNT=20"),
    Entry(title="Days off", start="2026-12-24", lasts=1, rule="FREQ=DAILY;COUNT=5"),
)


def instances(person: Person) -> list[tuple[int, int, str]]:
    """Return every instance of two years, as (start, end, title)."""
    events = [from_units(content, uid="any") for content in person.contents()]
    return sorted(
        (one.start, one.end, one.event.title)
        for event in events
        for one in occurrences(event, TWO_YEARS, zone("Europe/Berlin"))
    )


@every_couple
def test_every_kind_of_event_says_the_same_on_both_sides(couple: Couple) -> None:
    for kind in KINDS:
        couple.left.add(kind)
        couple.right.add(replace(kind, title=f"{kind.title} across"))
    couple.join()

    couple.sync()
    couple.sync()

    assert couple.same()
    assert len(titles(couple.left)) == 2 * len(KINDS)
    assert instances(couple.left) == instances(couple.right)
    assert couple.written() == 0
    assert couple.view().counts.unsyncable == 0


@every_couple
def test_edits_on_both_sides_are_kept_and_a_deletion_follows(couple: Couple) -> None:
    for title in ("One", "Two", "Three"):
        couple.left.add(Entry(title=title))
    couple.join()
    couple.sync()

    couple.left.change("One", title="Long one", start="2026-11-24T11:00")
    couple.right.change("One", place="Room 2")
    couple.left.change("Two", text="With words")
    couple.right.delete("Three")
    couple.sync()

    assert couple.same()
    assert titles(couple.left) == ["Long one", "Two"]
    merged = only(couple.right, "Long one")
    assert (merged["location"], merged["when"]["start"]) == ("Room 2", "2026-11-24T11:00:00")
    assert only(couple.right, "Two")["description"] == "With words"


@both_clouds
def test_the_later_edit_is_kept_and_the_other_one_comes_back_with_one_call(couple: Couple) -> None:
    couple.left.add(Entry(title="Talk"))
    couple.join()
    couple.sync()
    couple.left.change("Talk", title="First")
    couple.world.pass_time(minutes=5)
    couple.right.change("Talk", title="Second")

    couple.sync()
    assert couple.titles() == (["Second"], ["Second"])
    pairs, user = couple.services.pairs, couple.world.user
    history = pairs.history(user, couple.pair, before=None, limit=10)
    (conflict,) = [entry for entry in history if entry.kind == "conflict"]
    pairs.restore_value(user, couple.pair, conflict.id)
    couple.sync()

    assert couple.titles() == (["First"], ["First"])


@both_clouds
def test_one_way_the_source_is_read_and_copies_are_put_right(couple: Couple) -> None:
    for title in ("One", "Two"):
        couple.left.add(Entry(title=title))
    couple.right.add(Entry(title="Own"))
    couple.join("left_to_right")
    couple.sync()
    assert couple.titles() == (["One", "Two"], ["One", "Own", "Two"])

    couple.right.change("One", title="Scribble")
    couple.right.change("Own", title="Mine")
    couple.left.delete("Two")
    couple.sync()

    assert couple.titles() == (["One"], ["Mine", "One"])


@both_clouds
def test_titles_can_be_hidden(couple: Couple) -> None:
    couple.left.add(replace(STANDUP, title="Secret plan", place="Secret room", text="Secret words"))
    couple.left.change_instance("Secret plan", "2026-11-26T10:00", title="Secret change")
    couple.join("left_to_right", title_mask="Busy")

    couple.sync()
    couple.sync()

    (copy,) = couple.right.contents()
    assert copy["title"] == "Busy"
    assert "ecret" not in repr(copy)
    assert [one[:2] for one in instances(couple.left)] == [
        one[:2] for one in instances(couple.right)
    ]
    assert couple.written() == 0


@every_couple
def test_a_series_has_its_exceptions_once_on_both_sides(couple: Couple) -> None:
    couple.left.add(STANDUP)
    couple.left.change_instance("Standup", "2026-11-26T10:00", start="2026-11-26T15:00")
    couple.left.change_instance("Standup", "2026-11-27T10:00", title="Retro")
    couple.left.cancel_instance("Standup", "2026-11-28T10:00")
    couple.join()
    couple.sync()
    assert instances(couple.left) == instances(couple.right)
    assert len(instances(couple.right)) == 29

    couple.right.cancel_instance("Standup", "2026-11-30T10:00")
    couple.right.change_instance("Standup", "2026-12-01T10:00", place="Outside")
    couple.left.change_instance("Standup", "2026-12-02T10:00", title="Review")
    couple.sync()
    couple.sync()

    assert couple.same()
    assert instances(couple.left) == instances(couple.right)
    assert len(instances(couple.right)) == 28
    assert {title for _, _, title in instances(couple.right)} == {"Retro", "Review", "Standup"}
    assert couple.written() == 0


@every_couple
def test_a_series_that_is_moved_keeps_its_exceptions(couple: Couple) -> None:
    couple.left.add(STANDUP)
    couple.left.change_instance("Standup", "2026-11-27T10:00", title="Retro")
    couple.left.cancel_instance("Standup", "2026-11-28T10:00")
    couple.join()
    couple.sync()

    couple.right.change("Standup", start="2026-11-24T11:00")
    couple.left.cancel_instance("Standup", "2026-11-30T10:00")
    for _ in range(3):
        couple.sync()

    assert couple.same()
    assert couple.written() == 0
    assert instances(couple.left) == instances(couple.right)
    assert only(couple.right, "Standup")["when"]["start"] == "2026-11-24T11:00:00"


@every_couple
def test_guests_travel_as_data_and_nobody_is_mailed(couple: Couple) -> None:
    guests = {"guest1@example.test": "Guest One", "guest2@example.test": ""}
    couple.left.add(Entry(title="Meeting", text="Agenda", guests=guests))
    couple.right.add(Entry(title="Lunch", start="2026-11-25T12:00", guests=guests))
    couple.join()
    couple.sync()
    assert couple.same()
    couple.left.change("Meeting", title="Long meeting")
    couple.right.change("Lunch", place="Canteen")

    couple.sync()
    couple.sync()

    assert couple.same()
    for person in couple.both:
        assert sorted(only(person, "Long meeting")["attendees"]) == sorted(guests)
        assert only(person, "Long meeting")["description"] == "Agenda"
        assert only(person, "Lunch")["location"] == "Canteen"
        assert person.mails() == 0
    assert couple.written() == 0


@every_couple
def test_an_edit_across_never_has_a_provider_write_to_the_guests(couple: Couple) -> None:
    guests = {"guest1@example.test": "Guest One"}
    couple.right.add(Entry(title="Lunch", guests=guests))
    couple.right.add(Entry(title="Dinner", guests=guests))
    couple.join()
    couple.sync()
    couple.left.change("Lunch", place="Canteen")
    couple.left.delete("Dinner")

    couple.sync()

    assert couple.right.mails() == 0
    left_out = couple.services.pairs.waiting(couple.world.user, couple.pair)
    if isinstance(couple.right, GraphPerson):
        assert {(one.title, one.reason) for one in left_out} == {
            ("Lunch", "attendees"),
            ("Dinner", "attendees"),
        }
        assert titles(couple.right) == ["Dinner", "Lunch"]
    else:
        assert left_out == ()
        assert only(couple.right, "Lunch")["location"] == "Canteen"
        assert titles(couple.right) == ["Lunch"]


@every_couple
def test_a_series_that_one_side_cannot_hold_is_left_out_with_a_note(couple: Couple) -> None:
    couple.left.add(Entry(title="Last day", rule="FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=5"))
    couple.left.add(Entry(title="Fine"))
    couple.join()

    couple.sync()

    left_out = couple.services.pairs.waiting(couple.world.user, couple.pair)
    if isinstance(couple.right, GraphPerson):
        assert [(one.title, one.reason) for one in left_out] == [("Last day", "recurrence")]
        assert titles(couple.right) == ["Fine"]
        couple.left.change("Last day", title="Last day of all")
        couple.sync()
        assert titles(couple.left) == ["Fine", "Last day of all"]
    else:
        assert left_out == ()
        assert instances(couple.left) == instances(couple.right)


@every_couple
def test_a_persons_copy_of_a_copy_is_an_event_of_its_own(couple: Couple) -> None:
    couple.left.add(Entry(title="One"))
    couple.join()
    couple.sync()
    couple.right.copy("One", "Copied")

    couple.sync()
    couple.sync()

    assert couple.titles() == (["Copied", "One"], ["Copied", "One"])
    assert couple.written() == 0


@both_clouds
def test_equal_events_are_linked_and_copies_that_were_kept_are_found(couple: Couple) -> None:
    for person in couple.both:
        person.add(Entry(title="Same", start="2026-11-26T10:00"))
    couple.left.add(Entry(title="One"))
    couple.join()
    couple.sync()
    assert couple.titles() == (["One", "Same"], ["One", "Same"])
    couple.services.pairs.delete(couple.world.user, couple.pair, remove_copies=False)

    couple.join()
    couple.sync()

    assert couple.written() == 0
    assert couple.titles() == (["One", "Same"], ["One", "Same"])


@both_clouds
def test_copies_go_with_the_pair_and_originals_stay(couple: Couple) -> None:
    for title in ("One", "Two"):
        couple.left.add(Entry(title=title))
    couple.right.add(Entry(title="Own"))
    couple.join()
    couple.sync()
    couple.right.change("Two", title="Edited since")

    assert couple.services.pairs.delete(couple.world.user, couple.pair, remove_copies=True)

    assert couple.titles() == (["One", "Two"], ["Edited since", "Own"])


@both_clouds
def test_many_deletions_wait_for_their_host(couple: Couple) -> None:
    for number in range(7):
        couple.left.add(Entry(title=f"Event {number}"))
    couple.join()
    couple.sync()
    for number in range(6):
        couple.left.delete(f"Event {number}")
    couple.left.add(Entry(title="New"))

    report = couple.sync()

    assert (report.status, report.held) == ("halted", 6)
    assert len(titles(couple.right)) == 8
    couple.services.pairs.confirm(couple.world.user, couple.pair)
    assert couple.titles() == (["Event 6", "New"], ["Event 6", "New"])


@both_clouds
def test_what_was_removed_comes_back_on_both_sides_with_one_call(couple: Couple) -> None:
    couple.left.add(replace(STANDUP, guests={"guest@example.test": "Guest"}))
    couple.left.change_instance("Standup", "2026-11-26T10:00", title="Retro")
    couple.left.add(Entry(title="Other"))
    couple.join()
    couple.sync()
    before = couple.left.contents()
    couple.right.delete("Standup")
    couple.sync()
    assert couple.titles() == (["Other"], ["Other"])

    pairs, user = couple.services.pairs, couple.world.user
    (entry,) = pairs.trash(user, couple.pair, before=None, limit=10)
    pairs.restore_item(user, couple.pair, entry.id)
    couple.sync()
    couple.sync()

    assert couple.left.contents() == couple.right.contents() == before
    assert couple.written() == 0
