"""Deliveries reach a real server: signed, in order, repeated under one id, given up in the open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.webhooks.values import Event
from tests.servers.scripted import Manner, Reply, Request, serving
from tests.webhooks.receiver import NotSignedError, check, once_each, receiving
from tests.webhooks.scene import Hooks

OK, BROKEN, GONE = Reply(200, b"thanks"), Reply(500, b"out of order"), Reply(410)


def test_an_event_arrives_once_signed_and_readable(either_hooks: Hooks) -> None:
    with receiving() as receiver:
        made = either_hooks.add(receiver.url)
        either_hooks.happen("one")
        either_hooks.work()
        either_hooks.work(minutes=10)

        (message,) = receiver.messages
        check(made.secret, message.request)
        assert message.content == {
            "type": "booking.created",
            "timestamp": "2026-11-23T07:00:00Z",
            "data": {"uid": "one"},
        }
        assert message.request.headers["Content-Type"] == "application/json"
        assert message.timestamp == int(either_hooks.clock.now().timestamp()) - 600


def test_the_same_event_is_kept_once(either_hooks: Hooks) -> None:
    with receiving() as receiver:
        made = either_hooks.add(receiver.url)
        either_hooks.happen("one")
        either_hooks.happen("one")
        either_hooks.work()

        assert len(receiver.messages) == len(either_hooks.log(made)) == 1


def test_a_webhook_hears_only_what_it_chose(hooks: Hooks) -> None:
    with receiving() as receiver, receiving() as other:
        hooks.add(receiver.url)
        hooks.add(other.url, events=[Event.PAIR_HALTED])
        hooks.happen("one")
        hooks.work()

        assert (len(receiver.messages), len(other.messages)) == (1, 0)


def test_a_failed_delivery_is_repeated_as_the_same_message_until_it_is_given_up(
    hooks: Hooks,
) -> None:
    with receiving(usually=BROKEN) as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        for seconds in (0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000, 36_000):
            hooks.work(seconds=seconds)

        assert len(receiver.messages) == 8
        assert len(once_each(receiver.ids)) == 1
        assert len({message.request.body for message in receiver.messages}) == 1
        assert len({message.timestamp for message in receiver.messages}) == 8
        for message in receiver.messages:
            check(made.secret, message.request)
        (delivery,) = hooks.log(made)
        assert (delivery.state, delivery.tries, delivery.status) == ("dead", 8, 500)
        assert delivery.error == "It answered HTTP 500; only 2xx counts as received."
        assert delivery.response == "out of order"
        assert delivery.next_try_at is None


def test_a_receiver_that_asks_for_time_is_given_it(hooks: Hooks) -> None:
    busy = Reply(503, headers={"Retry-After": "120"})
    with receiving(busy) as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        hooks.work()
        hooks.work(seconds=119)
        assert hooks.states(made) == ["failed"]
        hooks.work(seconds=1)

        assert hooks.states(made) == ["sent"]
        assert len(receiver.messages) == 2


@pytest.mark.parametrize("answered", [BROKEN, GONE], ids=["broken", "gone"])
def test_what_is_on_its_way_while_the_host_switches_off_is_given_up(
    hooks: Hooks, answered: Reply
) -> None:
    def switch_off(_request: Request) -> Reply:
        with hooks.app.app_context():
            hooks.room.service.change(hooks.host_id, made.webhook.id, {"enabled": False})
        return answered

    with receiving() as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        with serving(switch_off) as server:
            hooks.point(made, server.url)
            hooks.work()
        assert hooks.now(made).disabled_reason == "You switched it off."
        hooks.point(made, receiver.url)
        hooks.room.service.change(hooks.host_id, made.webhook.id, {"enabled": True})
        hooks.work(hours=1)

        assert hooks.states(made) == ["dead"]
        assert receiver.messages == []


@pytest.mark.parametrize("manner", [Manner.CLOSE, Manner.RESET, Manner.HANG])
def test_a_lost_answer_repeats_the_message_under_its_id(hasty_hooks: Hooks, manner: Manner) -> None:
    hooks = hasty_hooks
    with receiving(Reply(manner=manner)) as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        hooks.work()
        (delivery,) = hooks.log(made)
        assert (delivery.state, delivery.status) == ("failed", None)
        assert delivery.error is not None
        assert "did not answer" in delivery.error
        hooks.work(seconds=5)

        assert hooks.states(made) == ["sent"]
        assert receiver.ids == [delivery.message_id] * 2


def test_an_answer_counts_when_its_status_has_come_however_slow_or_long_the_rest(
    hasty_hooks: Hooks,
) -> None:
    hooks = hasty_hooks
    slow = Reply(200, b"x" * 500, manner=Manner.DRIP)
    long = Reply(200, b"y" * 1_000_000)
    with receiving(slow, long) as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one", "two")
        hooks.work()

        assert hooks.states(made) == ["sent", "sent"]
        assert [len(each.response or "") <= 1000 for each in hooks.log(made)] == [True, True]
        assert len(receiver.messages) == 2


def test_a_redirect_is_not_followed(hooks: Hooks) -> None:
    with receiving() as elsewhere:
        away = Reply(307, headers={"Location": elsewhere.url})
        with receiving(usually=away) as receiver:
            made = hooks.add(receiver.url)
            hooks.happen("one")
            hooks.work()

            (delivery,) = hooks.log(made)
            assert (delivery.state, delivery.status) == ("failed", 307)
            assert "redirects are not followed" in (delivery.error or "")
            assert elsewhere.messages == []


def test_changes_of_one_booking_wait_for_each_other_and_for_no_other(either_hooks: Hooks) -> None:
    with receiving(BROKEN) as receiver:
        made = either_hooks.add(receiver.url)
        either_hooks.happen("made", "moved", "cancelled", subject="a booking")
        either_hooks.work()
        either_hooks.happen("another", subject="another booking")
        assert [message.data["uid"] for message in receiver.messages] == ["made"]
        either_hooks.work(seconds=5)

        uids = [message.data["uid"] for message in receiver.messages]
        assert [uid for uid in uids if uid != "another"] == ["made", "made", "moved", "cancelled"]
        assert "another" in uids
        assert either_hooks.states(made) == ["sent"] * 4


def test_one_message_that_is_refused_holds_up_its_own_booking_alone(hooks: Hooks) -> None:
    with receiving() as receiver:
        receiver.refused = "odd"
        made = hooks.add(receiver.url)
        hooks.happen("odd", "its next", subject="a booking")
        hooks.happen("fine", subject="another booking")
        hooks.work()
        hooks.work(seconds=5)
        assert [(each.state, each.tries) for each in hooks.log(made)] == [
            ("failed", 2),
            ("waiting", 0),
            ("sent", 1),
        ]
        receiver.refused = ""
        hooks.work(minutes=5)

        assert hooks.states(made) == ["sent"] * 3


def test_a_dead_endpoint_is_asked_with_one_message_however_many_wait(hooks: Hooks) -> None:
    with receiving(usually=BROKEN) as receiver:
        hooks.add(receiver.url)
        hooks.happen(*(f"event {number}" for number in range(20)))
        hooks.work()
        hooks.work(seconds=5)

        assert len(receiver.messages) == 2


def test_an_endpoint_that_is_back_gets_at_once_what_it_missed(either_hooks: Hooks) -> None:
    with receiving(usually=BROKEN) as receiver:
        made = either_hooks.add(receiver.url)
        either_hooks.happen("one", "two", "three")
        for seconds in (0, 5, 10, 20, 40, 80):
            either_hooks.work(seconds=seconds)
        receiver.usually = OK
        either_hooks.work(minutes=5)

        assert either_hooks.states(made) == ["sent"] * 3
        assert len(once_each(receiver.ids)) == 3


def test_a_replay_is_the_same_message_under_the_same_id(hooks: Hooks) -> None:
    with receiving() as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        hooks.work()
        hooks.room.service.replay(hooks.host_id, made.webhook.id, hooks.log(made)[0].id)
        hooks.work()

        first, again = receiver.messages
        assert (first.id, first.request.body) == (again.id, again.request.body)
        assert len(hooks.log(made)) == 1


def test_what_was_given_up_can_be_replayed_with_all_its_tries(hooks: Hooks) -> None:
    with receiving(usually=BROKEN) as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        for hours in (0, 1, 1, 3, 6, 11, 11):
            hooks.work(hours=hours)
        assert hooks.states(made) == ["dead"]
        hooks.room.service.replay(hooks.host_id, made.webhook.id, hooks.log(made)[0].id)
        hooks.work()
        assert hooks.states(made) == ["failed"]
        receiver.usually = OK
        hooks.work(seconds=10 * 60)

        assert hooks.states(made) == ["sent"]
        assert len(once_each(receiver.ids)) == 1


def test_a_test_event_is_sent_whatever_was_chosen(hooks: Hooks) -> None:
    with receiving() as receiver:
        made = hooks.add(receiver.url, events=[Event.PAIR_HALTED])
        hooks.room.service.test(hooks.host_id, made.webhook.id)
        hooks.work()

        assert receiver.events == ["webhook.test"]
        check(made.secret, receiver.messages[0].request)


def test_for_a_day_after_a_rotation_both_secrets_sign(hooks: Hooks) -> None:
    with receiving() as receiver:
        made = hooks.add(receiver.url)
        again = hooks.room.service.rotate(hooks.host_id, made.webhook.id)
        assert again.secret != made.secret
        hooks.happen("one")
        hooks.work()
        hooks.happen("two")
        hooks.work(hours=24)

        first, second = (message.request for message in receiver.messages)
        check(again.secret, first)
        check(made.secret, first)
        check(again.secret, second)
        with pytest.raises(NotSignedError):
            check(made.secret, second)


def test_deliveries_are_forgotten_30_days_after_they_were_made(hooks: Hooks) -> None:
    with receiving() as receiver:
        made = hooks.add(receiver.url)
        hooks.happen("one")
        hooks.work()
        hooks.clock.advance(days=29)
        hooks.room.sender.forget_old()
        assert len(hooks.log(made)) == 1
        hooks.clock.moment += timedelta(days=1, seconds=1)
        hooks.room.sender.forget_old()

        assert hooks.log(made) == []
