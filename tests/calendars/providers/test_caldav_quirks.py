"""Servers that ignore preconditions, mail attendees or rename calendars lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from booking.calendars.providers.caldav.presets import PRESETS, find_preset
from booking.calendars.providers.caldav.provider import CaldavProvider
from booking.core.errors import VersionConflict
from booking.core.event import Attendee, Organizer
from tests.calendars.providers.dav_scene import provider_for
from tests.calendars.providers.made import event, ics
from tests.servers.dav import DavAccount
from tests.servers.faulty import FaultyProxy, in_front_of
from tests.servers.radicale_server import Radicale
from tests.servers.scripted import Reply, Request

MAKERS = {"nextcloud", "sogo", "radicale", "baikal", "synology"}


@pytest.fixture
def account(radicale: Radicale) -> DavAccount:
    return radicale.new_account()


@pytest.fixture
def careless(account: DavAccount) -> Iterator[FaultyProxy]:
    """A server that ignores If-None-Match, and If-Match on DELETE, as SOGo does."""
    with in_front_of(account.base_url) as proxy:
        forward = proxy.script

        def script(request: Request) -> Reply:
            del request.headers["If-None-Match"]
            if request.method == "DELETE":
                del request.headers["If-Match"]
            return forward(request)

        proxy.script = script
        yield proxy


def sogo(account: DavAccount, proxy: FaultyProxy) -> CaldavProvider:
    return provider_for(account, url=proxy.url, preset="sogo")


def test_a_taken_name_is_seen_before_writing(account: DavAccount, careless: FaultyProxy) -> None:
    calendar = careless.through(account.make_calendar())
    provider = sogo(account, careless)
    provider.create(calendar, "b-1", event("b-1@test", "First"))

    with pytest.raises(VersionConflict):
        provider.create(calendar, "b-1", event("b-1@test", "Second"))

    assert "SUMMARY:First" in account.get(f"{calendar}b-1.ics")


def test_an_edited_item_is_seen_before_deleting(account: DavAccount, careless: FaultyProxy) -> None:
    calendar = careless.through(account.make_calendar())
    provider = sogo(account, careless)
    written = provider.create(calendar, "b-1", event("b-1@test"))
    version = provider.get(calendar, written.key).version
    account.put(calendar, "b-1.ics", ics("b-1@test", "Edited"))

    with pytest.raises(VersionConflict):
        provider.delete(calendar, written.key, version)

    assert "SUMMARY:Edited" in account.get(f"{calendar}b-1.ics")


@pytest.mark.parametrize(("preset", "is_named"), [("sogo", False), ("radicale", True)])
def test_people_are_named_only_where_the_server_stays_silent(
    account: DavAccount, preset: str, is_named: bool
) -> None:
    calendar = account.make_calendar()
    meeting = replace(
        event("b-1@test"),
        attendees=(Attendee(address="guest@example.org"),),
        organizer=Organizer(address="some@example.org"),
    )

    provider_for(account, preset=preset).create(calendar, "b-1", meeting)

    raw = account.get(f"{calendar}b-1.ics").replace("\r\n ", "")
    assert ("guest@example.org" in raw) is is_named
    assert ("SCHEDULE-AGENT=CLIENT" in raw) is is_named


def test_a_calendar_made_without_its_colour_gets_it_afterwards(account: DavAccount) -> None:
    with in_front_of(account.base_url) as proxy:
        forward = proxy.script

        def script(request: Request) -> Reply:
            if request.method != "MKCALENDAR":
                return forward(request)
            colourless = request.body.replace(b"calendar-color", b"calendar-forgotten")
            del request.headers["Content-Length"]
            return forward(Request("MKCALENDAR", request.path, request.headers, colourless))

        proxy.script = script
        made = provider_for(account, url=proxy.url).create_calendar("New", "#112233")

    assert made.color == "#112233"
    assert "PROPPATCH" in proxy.methods()


def test_a_calendar_that_the_server_renames_is_found_by_being_new(account: DavAccount) -> None:
    account.make_calendar()
    with in_front_of(account.base_url) as proxy:
        forward = proxy.script

        def script(request: Request) -> Reply:
            renamed = f"/{account.user}/renamed/"
            path = renamed if request.method == "MKCALENDAR" else request.path
            return forward(Request(request.method, path, request.headers, request.body))

        proxy.script = script
        made = provider_for(account, url=proxy.url).create_calendar("New", None)

    assert made.key == f"{proxy.url}{account.user}/renamed/"


def test_the_kinds_of_servers_are_the_promised_ones() -> None:
    others = {"posteo", "mailbox.org", "icloud", "fastmail", "generic"}

    assert set(PRESETS) == MAKERS | others
    assert all(preset.label and preset.url and preset.note for preset in PRESETS.values())


@pytest.mark.parametrize("key", ["posteo", "mailbox.org", "generic"])
def test_where_calendars_cannot_be_made_it_is_not_offered(key: str) -> None:
    assert not PRESETS[key].can_create_calendar


@pytest.mark.parametrize("key", sorted(MAKERS))
def test_where_calendars_can_be_made_it_is_offered(key: str) -> None:
    assert PRESETS[key].can_create_calendar


def test_an_unknown_kind_is_none() -> None:
    assert find_preset("frobnicate") is None
