"""A webhook is switched off when its server says so, after days of failure, or by its host."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from booking.core.errors import Conflict, InvalidInput, NotFound
from booking.db import reading, writing
from booking.mail.models import MailMessage
from booking.webhooks.models import Webhook
from tests.servers.scripted import Reply
from tests.webhooks.receiver import receiving
from tests.webhooks.scene import Hooks

BROKEN, GONE = Reply(500), Reply(410)


def _mails() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(MailMessage.kind)))


def test_a_server_that_is_gone_is_left_alone_and_its_host_is_told(either_hooks: Hooks) -> None:
    hooks = either_hooks
    with receiving(usually=GONE) as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one", "two")
        hooks.work()
        hooks.happen("three")
        hooks.work(hours=30)

        assert len(receiver.messages) == 1
        view = hooks.now(made)
        assert (view.status, view.disabled_reason) == (
            "disabled",
            "It answered HTTP 410: it does not want to hear from us any more.",
        )
        assert [each.state for each in hooks.log(made)] == ["dead", "dead"]
        assert _mails() == ["attention"]


def test_three_days_of_failure_switch_a_webhook_off_and_tell_its_host_once(hooks: Hooks) -> None:
    with receiving(usually=BROKEN) as receiver:
        made = hooks.add(receiver.url)
        for day in range(3):
            hooks.happen(f"event {day}")
            hooks.work()
            hooks.work(hours=23)
            assert hooks.now(made).status == "failing"
        hooks.happen("the last")
        hooks.work(hours=3)

        assert hooks.now(made).status == "disabled"
        assert (hooks.now(made).disabled_reason or "").startswith("Nothing reached it for three")
        assert _mails() == ["attention"]


def test_one_success_within_three_days_keeps_it_on(hooks: Hooks) -> None:
    with receiving(usually=BROKEN) as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        hooks.work()
        receiver.then(Reply(200))
        hooks.happen("two")
        hooks.work(days=2)
        hooks.happen("three")
        hooks.work(days=2)

        assert hooks.now(made).status == "failing"


def test_switching_it_on_again_starts_afresh_and_what_was_given_up_can_be_replayed(
    hooks: Hooks,
) -> None:
    with receiving(GONE) as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        hooks.work()
        (delivery,) = hooks.log(made)
        with pytest.raises(Conflict):
            hooks.room.service.replay(hooks.host_id, made.webhook.id, delivery.id)
        with pytest.raises(Conflict):
            hooks.room.service.test(hooks.host_id, made.webhook.id)

        hooks.room.service.change(hooks.host_id, made.webhook.id, {"enabled": True})
        hooks.room.service.replay(hooks.host_id, made.webhook.id, delivery.id)
        hooks.work()

        assert hooks.now(made).status == "active"
        assert receiver.ids == [delivery.message_id] * 2


def test_a_host_switches_off_and_what_waits_is_listed_as_given_up(hooks: Hooks) -> None:
    with receiving() as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        hooks.room.service.change(hooks.host_id, made.webhook.id, {"enabled": False})
        hooks.work()

        assert receiver.messages == []
        (delivery,) = hooks.log(made)
        assert delivery.state == "dead"
        assert delivery.error == "The webhook was switched off before this was sent."


def test_a_deleted_webhook_takes_its_log_along(hooks: Hooks) -> None:
    with receiving() as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        hooks.room.service.delete(hooks.host_id, made.webhook.id)
        hooks.work()

        assert receiver.messages == []
        with pytest.raises(NotFound):
            hooks.log(made)


def test_a_key_that_is_gone_sends_nothing_and_says_so(hooks: Hooks) -> None:
    with receiving() as receiver:
        made = hooks.add(receiver.url)
        with writing() as session:
            session.get_one(Webhook, made.webhook.id).secret = b"\x01broken"
        hooks.happen("one")
        hooks.work()

        assert receiver.messages == []
        assert "present keys" in (hooks.log(made)[0].error or "")
        again = hooks.room.service.rotate(hooks.host_id, made.webhook.id)
        hooks.work(minutes=5)
        assert again.webhook.old_secret_until is None
        assert hooks.states(made) == ["sent"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/url"),
        ({"url": "http://hooks.example/"}, "/url"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"url": "https://name:pass@hooks.example/"}, "/url"),
        ({"url": "https://hooks.example/", "events": []}, "/events"),
        ({"url": "https://hooks.example/", "events": ["booking.eaten"]}, "/events/0"),
        ({"url": "https://hooks.example/", "secret": "mine"}, "/secret"),
    ],
)
def test_what_makes_no_webhook_is_refused_where_it_is_wrong(
    hooks: Hooks, fields: dict[str, object], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        hooks.room.service.create(hooks.host_id, fields)

    assert [fault.pointer for fault in caught.value.fields] == [pointer]


def test_a_host_has_at_most_twenty(hooks: Hooks) -> None:
    for _ in range(20):
        hooks.add("https://hooks.example/")

    with pytest.raises(InvalidInput):
        hooks.add("https://hooks.example/")
