"""Hashing units."""

from __future__ import annotations

from booking.core.event import CalendarEvent, to_units
from booking.core.fingerprint import fingerprint
from tests.core.series import timed


def test_the_order_of_keys_does_not_matter() -> None:
    units = to_units(CalendarEvent(uid="a", when=timed("2026-01-05T09:00"), title="Grüße"))

    assert fingerprint(units) == fingerprint(dict(reversed(units.items())))


def test_any_changed_unit_changes_it() -> None:
    units = to_units(CalendarEvent(uid="a", when=timed("2026-01-05T09:00")))

    assert fingerprint(units) != fingerprint({**units, "priority": 1})


def test_it_is_the_same_on_every_machine() -> None:
    expected = "3731787a531db3c329868cbc4c6682c94ff9ef5ca54469a8eeda6dd075033621"

    assert fingerprint({"title": "Review"}) == expected
