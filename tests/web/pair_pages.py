"""A host with two calendars on a real server, and their hands on the pages of pairs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from booking.core.clock import FrozenClock
from booking.core.ids import encode_id
from booking.pairs.values import EndChoice, PairView
from booking.sync.ports import SIDES, Side
from booking.wiring import Services
from tests.conftest import HostAccount
from tests.pairs.place import Hands, hour
from tests.servers.dav import DavAccount
from tests.web.browser import csrf_of, sign_in

PAGE = "/pairs"


@dataclass(slots=True, kw_only=True)
class Desk:
    """A signed-in host, the calendars Work (left) and Private (right), and their browser."""

    services: Services
    host: HostAccount
    clock: FrozenClock
    account: DavAccount
    left: Hands
    right: Hands
    pair_id: int = 0

    @property
    def browser(self) -> FlaskClient:
        return self.host.client

    @property
    def path(self) -> str:
        """The address of the pair's own page."""
        return f"{PAGE}/{encode_id(self.pair_id)}"

    def key(self, side: Side) -> str:
        """Return the public id of a side's calendar."""
        hands = self.left if side is Side.LEFT else self.right
        return encode_id(hands.calendar)

    def join(self, direction: str = "both", *, title_mask: str | None = None) -> PairView:
        """Make the two calendars a pair, started and not synced yet."""
        ends = {Side.LEFT: self.left, Side.RIGHT: self.right}
        view = self.services.pairs.create(
            self.host.id,
            {
                side: EndChoice(pointer=f"/{side}", calendar_id=ends[side].calendar)
                for side in SIDES
            },
            direction=direction,
            title_mask=title_mask,
        )
        self.pair_id = view.id
        return view

    def fill(self, number: int) -> None:
        """Put events on the left: Event 0, Event 1, …, one a day."""
        for each in range(number):
            self.left.put(f"e{each}", *hour(f"202611{each + 10}T100000", f"Event {each}"))

    def sync(self) -> None:
        """Let a minute pass, and sync."""
        self.clock.advance(minutes=1)
        self.services.pair_runner.run(self.pair_id)

    def view(self) -> PairView:
        return self.services.pairs.get(self.host.id, self.pair_id)

    def read(self, path: str = "") -> str:
        """Open a page that is there and return its text, with white space and marks evened out."""
        answer = self.browser.get(path or self.path)
        assert answer.status_code == 200, answer.text
        return words_of(answer.text)

    def press(self, path: str, page: str = "", **fields: str) -> TestResponse:
        """Send a form of a page to `path`."""
        token = csrf_of(self.browser.get(page or self.path))
        return self.browser.post(path, data={"csrf_token": token, **fields})

    def follow(self, answer: TestResponse) -> str:
        """Return the text of the page that an answer leads to."""
        assert answer.status_code == 303, answer.text
        return self.read(answer.headers["Location"])


def words_of(html: str) -> str:
    """Return a page's words alone."""
    main = html.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture
def desk(app: Flask, host: HostAccount, clock: FrozenClock, radicale_account: DavAccount) -> Desk:
    """A host with two calendars of one account, connected and signed in."""
    services: Services = app.extensions["booking"]
    account = radicale_account
    urls = {name: account.make_calendar(name) for name in ("Work", "Private")}
    connection = services.connections.connect_caldav(
        host.id,
        "radicale",
        radicale_account.base_url,
        radicale_account.user,
        radicale_account.password,
    )
    found = {
        each.name: Hands(
            account=account,
            url=urls[each.name],
            connection=connection.id,
            calendar=each.id,
        )
        for each in services.connections.calendars(host.id, connection.id)
    }
    sign_in(host.client, host.email, host.password)
    return Desk(
        services=services,
        host=host,
        clock=clock,
        account=account,
        left=found["Work"],
        right=found["Private"],
    )
