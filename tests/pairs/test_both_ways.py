"""A pair of both directions between Radicale and Xandikos, story by story, on both databases."""

from __future__ import annotations

from tests.pairs.place import Place, hour


def test_what_stands_in_one_calendar_stands_in_the_other(either_place: Place) -> None:
    place = either_place
    place.left.put("one", *hour("20261124T100000", "One"), "LOCATION:Room 1")
    place.right.put("two", *hour("20261125T100000", "Two"), "DESCRIPTION:Bring the\\nplan")
    place.join()

    place.sync()

    assert place.left.titles() == ["One", "Two"]
    assert place.same()


def test_a_quiet_sync_writes_nothing(either_place: Place) -> None:
    place = either_place
    for number in range(3):
        place.left.put(f"e{number}", *hour(f"2026112{number}T100000", f"Event {number}"))
    place.join()
    place.sync()
    place.sync()

    assert place.written() == 0
    assert place.view().status == "active"
    assert place.view().counts.linked == 3


def test_edits_of_different_fields_are_both_kept(either_place: Place) -> None:
    place = either_place
    place.left.put("one", *hour("20261124T100000", "Talk"))
    place.join()
    place.sync()
    place.left.rewrite("SUMMARY:Talk", "SUMMARY:Long talk")
    place.right.rewrite("END:VEVENT", "LOCATION:Room 2\r\nEND:VEVENT", of="SUMMARY:Talk")

    place.sync()

    assert place.same()
    (content,) = place.left.contents()
    assert (content["title"], content["location"]) == ("Long talk", "Room 2")


def test_a_deletion_follows(either_place: Place) -> None:
    place = either_place
    place.left.put("one", *hour("20261124T100000", "One"))
    place.left.put("two", *hour("20261125T100000", "Two"))
    place.join()
    place.sync()
    place.right.delete("SUMMARY:One")

    place.sync()

    assert place.left.titles() == place.right.titles() == ["Two"]
    (entry,) = place.services.pairs.trash(place.user, place.pair, before=None, limit=10)
    assert entry.title == "One"
