"""Tasks on a CalDAV calendar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from tests.servers.dav import DavAccount
from tests.servers.faulty import in_front_of
from tests.tasks.hands import DavPlace, Recorder
from tests.tasks.place import sign_up
from tests.tasks.stories import TaskStories


class TestOnRadicale(TaskStories):
    """The contract on Radicale."""

    colors: ClassVar[dict[str, tuple[str, ...]]] = {
        "low": ("slategray", "Low priority"),
        "normal": ("royalblue", "Normal priority"),
        "high": ("darkorange", "High priority"),
        "urgent": ("crimson", "Urgent"),
    }

    @pytest.fixture
    def place(
        self, app: Flask, clock: FrozenClock, radicale_account: DavAccount
    ) -> Iterator[DavPlace]:
        services, user = sign_up(app)
        with in_front_of(radicale_account.base_url) as proxy:
            place = DavPlace(
                services=services,
                clock=clock,
                user=user,
                account=radicale_account,
                proxy=proxy,
                recorder=Recorder(proxy),
            )
            services.tasks.switches.set_calendar(user, place.connect_again())
            yield place
