"""The whole application beside a simulated Google, and a host's browser that visits both."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from flask import Flask
from werkzeug.test import TestResponse

from booking.calendars.values import ConnectionView
from booking.core.clock import FrozenClock
from booking.wiring import Services
from tests.conftest import HostAccount
from tests.providersim.server import ProviderSim
from tests.web.browser import sign_in

START = "/connections/google/start"


@dataclass
class GoogleSite:
    """A host who is signed in."""

    sim: ProviderSim
    app: Flask
    clock: FrozenClock
    host: HostAccount

    @property
    def services(self) -> Services:
        services: Services = self.app.extensions["booking"]
        return services

    def sign_in(self) -> None:
        sign_in(self.host.client, self.host.email, self.host.password)

    def visit_consent(self, **query: str) -> str:
        """Go to Google and decide; return the address that Google sends the browser back to."""
        away = self.host.client.get(START, query_string=query)
        assert away.status_code == 303
        answer = requests.get(away.headers["Location"], allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def come_back(self, address: str) -> TestResponse:
        """Follow the way back and on to the page that tells how it ended."""
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}"
        return self.host.client.get(path, follow_redirects=True)

    def connect(self, **query: str) -> TestResponse:
        return self.come_back(self.visit_consent(**query))

    def connections(self) -> tuple[ConnectionView, ...]:
        return self.services.connections.list(self.host.id)

    def connected(self, **query: str) -> ConnectionView:
        self.connect(**query)
        return self.connections()[-1]

    def calendar_of(self, connection: ConnectionView, name: str) -> int:
        listed = self.services.connections.calendars(self.host.id, connection.id)
        return next(each.id for each in listed if each.name == name)
