"""A guest in front of the pages: what stands on a page, and pressing its buttons."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import HostAccount

MONDAY_NINE = "2026-11-23T08:00:00Z"
MONDAY_TEN = "2026-11-23T09:00:00Z"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_TIME = re.compile(r'name="start" value="([^"]+)" aria-label="([^"]+)"')
_DAY = re.compile(r'aria-label="([^"]+)"[^>]*><span class="day-number">')


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Visits one event type of one host."""

    client: FlaskClient
    path: str
    details: Mapping[str, str] = field(
        default_factory=lambda: {"name": "First Guest", "email": "some@example.test"}
    )

    def look(self, query: str = "", **headers: str) -> TestResponse:
        """Open the picker."""
        return self.client.get(self.path + query, headers=headers)

    def press(self, start: str, **fields: str) -> TestResponse:
        """Press a time."""
        return self.client.post(self.path, data={"start": start, **fields})

    def open_form(self, start: str) -> TestResponse:
        """Press a time and follow to the form."""
        return self.client.get(self.press(start).headers["Location"])

    def send(self, form: TestResponse, **fields: Any) -> TestResponse:
        """Send a form that was opened, with everything that it carries."""
        return self.client.post(
            f"{self.path}/details", data={**hidden_of(form), **self.details, **fields}
        )

    def book(self, start: str, **fields: Any) -> str:
        """Book, and return the address of the booking's page."""
        answer = self.send(self.open_form(start), **fields)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]


def visit(app: Flask, host: HostAccount, **fields: Any) -> Guest:
    """Give `host` an event type and return a guest who knows its address."""
    services = app.extensions["booking"]
    made = services.event_types.create(
        host.id, {"title": "Intro call", "slug": "intro", "duration_minutes": 60, **fields}
    )
    return Guest(client=app.test_client(), path=f"/{host.username}/{made.slug}")


def hidden_of(page: TestResponse) -> dict[str, str]:
    """Return the hidden fields of a page."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page.text)}


def times_of(page: TestResponse) -> list[str]:
    """Return the times that can be pressed, as they are spoken."""
    return [html.unescape(spoken) for _, spoken in _TIME.findall(page.text)]


def starts_of(page: TestResponse) -> list[str]:
    """Return the starts that can be pressed."""
    return [start for start, _ in _TIME.findall(page.text)]


def days_of(page: TestResponse) -> list[str]:
    """Return the days with times, by their full names."""
    return _DAY.findall(page.text)


def text_of(page: TestResponse) -> str:
    """Return what a page says, without tags, on one line."""
    bare = re.sub(r"<(script|style|option)[^>]*>.*?</\1>|<[^>]+>", " ", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(bare).split())
