"""Names of copies, fixed before anything is sent."""

from __future__ import annotations

import re

import pytest

from booking.sync.names import Mark, mark_text, name_of, read_mark, root_of, uid_of


def test_a_name_depends_on_pair_link_and_generation_alone() -> None:
    assert name_of(1, 2, 0) == name_of(1, 2, 0)
    assert len({name_of(1, 2, 0), name_of(1, 2, 1), name_of(1, 3, 0), name_of(2, 2, 0)}) == 4
    assert name_of(1, 2, 0) != uid_of(1, 2, 0)
    assert name_of(1, 23, 0) != name_of(12, 3, 0)


def test_names_are_taken_by_every_provider() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", name_of(2**62, 2**62, 99))


def test_a_mark_is_read_as_it_was_written() -> None:
    mark = Mark(pair_id=2**62, link_id=7, root=root_of("calendar:1", "a.ics"))

    assert read_mark(mark_text(mark)) == mark
    assert "," not in mark_text(mark)


@pytest.mark.parametrize("text", ["", "x", "a-b-c", "0000000000007-0000000000002-", "1-2-3-4"])
def test_anybody_s_text_is_no_mark(text: str) -> None:
    assert read_mark(text) is None
