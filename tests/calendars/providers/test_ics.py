"""The feed provider passes the reading contract, and believes only whole feeds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from booking.calendars.ports import ChangeKind
from booking.calendars.providers.ics.provider import CALENDAR, FeedProvider
from booking.core.errors import (
    BadAnswer,
    ItemGone,
    PermissionDenied,
    ProviderError,
    Throttled,
    Unreachable,
)
from tests.calendars.providers.contract import ReadOnlyContract, Scene
from tests.calendars.providers.dav_scene import OUTBOUND
from tests.calendars.providers.made import ics, vevent
from tests.servers.scripted import Manner, Reply, Request, ScriptedServer, serving

HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//feed//EN")
SECRET = "/private-0123456789abcdef/basic.ics"


class Publisher:
    """Serves a feed with an ETag, as calendar hosts do."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.has_etag = True
        self.head: tuple[str, ...] = HEAD

    def put(self, uid: str, text: str) -> None:
        self.objects[uid] = text.partition("//EN\r\n")[2].removesuffix("END:VCALENDAR\r\n")

    def remove(self, uid: str) -> None:
        del self.objects[uid]

    def __call__(self, request: Request) -> Reply:
        lines = "\r\n".join((*self.head, "")) + "".join(self.objects.values()) + "END:VCALENDAR\r\n"
        body = lines.encode()
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        if not self.has_etag:
            return Reply(body=body)
        if request.headers.get("If-None-Match") == etag:
            return Reply(304, headers={"ETag": etag})
        return Reply(body=body, headers={"ETag": etag, "Content-Type": "text/calendar"})


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def server(publisher: Publisher) -> Iterator[ScriptedServer]:
    with serving(publisher) as server:
        yield server


def provider_at(server: ScriptedServer) -> FeedProvider:
    return FeedProvider(OUTBOUND, url=server.url.rstrip("/") + SECRET)


class TestFeed(ReadOnlyContract):
    @pytest.fixture(params=[True, False], ids=["etag", "no-etag"])
    def scene(
        self, request: pytest.FixtureRequest, publisher: Publisher, server: ScriptedServer
    ) -> Scene:
        publisher.has_etag = request.param
        return Scene(provider_at(server), CALENDAR, publisher)


def test_an_unchanged_feed_is_not_sent_again(publisher: Publisher, server: ScriptedServer) -> None:
    publisher.put("a@test", ics("a@test"))
    cursor = provider_at(server).changes(CALENDAR, None).cursor

    again = provider_at(server).changes(CALENDAR, cursor)

    assert again.kind is ChangeKind.DELTA
    assert server.requests[-1].headers["If-None-Match"]


def test_a_feed_is_named_by_what_it_says_of_itself(
    publisher: Publisher, server: ScriptedServer
) -> None:
    publisher.head = (*HEAD, "X-WR-CALNAME:Term\\, dates", "X-WR-TIMEZONE:Europe/Berlin")

    (calendar,) = provider_at(server).list_calendars()

    assert calendar.name == "Term, dates"
    assert calendar.time_zone == "Europe/Berlin"
    assert calendar.read_only


def test_a_feed_without_a_name_is_called_by_its_host(server: ScriptedServer) -> None:
    (calendar,) = provider_at(server).list_calendars()

    assert calendar.name == "127.0.0.1"


def test_the_address_shows_neither_in_keys_nor_in_errors(server: ScriptedServer) -> None:
    provider = provider_at(server)
    shown = [repr(provider.account()), repr(provider.list_calendars())]
    with serving(Reply(404)) as dead, pytest.raises(ItemGone) as caught:
        provider_at(dead).account()
    shown += [str(caught.value), repr(caught.value.details)]

    assert "0123456789abcdef" not in "".join(shown)


def test_a_series_and_its_exceptions_are_one_item(
    publisher: Publisher, server: ScriptedServer
) -> None:
    master = vevent("a@test", "Weekly", "RRULE:FREQ=WEEKLY;COUNT=3")
    moved = vevent("a@test", "Once", "RECURRENCE-ID:20261130T090000Z")
    publisher.objects["a@test"] = "\r\n".join((*master, *moved, ""))

    (named,) = provider_at(server).changes(CALENDAR, None).named
    item = provider_at(server).get(CALENDAR, named.key)

    assert item.event is not None
    assert len(item.event.exceptions) == 1


WHOLE = ics("a@test").encode()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(body=b"<html>Sign in</html>"), BadAnswer),
        (Reply(body=b""), BadAnswer),
        (Reply(body=WHOLE[:-40]), BadAnswer),
        (Reply(body=WHOLE, manner=Manner.HALF), BadAnswer),
        (Reply(body=b"BEGIN:VCALENDAR\r\n" * 3 + b"END:VCALENDAR\r\n"), BadAnswer),
        (Reply(204), BadAnswer),
        (Reply(304), BadAnswer),
        (Reply(302, headers={"Location": "https://example.org/"}), BadAnswer),
        (Reply(401), PermissionDenied),
        (Reply(403), PermissionDenied),
        (Reply(404), ItemGone),
        (Reply(410), ItemGone),
        (Reply(429), Throttled),
        (Reply(503, headers={"Retry-After": "7"}), Throttled),
        (Reply(500), Unreachable),
        (Reply(503), Unreachable),
        (Reply(manner=Manner.RESET), Unreachable),
    ],
)
def test_each_failure_is_its_own_error_and_never_an_empty_feed(
    reply: Reply, error: type[ProviderError]
) -> None:
    with serving(reply) as server, pytest.raises(error) as caught:
        provider_at(server).changes(CALENDAR, None)

    assert type(caught.value) is error or error is BadAnswer
    assert caught.value.provider == "ics"
    assert caught.value.message


def test_retry_after_is_handed_on() -> None:
    busy = Reply(503, headers={"Retry-After": "7"})
    with serving(busy) as server, pytest.raises(Throttled) as caught:
        provider_at(server).account()

    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("webcal://example.org/a.ics", "https://example.org/a.ics"),
        ("WEBCAL://example.org/a.ics", "https://example.org/a.ics"),
        ("example.org/a.ics", "https://example.org/a.ics"),
        (" https://example.org/a.ics ", "https://example.org/a.ics"),
        ("http://example.org/a.ics", "http://example.org/a.ics"),
    ],
)
def test_a_pasted_address_is_completed(typed: str, called: str) -> None:
    assert FeedProvider(OUTBOUND, url=typed)._url == called
