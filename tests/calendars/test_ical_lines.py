"""Content lines are split and folded as the icalendar library does it, by whichever way."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar.parser import Contentline

from booking.calendars.ical_lines import BadObject, Block, split, text_of

_HEADS = r'[A-Za-z-]{1,9}(;[A-Z]{1,4}=("[^"\n]{0,9}"|[^";:\n]{0,9})){0,3}'
_lines = st.one_of(
    st.from_regex(_HEADS + r":.{0,40}", fullmatch=True),
    st.text(st.sampled_from('AbTZID;:="\\, \t^n'), max_size=40),
)


@given(_lines)
@example("DTSTART;:20270101")
@example('X;A=";:":b')
@example("X;A=a\\:b:c")
@example("SUMMARY:")
@example(" summary : a")
@example("no colon")
def test_a_line_is_split_as_by_the_library(line: str) -> None:
    try:
        _, parameters, value = Contentline(line).raw_parts()  # type: ignore[no-untyped-call]
    except ValueError:
        with pytest.raises(BadObject):
            split(line)
        return
    found = split(line)
    assert (dict(found.parameters), found.value) == (dict(parameters), value.strip())


@given(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=200))
@example("X" * 74)
@example("X" * 75)
@example("X" * 73 + "\u00e9")
def test_a_line_is_folded_as_by_the_library(line: str) -> None:
    folded = Contentline(line).to_ical().decode()  # type: ignore[no-untyped-call]
    whole = text_of(Block("VEVENT", [line]))
    assert whole == f"BEGIN:VEVENT\r\n{folded}\r\nEND:VEVENT\r\n"


@pytest.mark.parametrize("line", ["summary:a", " SUMMARY:a", "SUMMARY :a", "\tSummary;X=1:a"])
def test_a_property_is_found_however_its_name_is_written(line: str) -> None:
    found = Block("VEVENT", ["SUMMARYX:no", "SUM:no", line]).find("SUMMARY")
    assert found is not None
    assert found.value == "a"
