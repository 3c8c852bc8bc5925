"""Lists come by pages, each item once."""

import pytest
from flask import Flask

from booking.core.errors import InvalidInput
from booking.core.ids import encode_id
from booking.web.pagination import Page, page_by_id


def page(app: Flask, query: str, count: int = 5) -> Page[int]:
    with app.test_request_context(f"/?{query}"):
        return page_by_id(tuple(range(count, 0, -1)), lambda item: item)


def test_pages_follow_each_other_to_the_end(app: Flask) -> None:
    first = page(app, "limit=2")
    second = page(app, f"limit=2&cursor={first.next_cursor}")
    third = page(app, f"limit=2&cursor={second.next_cursor}")

    assert (first.data, second.data, third.data) == ((1, 2), (3, 4), (5,))
    assert third.next_cursor is None


def test_a_full_last_page_is_the_last(app: Flask) -> None:
    assert page(app, "limit=5").next_cursor is None


def test_an_empty_list_is_one_empty_page(app: Flask) -> None:
    assert page(app, "", count=0) == Page(data=(), next_cursor=None)


def test_a_cursor_behind_the_end_finds_nothing(app: Flask) -> None:
    assert page(app, f"cursor={encode_id(99)}").data == ()


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=ten", "limit=1e1", "limit=", "cursor=x", "limit=٣"],
)
def test_what_is_no_page_is_refused(app: Flask, query: str) -> None:
    with pytest.raises(InvalidInput):
        page(app, query)
