"""Addresses are spelled one way, and the short way to spell them is the long one's."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from booking.calendars.providers.caldav.hrefs import address_of, key_of, member_of, resolve

CALENDAR = "https://dav.example:8443/home/work/"
hrefs = st.text("ab.~%2Fé/@:;?#&= -_", max_size=12)


@example("//other.example/a")
@example("/a/../b")
@example("/a/./b.ics")
@example("/a//b")
@example("/%41/b")
@given(hrefs.map(lambda text: f"/{text}"))
def test_a_key_is_the_path_of_the_address_that_is_meant(href: str) -> None:
    assert key_of(CALENDAR, href) == urlsplit(resolve(CALENDAR, href)).path


@example("/a/../b")
@example("//other.example/a")
@given(hrefs.map(lambda text: f"/{text}"))
def test_the_address_of_a_key_is_at_its_calendars_place(key: str) -> None:
    assert address_of(CALENDAR, key) == urljoin(CALENDAR, key)


@example("..")
@given(hrefs.filter(lambda name: ":" not in name))
def test_a_member_is_named_below_its_calendar(name: str) -> None:
    assert member_of(CALENDAR, name) == key_of(CALENDAR, urljoin(CALENDAR, name))
