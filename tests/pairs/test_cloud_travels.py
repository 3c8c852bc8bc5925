"""What CalDAV holds and a cloud has no field for: it is kept, and comes back unharmed."""

from __future__ import annotations

import pytest

from tests.doorless import doorless_app
from tests.pairs.couples import Couple
from tests.pairs.people import DavPerson, Entry, GraphPerson, only, titles
from tests.pairs.place import hour, ics
from tests.pairs.test_what_travels import ALARM, KINDS

__all__ = ["doorless_app"]
pytestmark = pytest.mark.parametrize("couple", ["caldav-google", "caldav-microsoft"], indirect=True)
RARE = (
    *hour("20261201T100000", "Rare"),
    "URL:https://example.org/a?b=c",
    "COLOR:tomato",
    "PRIORITY:1",
    "CLASS:CONFIDENTIAL",
    "X-SHOE-SIZE:44",
    ALARM,
)


def put(couple: Couple, name: str, *lines: str) -> None:
    """Write an event of these lines to the CalDAV calendar."""
    assert isinstance(couple.left, DavPerson)
    couple.left.account.put(couple.left.url, f"{name}.ics", ics(name, *lines))


def text_of(couple: Couple, name: str) -> str:
    assert isinstance(couple.left, DavPerson)
    return couple.left.account.get(f"{couple.left.url}{name}.ics").replace("\r\n ", "")


def test_every_kind_of_line_travels_or_is_left_out_with_a_note(couple: Couple) -> None:
    for number, lines in enumerate(KINDS.values()):
        put(couple, f"e{number}", *lines)
    couple.join()

    couple.sync()
    couple.sync()

    assert couple.written() == 0
    left_out = couple.services.pairs.waiting(couple.world.user, couple.pair)
    is_graph = isinstance(couple.right, GraphPerson)
    assert {one.title for one in left_out} == ({"Extra"} if is_graph else set())
    there = [
        one for one in couple.left.contents() if one["title"] not in {w.title for w in left_out}
    ]
    assert couple.right.contents() == there


def test_what_the_cloud_has_no_field_for_survives_an_edit_there(couple: Couple) -> None:
    put(couple, "rare", *RARE)
    couple.join()
    couple.sync()
    copied = only(couple.right, "Rare")
    assert {name: copied[name] for name in ("url", "color", "priority", "visibility")} == {
        "url": "https://example.org/a?b=c",
        "color": "tomato",
        "priority": 1,
        "visibility": "confidential",
    }

    couple.right.change("Rare", title="Rarer", place="Room 2")
    couple.sync()
    couple.sync()

    assert couple.same()
    assert couple.written() == 0
    kept = ("URL:https", "COLOR:tomato", "PRIORITY:1", "X-SHOE-SIZE:44", "TRIGGER:-PT10M")
    assert [line for line in kept if line not in text_of(couple, "rare")] == []
    assert "LOCATION:Room 2" in text_of(couple, "rare")


def test_a_floating_time_floats_again(couple: Couple) -> None:
    put(couple, "one", "DTSTART:20261201T100000", "DTEND:20261201T113000", "SUMMARY:Anywhere")
    couple.join()
    couple.sync()
    couple.right.change("Anywhere", text="Really")

    couple.sync()

    assert "DTSTART:20261201T100000\r" in text_of(couple, "one")
    assert "DESCRIPTION:Really" in text_of(couple, "one")


def test_descriptions_that_the_cloud_wraps_are_no_edits(couple: Couple) -> None:
    couple.right.add(Entry(title="Wrapped", text="<p>One</p><p>Two &amp; three</p>"))
    couple.join()

    for _ in range(3):
        couple.sync()

    assert couple.written() == 0
    assert titles(couple.left) == ["Wrapped"]
    assert couple.same()
