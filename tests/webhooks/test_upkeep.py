"""Operators: keys are rotated under webhooks too, and the doctor looks at them."""

from __future__ import annotations

from booking.security.cipher import Cipher
from booking.upkeep.doctor import Doctor, Finding
from booking.upkeep.keys import rotate_credentials
from tests.servers.scripted import Reply
from tests.webhooks.receiver import check, receiving
from tests.webhooks.scene import Hooks

NEW = bytes([7]) * 32


def _finding(hooks: Hooks, *keys: bytes) -> Finding:
    settings = hooks.services.settings
    doctor = Doctor(settings, hooks.clock, Cipher(keys or settings.credential_keys))
    return next(each for each in doctor.examine() if each.check.startswith("webhook "))


def test_secrets_and_messages_move_to_the_newest_key(hooks: Hooks) -> None:
    old = hooks.services.settings.credential_keys[0]
    with receiving(Reply(200, b"thanks")) as receiver:
        made = hooks.add(receiver.url)
        hooks.room.service.rotate(hooks.host_id, made.webhook.id)
        hooks.happen("one")
        hooks.work()

        first, second = (rotate_credentials(Cipher((NEW, old))) for _ in range(2))

        assert (first.rotated, first.unreadable) == (4, 0)
        assert (second.rotated, second.current) == (0, 4)
        check(made.secret, receiver.messages[0].request)


def test_the_doctor_tells_how_webhooks_do(hooks: Hooks) -> None:
    with receiving(usually=Reply(500)) as receiver:
        hooks.add(receiver.url)
        assert (_finding(hooks).level, _finding(hooks).detail) == ("ok", "Delivering.")
        hooks.happen("one")
        hooks.work()
        failing = _finding(hooks)
        assert failing.level == "warning"
        assert failing.detail.startswith("Failing since 2026-11-23")
        receiver.usually = Reply(410)
        hooks.work(seconds=5)

        assert "HTTP 410" in _finding(hooks).detail
        assert _finding(hooks, NEW).level == "broken"
