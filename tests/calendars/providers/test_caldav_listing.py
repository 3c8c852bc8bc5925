"""Reports of other makes of servers, page by page, and what is not believed of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.calendars.ports import ChangeKind, Changes, Named
from booking.calendars.providers.caldav.listing import version_of
from booking.core.errors import BadAnswer, CursorExpired, ItemGone
from tests.calendars.providers.dav_scene import provider_for
from tests.calendars.providers.dav_xml import bare, etag, reply, row
from tests.servers.dav import DavAccount
from tests.servers.scripted import Reply, Request, serving

CALENDAR = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"
FULL = "507 Insufficient Storage"


def asked(*replies: Reply, cursor: str | None = None) -> tuple[Changes, list[Request]]:
    """Ask a server that gives these answers in turn, the last one for ever."""
    turn: Iterator[Reply] = iter(replies)
    with serving(lambda _: next(turn, replies[-1])) as server:
        account = DavAccount(
            base_url=server.url, user="some", password="secret", home_url=server.url
        )
        found = provider_for(account).changes(f"{server.url}cal/", cursor)
        return found, server.requests


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ('"abc"', "abc"),
        ('W/"abc"', "abc"),
        ("abc", "abc"),
        (' "abc-gzip" ', "abc"),
        ('""', None),
        (None, None),
    ],
)
def test_a_version_is_an_etags_opaque_part(told: str | None, version: str | None) -> None:
    assert version_of(told) == version


def test_pages_are_read_until_the_server_has_told_all() -> None:
    changes, requests = asked(
        reply(row("/cal/a.ics", etag('"1"')), bare("/cal/", FULL), token="t1"),
        reply(row("/cal/b.ics", etag('"2"')), bare("/cal/", FULL), token="t2"),
        reply(row("/cal/c.ics", etag('"3"')), token="t3"),
    )

    assert [named.key for named in changes.named] == ["/cal/a.ics", "/cal/b.ics", "/cal/c.ics"]
    assert changes.is_complete
    assert b"<D:sync-token>t2</D:sync-token>" in requests[2].body


def test_a_server_that_turns_in_circles_is_not_followed_for_ever() -> None:
    with pytest.raises(BadAnswer):
        asked(reply(bare("/cal/", FULL), token="same"))


def test_the_calendar_itself_and_strangers_are_no_items() -> None:
    changes, _ = asked(
        reply(
            row("/cal/", etag('"0"')),
            row("/cal", etag('"0"')),
            row("/other/x.ics", etag('"1"')),
            row("/cal/sub/", etag('"2"')),
            row("/cal/a.ics", etag('"3"')),
            token="t",
        )
    )

    assert changes.named == (Named(key="/cal/a.ics", version="3"),)


def test_a_row_told_twice_is_one_item_and_the_last_word_counts() -> None:
    changes, _ = asked(
        reply(
            row("/cal/%C3%A4@x.ics", etag('"1"')),
            row("/cal/%c3%a4%40x.ics", etag('"2"')),
            bare("/cal/b.ics", "404 Not Found"),
            row("/cal/b.ics", etag('"3"')),
            token="t",
        )
    )

    assert changes.named == (
        Named(key="/cal/%C3%A4@x.ics", version="2"),
        Named(key="/cal/b.ics", version="3"),
    )


def test_a_listing_without_a_token_names_no_removals() -> None:
    changes, _ = asked(reply(bare("/cal/old.ics", "404 Not Found"), token="t"))

    assert changes.kind is ChangeKind.LISTING
    assert changes.removed == ()


def test_a_delta_names_its_removals_as_candidates() -> None:
    answers = reply(token="t1"), reply(bare("/cal/old.ics", "404 Not Found"), token="t2")
    turn = iter(answers)
    with serving(lambda _: next(turn)) as server:
        account = DavAccount(
            base_url=server.url, user="some", password="secret", home_url=server.url
        )
        provider = provider_for(account)
        cursor = provider.changes(f"{server.url}cal/", None).cursor
        changes = provider.changes(f"{server.url}cal/", cursor)

    assert changes.kind is ChangeKind.DELTA
    assert changes.removed == ("/cal/old.ics",)


def test_a_report_without_a_token_is_no_listing_of_etags_either() -> None:
    with pytest.raises(BadAnswer):
        asked(reply(row("/cal/a.ics", etag('"1"'))))


def test_without_tokens_and_ctags_everything_is_listed_each_time() -> None:
    changes, _ = asked(
        Reply(501),
        reply(row("/cal/", CALENDAR), row("/cal/a.ics", etag('"1"'))),
    )

    assert changes.is_complete
    assert changes.cursor is None
    assert changes.named == (Named(key="/cal/a.ics", version="1"),)


def test_folders_in_a_calendar_are_no_items() -> None:
    folder = "<D:resourcetype><D:collection/></D:resourcetype>"

    changes, _ = asked(
        Reply(501), reply(row("/cal/", CALENDAR), row("/cal/folder", folder + etag('"1"')))
    )

    assert changes.named == ()


def test_a_folder_in_the_calendars_place_is_not_an_empty_calendar() -> None:
    folder = "<D:resourcetype><D:collection/></D:resourcetype>"

    with pytest.raises(ItemGone):
        asked(Reply(501), reply(row("/cal/", folder)))


@pytest.mark.parametrize("cursor", ["", "sync", "sync|x|y", "other|1|2", "|||", "sync||"])
def test_a_cursor_that_is_not_ours_is_expired(cursor: str) -> None:
    with pytest.raises(CursorExpired):
        asked(reply(token="t"), cursor=cursor)


def test_a_garbled_address_in_a_row_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        asked(reply(row("http://[", etag('"1"')), token="t"))
