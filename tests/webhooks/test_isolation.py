"""One bad endpoint delays no other, and addresses are as guarded as all that users give."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from flask import Flask

from booking.core.clock import FrozenClock, SystemClock
from booking.jobs.build import build_runner, ticks
from booking.jobs.timekeeper import Timekeeper
from booking.jobs.worker import EmbeddedWorker
from booking.security.outbound import OutboundClient
from booking.settings import Settings
from tests.servers.scripted import Manner, Reply
from tests.webhooks.receiver import receiving
from tests.webhooks.scene import Hooks, hooks_of

PRIVATE = ("127.0.0.1", "localhost")


@contextmanager
def _working(hooks: Hooks) -> Iterator[None]:
    """Let the worker of `booking serve` do the jobs, on its threads."""
    keeper = Timekeeper(hooks.app, ticks(hooks.services))
    worker = EmbeddedWorker(hooks.app, build_runner(hooks.app), keeper, SystemClock())
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop.set()
        thread.join()


def test_endpoints_that_hang_delay_no_other(
    app: Flask, clock: FrozenClock, settings_template: Settings
) -> None:
    hooks = hooks_of(app, clock, settings_template, seconds=10)
    hang = Reply(manner=Manner.HANG)
    with receiving(usually=hang) as one, receiving(usually=hang) as two, receiving() as good:
        for receiver in (one, two, good):
            hooks.add(receiver.url)
        hooks.happen(*(f"event {number}" for number in range(5)))
        with _working(hooks):
            good.wait_for(5)

            # Both others still hold their first message, which has neither failed nor arrived.
            assert max(len(one.messages), len(two.messages)) <= 1
            for receiver in (one, two):
                receiver.wait_for(1)
                receiver.server.hang_up()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_certificate_is_checked(
    app: Flask,
    clock: FrozenClock,
    settings_template: Settings,
    authority: trustme.CA,
    tls: ssl.SSLContext,
    tmp_path: Path,
) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    client = OutboundClient(PRIVATE, ca_bundle=str(bundle))
    known = hooks_of(app, clock, settings_template, client=client, seconds=5)
    with receiving(tls=tls) as receiver:
        made = known.add(receiver.url)
        known.happen("one")
        known.work()
        assert known.states(made) == ["sent"]

    strange = hooks_of(app, clock, settings_template, seconds=5, username="strange")
    with receiving(tls=tls) as receiver:
        made = strange.add(receiver.url)
        strange.happen("two")
        strange.work()

        assert receiver.server.requests == []
        (delivery,) = strange.log(made)
        assert "certificate could not be verified" in (delivery.error or "")


def test_a_private_address_is_not_called_unless_the_operator_lists_it(
    app: Flask, clock: FrozenClock, settings_template: Settings
) -> None:
    hooks = hooks_of(app, clock, replace(settings_template, outbound_private_hosts=()))
    with receiving() as receiver:
        # As long as it was listed, this address could be entered.
        made = hooks.add("https://hooks.example/")
        hooks.point(made, receiver.url)
        hooks.happen("one")
        hooks.work()

        assert receiver.server.requests == []
        (delivery,) = hooks.log(made)
        assert delivery.state == "failed"
        assert "OUTBOUND_PRIVATE_HOSTS" in (delivery.error or "")
