"""Objects too large for one answer, or for any, keep nobody from the others."""

from __future__ import annotations

import re

from booking.calendars.ports import Fetched
from tests.calendars.providers.dav_scene import provider_for
from tests.calendars.providers.dav_xml import etag, reply, row
from tests.calendars.providers.made import ics
from tests.servers.dav import DavAccount
from tests.servers.scripted import Reply, Request, serving

MEBIBYTE = 1 << 20


class Store:
    """A calendar whose objects carry ballast of so many MiB each."""

    def __init__(self, *sizes: int) -> None:
        self.objects = {
            f"/cal/{number}.ics": ics(
                f"{number}@test", "Large", f"X-BALLAST:{'x' * size * MEBIBYTE}"
            )
            for number, size in enumerate(sizes)
        }

    def __call__(self, request: Request) -> Reply:
        if request.method == "GET":
            body = self.objects[request.path].encode()
            return Reply(200, body, {"Content-Type": "text/calendar", "ETag": '"1"'})
        wanted = re.findall(r"<D:href>(.*?)</D:href>", request.body.decode())
        data = "<C:calendar-data>{}</C:calendar-data>"
        return reply(*(row(key, etag('"1"') + data.format(self.objects[key])) for key in wanted))


def fetched(store: Store) -> Fetched:
    with serving(store) as server:
        account = DavAccount(base_url=server.url, user="a", password="b", home_url=server.url)
        return provider_for(account).fetch(f"{server.url}cal/", list(store.objects))


def test_a_batch_that_is_too_large_is_asked_for_in_parts() -> None:
    found = fetched(Store(4, 4, 4, 0))

    assert [item.quarantine for item in found.items] == ["", "", "", ""]


def test_an_object_that_is_too_large_is_kept_apart() -> None:
    found = fetched(Store(0, 11, 0))

    assert len([item for item in found.items if item.event]) == 2
    assert [item.quarantine for item in found.items if not item.event] == [
        "The server's answer is too large."
    ]
    assert found.gone == ()
