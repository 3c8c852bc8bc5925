"""The table of docs/sync.md, "Decisions": every row of it is run, and is what happens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from booking.sync.policy import Direction, mirror
from booking.sync.ports import SIDES, Side
from booking.sync.rows import ConflictKind
from tests.sync.calendar import contents
from tests.sync.world import LEFT, World, only, units, world

WAYS: Final = {"both ways": Direction.BOTH, "left to right": Direction.LEFT_TO_RIGHT}
_DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "sync.md"
BASE, OTHERS = "base", 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: what people did on each side, and what then stands and is remembered."""

    way: str
    left: str
    right: str
    then_left: str
    then_right: str
    remembered: str

    def __str__(self) -> str:
        return f"{self.way}: {self.left}, {self.right}".replace(" ", "_")


def rows() -> list[Row]:
    text = _DOCUMENT.read_text()
    section = text.partition("\n## Decisions\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    names = ("way", "left", "right", "then_left", "then_right", "remembered")
    return [Row(**dict(zip(names, row, strict=True))) for row in cells if "---" not in row[0]]


def test_the_table_is_there() -> None:
    assert len(rows()) >= 20


@pytest.mark.parametrize("row", rows(), ids=str)
def test_each_row_is_what_happens(row: Row) -> None:
    place = world(mirror(WAYS[row.way]))
    for number in range(OTHERS):
        place.left.user_put(f"other{number}", units(f"other {number}"))
    is_met = "new" not in {row.left, row.right}
    if is_met:
        place.left.user_put("e", units(BASE))
    place.settle_down()

    for side, deed in ((LEFT, row.left), (LEFT.other, row.right)):
        act(place, side, deed)
    place.settle_down()

    shown = {side: shows(place, side) for side in SIDES}
    assert shown == {LEFT: row.then_left, LEFT.other: row.then_right}
    assert remembered(place) == row.remembered


def act(place: World, side: Side, deed: str) -> None:
    """Do by hand what a cell says; the right side acts later than the left."""
    calendar = place.calendar(side)
    if deed == "new":
        calendar.user_put(f"new-{side}", units(f"{side}'s"))
    if deed in {"-", "same", "new"}:
        return
    key = "e" if side is LEFT else only(calendar, BASE)
    if deed == "deleted":
        calendar.user_delete(key)
    elif deed == "renamed":
        calendar.user_put(key, units(f"{side}'s"))
    elif deed == "moved elsewhere":
        calendar.user_put(key, units(BASE, location=f"{side}'s"))
    else:
        raise AssertionError(deed)


def shows(place: World, side: Side) -> str:
    """Say in the table's words what stands on a side."""
    found = [one for one in contents(place.calendar(side)) if "other " not in str(one["title"])]
    if not found:
        return "nothing"
    (one,) = found
    words = {str(one["title"]), str(one.get("location", ""))} - {BASE, ""}
    return " and ".join(sorted(words)) or BASE


def remembered(place: World) -> str:
    """Say in the table's words what can be brought back."""
    tables = place.tables
    found = [
        f"{row.lost} lost" if row.kind is ConflictKind.UNIT else "deletion lost"
        for row in tables.conflicts
    ]
    found += ["trash"] if tables.trash else []
    return ", ".join(found) or "-"
