"""Against a server that delays, refuses, greylists and hangs up: nothing is lost or renamed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from booking.mail.models import MailMessage, MailState
from booking.mail.values import Confirmed
from tests.conftest import host_factory
from tests.mail.conftest import Post
from tests.mail.scene import GUEST, MEETING, mail_of
from tests.servers.smtp_sink import Script, Sink

_NEWS = Confirmed(meeting=MEETING)


def _to(number: int) -> str:
    return f"guest{number}@example.net"


def _post(post: Post, count: int) -> tuple[int, ...]:
    people = [replace(GUEST, address=_to(number)) for number in range(count)]
    return post.post(*(mail_of(_NEWS, person) for person in people))


def test_mails_go_out_in_order_over_one_connection(either_post: Post, sink: Sink) -> None:
    ids = _post(either_post, 5)
    either_post.work()

    assert [one.recipient for one in sink.received] == [_to(number) for number in range(5)]
    assert {one.sender for one in sink.received} == {"booking@book.example"}
    assert sink.connections == 1
    rows = [either_post.row(mail_id) for mail_id in ids]
    assert {row.state for row in rows} == {MailState.SENT}
    assert [one.message["Message-ID"] for one in sink.received] == [row.message_id for row in rows]


def test_what_arrives_is_what_was_composed(post: Post, sink: Sink) -> None:
    (mail_id,) = post.post(mail_of(_NEWS))
    post.work()

    (received,) = sink.received
    assert received.message["Message-ID"] == post.row(mail_id).message_id
    assert received.message["Subject"] == "Intro, Tue 7 July, 14:00 CEST"
    assert not received.message.defects
    kinds = [part.get_content_type() for part in received.message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY"])
@pytest.mark.parametrize("answer", ["451 4.3.0 later", "452 4.2.2 full", "421 4.3.2 going down"])
def test_a_mail_that_is_put_off_goes_out_later(
    post: Post, sink: Sink, step: str, answer: str
) -> None:
    sink.script.answers[step] = [answer]
    (mail_id,) = _post(post, 1)
    post.work()
    assert post.state(mail_id) == MailState.FAILED
    assert answer[:3] in str(post.row(mail_id).error)
    assert not sink.received

    post.work(seconds=11)

    assert post.state(mail_id) == MailState.SENT
    assert len(sink.received) == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "BODY"])
def test_a_mail_that_is_refused_is_dead_at_once_and_shown_and_the_next_one_goes(
    post: Post, sink: Sink, step: str
) -> None:
    host = host_factory(post.app)()
    sink.script.answers[step] = ["550 5.1.1 no such <secret@example.org>"]
    refused, fine = post.post(
        replace(mail_of(_NEWS), user_id=host.id), mail_of(_NEWS, replace(GUEST, address=_to(1)))
    )
    post.work()

    assert (post.state(refused), post.state(fine)) == (MailState.DEAD, MailState.SENT)
    (shown,) = post.outbox.dead_of(host.id)
    assert shown.id == refused
    assert "550 5.1.1" in str(shown.error)
    assert "secret" not in str(shown.error)
    post.work(hours=2)
    assert len(sink.received) == 1


def test_a_connection_lost_after_data_repeats_the_same_mail_under_the_same_name(
    either_post: Post, sink: Sink
) -> None:
    sink.script.drops = 2
    (mail_id,) = _post(either_post, 1)
    for _ in range(3):
        either_post.work(minutes=5)

    assert either_post.state(mail_id) == MailState.SENT
    assert len(sink.received) == 3
    assert len({one.raw for one in sink.received}) == 1


def test_a_greylisting_server_gets_every_mail_in_the_end(post: Post, sink: Sink) -> None:
    sink.script.greylists = True
    ids = _post(post, 3)
    post.work()
    assert {post.state(mail_id) for mail_id in ids} == {MailState.FAILED}

    post.work(minutes=1)

    assert {post.state(mail_id) for mail_id in ids} == {MailState.SENT}
    assert len(sink.received) == 3


def test_a_slow_server_is_waited_for(post: Post, sink: Sink) -> None:
    sink.script.delay = 0.3
    (mail_id,) = _post(post, 1)
    post.work()

    assert post.state(mail_id) == MailState.SENT


def test_a_server_that_is_away_costs_no_mail(either_post: Post, sink: Sink) -> None:
    ids = _post(either_post, 3)
    sink.script.answers["MAIL"] = ["421 4.3.2 going down"]
    either_post.work()
    states = [either_post.state(mail_id) for mail_id in ids]
    assert states == [MailState.FAILED, MailState.WAITING, MailState.WAITING]

    either_post.work(seconds=11)

    assert {either_post.state(mail_id) for mail_id in ids} == {MailState.SENT}
    assert len(sink.received) == 3


def test_a_mail_is_given_up_after_a_day_and_can_be_sent_again(post: Post, sink: Sink) -> None:
    host = host_factory(post.app)()
    sink.script.answers["RCPT"] = ["450 4.2.0 later"] * 200
    (mail_id,) = post.post(replace(mail_of(_NEWS), user_id=host.id))
    for _ in range(26):
        post.work(hours=1)
    assert post.state(mail_id) == MailState.DEAD
    assert 5 < post.row(mail_id).tries < 40

    sink.script = Script()
    post.outbox.send_again(mail_id, host.id)
    post.work()

    assert post.state(mail_id) == MailState.SENT


def test_a_try_is_counted_before_it_is_made(post: Post, sink: Sink) -> None:
    sink.script.answers["BODY"] = ["451 later"]
    (mail_id,) = _post(post, 1)
    post.work()

    row: MailMessage = post.row(mail_id)
    assert row.tries == 1
    assert row.due_at > post.clock.now()
