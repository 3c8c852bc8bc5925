"""Reports of other makes of servers, page by page, and what is not believed of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.calendars.ports import ChangeKind, Changes, Named
from booking.calendars.providers.caldav.etags import version_of
from booking.core.errors import BadAnswer, CursorExpired, ItemGone
from tests.calendars.providers.dav_scene import provider_for
from tests.calendars.providers.dav_xml import bare, etag, reply, row
from tests.calendars.providers.made import ics
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


def ctag(value: str) -> Reply:
    """Answer a look at the calendar itself."""
    return reply(row("/cal/", f"{CALENDAR}<S:getctag>{value}</S:getctag>"))


def told(*replies: Reply, times: int) -> tuple[list[Changes], list[Request]]:
    """Follow the changes of a calendar, from its listing on, at a server with these answers."""
    turn, found = iter(replies), list[Changes]()
    with serving(lambda _: next(turn)) as server:
        account = DavAccount(
            base_url=server.url, user="some", password="secret", home_url=server.url
        )
        provider = provider_for(account)
        for _ in range(times):
            cursor = found[-1].cursor if found else None
            found.append(provider.changes(f"{server.url}cal/", cursor))
        return found, server.requests


UNCHANGED = reply(token="t1")
CALM = (UNCHANGED, UNCHANGED, ctag("1"), UNCHANGED)
NEWS = reply(row("/cal/a.ics", etag('"1"')), token="t2")


def test_a_calendar_found_unchanged_twice_is_asked_for_its_ctag_alone() -> None:
    found, requests = told(*CALM, ctag("1"), ctag("1"), times=5)

    assert [one.method for one in requests[4:]] == ["PROPFIND", "PROPFIND"]
    assert found[-1].named == ()
    assert found[-1].cursor == found[-2].cursor == found[-3].cursor


def test_a_ctag_that_may_mean_a_later_state_than_the_token_is_not_believed() -> None:
    found, requests = told(UNCHANGED, UNCHANGED, ctag("after a change"), NEWS, times=3)

    assert requests[-1].method == "REPORT"
    assert found[-1].named == (Named(key="/cal/a.ics", version="1"),)


def test_after_a_calm_the_report_carries_what_changed() -> None:
    data = f"{etag('1')}<C:calendar-data>{ics('a@test')}</C:calendar-data>"
    found, requests = told(
        *CALM,
        ctag("2"),
        reply(row("/cal/a.ics", data), row("/cal/b.ics", etag("2")), token="t2"),
        times=4,
    )

    assert b"calendar-data" in requests[-1].body
    assert found[-1].named == (
        Named(key="/cal/a.ics", version="1"),
        Named(key="/cal/b.ics", version="2"),
    )
    (item,) = found[-1].read
    assert (item.key, item.version, item.event and item.event.uid) == ("/cal/a.ics", "1", "a@test")


def test_of_many_changes_some_are_carried_and_all_are_named() -> None:
    data = f"{etag('1')}<C:calendar-data>{ics('a@test')}</C:calendar-data>"
    rows = [row(f"/cal/{number}.ics", data) for number in range(300)]
    found, _ = told(*CALM, ctag("2"), reply(*rows, token="t2"), times=4)

    assert len(found[-1].named) == 300
    assert 0 < len(found[-1].read) <= 200


@pytest.mark.parametrize("refusal", [Reply(403), Reply(501), Reply(207, b"x" * 10_000_000)])
def test_a_server_that_carries_nothing_along_is_asked_for_names_alone(refusal: Reply) -> None:
    found, requests = told(*CALM, ctag("2"), refusal, NEWS, times=4)

    assert b"calendar-data" not in requests[-1].body
    assert [named.key for named in found[-1].named] == ["/cal/a.ics"]


def test_a_ctag_that_moves_without_a_change_is_learnt() -> None:
    found, requests = told(*CALM, ctag("2"), UNCHANGED, ctag("2"), times=5)

    assert [one.method for one in requests[4:]] == ["PROPFIND", "REPORT", "PROPFIND"]
    assert found[-1].named == ()


@pytest.mark.parametrize("answer", [reply(row("/cal/", CALENDAR)), Reply(403), Reply(503)])
def test_a_server_that_tells_no_ctag_is_asked_for_one_once(answer: Reply) -> None:
    found, requests = told(UNCHANGED, UNCHANGED, answer, UNCHANGED, NEWS, UNCHANGED, times=5)

    assert [one.method for one in requests].count("PROPFIND") == 1
    assert [len(one.named) for one in found] == [0, 0, 0, 1, 0]


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
