"""What an event says is the same on both sides, and what only one side knows stays there."""

from __future__ import annotations

import pytest

from booking.core.event import from_units
from booking.core.instants import Instant
from booking.core.recurrence import occurrences
from booking.core.zones import zone
from tests.pairs.place import Hands, Place, hour

ZONE = zone("Europe/Berlin")
TWO_YEARS = (Instant(1_790_000_000), Instant(1_790_000_000 + 2 * 366 * 86_400))
KINDS = {
    "all day": ("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261203", "SUMMARY:Days off"),
    "utc": ("DTSTART:20261201T100000Z", "DTEND:20261201T113000Z", "SUMMARY:In UTC"),
    "floating": ("DTSTART:20261201T100000", "DTEND:20261201T113000", "SUMMARY:Anywhere"),
    "free": (*hour("20261201T100000", "Free"), "TRANSP:TRANSPARENT", "CLASS:PRIVATE"),
    "tentative": (*hour("20261201T100000", "Maybe"), "STATUS:TENTATIVE", "PRIORITY:1"),
    "texts": (
        *hour("20261201T100000", "Käse\\, Brot\\; 日本"),
        "DESCRIPTION:One\\nTwo\\n\\nThree \\\\ four",
        "LOCATION:Room 1\\, second floor",
        "URL:https://example.org/a?b=c",
    ),
    "weekly": (*hour("20261124T100000", "Weekly"), "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=20"),
    "gaps": (
        *hour("20261124T100000", "Gaps"),
        "RRULE:FREQ=DAILY;UNTIL=20270101T090000Z",
        "EXDATE;TZID=Europe/Berlin:20261126T100000,20261127T100000",
    ),
    "extra": (
        *hour("20261124T100000", "Extra"),
        "RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=6",
        "RDATE;TZID=Europe/Berlin:20261201T100000,20261203T150000",
    ),
}


def instances(hands: Hands) -> list[tuple[int, int, str]]:
    """Return every instance of two years, as (start, end, title)."""
    events = [from_units(content, uid="any") for content in hands.contents()]  # type: ignore[arg-type]
    return sorted(
        (one.start, one.end, one.event.title)
        for event in events
        for one in occurrences(event, TWO_YEARS, ZONE)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_says_the_same_on_both_sides(place: Place, kind: str) -> None:
    place.left.put("one", *KINDS[kind])
    place.right.put("two", *KINDS[kind][:-1], "SUMMARY:Another")
    place.join()

    place.sync()
    place.sync()

    assert place.same()
    assert instances(place.left) == instances(place.right)
    assert place.written() == 0


def exception(uid: str, original: str, *lines: str) -> str:
    body = "".join(f"{line}\r\n" for line in lines)
    return (
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\n"
        f"RECURRENCE-ID;TZID=Europe/Berlin:{original}\r\n{body}END:VEVENT\r\n"
    )


def series(place: Place) -> None:
    """Put a daily series with a moved and a renamed instance on the left, and sync."""
    moved = exception("s", "20261126T100000", *hour("20261126T150000", "Standup"))
    renamed = exception("s", "20261127T100000", *hour("20261127T100000", "Retro"))
    rule = "RRULE:FREQ=DAILY;COUNT=30"
    place.left.put("s", *hour("20261124T100000", "Standup"), rule, more=moved + renamed)
    place.join()
    place.sync()


def test_moved_renamed_and_cancelled_instances_stand_on_both_sides_once(place: Place) -> None:
    series(place)
    assert instances(place.left) == instances(place.right)
    assert len(instances(place.left)) == 30

    gone = "EXDATE;TZID=Europe/Berlin:20261130T100000\r\nRRULE:"
    place.right.rewrite("RRULE:", gone)
    place.left.rewrite("SUMMARY:Retro", "SUMMARY:Review")
    place.sync()

    assert place.same()
    assert instances(place.left) == instances(place.right)
    assert len(instances(place.left)) == 29
    assert "Review" in {title for _, _, title in instances(place.right)}


def test_an_exception_made_while_the_series_was_shifted_is_kept(place: Place) -> None:
    series(place)
    place.left.rewrite(":20261124T100000", ":20261124T110000")
    for day in (26, 27):
        name = f"RECURRENCE-ID;TZID=Europe/Berlin:202611{day}"
        place.left.rewrite(f"{name}T100000", f"{name}T110000")
    gone = "EXDATE;TZID=Europe/Berlin:20261130T100000\r\nRRULE:"
    place.right.rewrite("RRULE:", gone)

    place.sync()

    assert place.same()
    assert len(instances(place.right)) == 29
    (content,) = place.right.contents()
    assert "2026-11-30T11:00:00" in content["exceptions"]  # type: ignore[operator]


def test_this_and_future_splits_are_two_series_on_both_sides(place: Place) -> None:
    series(place)
    place.left.rewrite("RRULE:FREQ=DAILY;COUNT=30", "RRULE:FREQ=DAILY;UNTIL=20261204T090000Z")
    place.left.put("s2", *hour("20261205T120000", "Standup"), "RRULE:FREQ=DAILY;COUNT=10")

    place.sync()

    assert place.same()
    assert len(place.right.contents()) == 2
    assert instances(place.left) == instances(place.right)


def test_attendees_travel_as_data_and_no_server_is_asked_to_write_to_them(place: Place) -> None:
    place.left.put(
        "one",
        *hour("20261124T100000", "Meeting"),
        "ORGANIZER:mailto:host@example.test",
        "ATTENDEE;CN=Guest One;PARTSTAT=ACCEPTED:mailto:guest1@example.test",
        "ATTENDEE;ROLE=OPT-PARTICIPANT:mailto:guest2@example.test",
    )
    place.join()
    place.sync()

    (url,) = place.right.with_text("SUMMARY:Meeting")
    text = place.right.objects()[url]
    people = [line for line in text.splitlines() if line.startswith("ATTENDEE")]
    assert len(people) == 2
    assert all("SCHEDULE-AGENT=CLIENT" in line or "SCHEDULE-AGENT=NONE" in line for line in people)
    place.right.rewrite("PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED")
    place.left.rewrite("END:VEVENT", "ATTENDEE:mailto:guest3@example.test\r\nEND:VEVENT")
    place.sync()

    assert place.same()
    (content,) = place.left.contents()
    people = content["attendees"]  # type: ignore[assignment]
    assert sorted(people) == [f"guest{number}@example.test" for number in (1, 2, 3)]
    assert people["guest1@example.test"]["answer"] == "declined"  # type: ignore[call-overload]


ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nDESCRIPTION:Soon\r\nEND:VALARM"


def test_lines_that_only_one_side_knows_stay_there_and_do_not_travel(place: Place) -> None:
    place.left.put(
        "one",
        *hour("20261124T100000", "Meeting"),
        "X-SHOE-SIZE:44",
        "ATTACH:https://example.org/plan.pdf",
        ALARM,
    )
    place.join()
    place.sync()
    place.right.rewrite("SUMMARY:Meeting", "SUMMARY:Long meeting")

    place.sync()

    (text,) = place.left.objects().values()
    assert "SUMMARY:Long meeting" in text
    kept = ("X-SHOE-SIZE:44", "ATTACH:https://example.org/plan.pdf", "TRIGGER:-PT10M")
    assert [line for line in kept if line not in text] == []
    (copy,) = place.right.objects().values()
    assert "X-SHOE-SIZE" not in copy
    assert "BEGIN:VALARM" not in copy


def test_an_event_that_cannot_be_read_is_told_and_holds_nobody_up(place: Place) -> None:
    place.left.put("odd", "DTSTART:20261124T100000Z", "RRULE:FREQ=HOURLY", "SUMMARY:Odd")
    place.left.put("one", *hour("20261124T100000", "Fine"))
    place.join()

    place.sync()

    assert place.right.titles() == ["Fine"]
    preview = place.services.pairs.preview(place.user, place.pair)
    assert [item.action for item in preview.items] == ["skip"]
    assert preview.items[0].reason


def test_titles_can_be_hidden_on_one_way(place: Place) -> None:
    place.left.put(
        "one",
        *hour("20261124T100000", "Secret plan"),
        "LOCATION:Secret room",
        "DESCRIPTION:Secret words",
        "ATTENDEE:mailto:secret@example.test",
        "RRULE:FREQ=DAILY;COUNT=3",
        more=exception("one", "20261125T100000", *hour("20261125T110000", "Secret change")),
    )
    place.join("left_to_right", title_mask="Busy")

    place.sync()
    place.sync()

    (text,) = place.right.objects().values()
    assert "ecret" not in text
    assert place.right.titles() == ["Busy"]
    assert [one[:2] for one in instances(place.left)] == [one[:2] for one in instances(place.right)]
    assert place.written() == 0
