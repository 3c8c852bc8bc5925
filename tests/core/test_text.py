"""Text is put in one form before anything else sees it."""

from __future__ import annotations

import pytest

from booking.core.text import clean_line, clean_text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  plain ", "plain"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("nul\x00bell\x07", "nulbell"),
        ("A\u0308", "\u00c4"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("tab\tstays", "tab\tstays"),
        ("\u4f60\u597d \U0001f600", "\u4f60\u597d \U0001f600"),
    ],
)
def test_text_is_cleaned(given: str, kept: str) -> None:
    assert clean_text(given) == kept


def test_a_line_has_single_spaces_and_no_breaks() -> None:
    assert clean_line(" a\r\n b\t\tc\u00a0d ") == "a b c d"


def test_cleaning_twice_changes_nothing() -> None:
    text = " A\u0308\r\n\x01 b\ud800"

    assert clean_text(clean_text(text)) == clean_text(text)
