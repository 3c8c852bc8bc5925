"""What a server that is busy asks for is read in both of its forms, and bounded."""

from __future__ import annotations

import pytest

from booking.calendars.patience import patience
from tests.conftest import MONDAY


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 1),
        ("86400", 3600),
        ("9" * 5000, 3600),
        ("Mon, 23 Nov 2026 07:01:00 GMT", 61),
        ("Mon, 23 Nov 2026 06:00:00 GMT", 1),
        ("Tue, 24 Nov 2026 07:00:00 GMT", 3600),
        (None, 30),
        ("", 30),
        ("soon", 30),
        ("-5", 30),
        ("²", 30),
    ],
)
def test_seconds_and_dates_count_and_anything_else_is_the_usual(
    header: str | None, seconds: int
) -> None:
    assert patience(header, 30, MONDAY) == seconds


def test_a_date_needs_a_clock() -> None:
    assert patience("Mon, 23 Nov 2026 07:01:00 GMT", 30) == 30
