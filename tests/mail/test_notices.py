"""Hosts are told by mail what needs them: once, in their language, with a way to the remedy."""

from __future__ import annotations

import pytest

from booking.accounts.notices import Cause, Notice
from booking.core.errors import PermissionDenied, ReconnectRequired, Unreachable
from booking.db import writing
from booking.mail.values import Attention
from tests.conftest import HostAccount, host_factory
from tests.mail.conftest import Post
from tests.mail.scene import HOST, composed, speaking, words_of
from tests.servers.smtp_sink import Sink


def _notice(host: HostAccount, key: str = "reconnect:1") -> Notice:
    return Notice(
        user_id=host.id,
        cause=Cause.RECONNECT,
        about="host@dav.example",
        detail="The password is refused.",
        path="/settings/calendars",
        key=key,
    )


def _tell(post: Post, notice: Notice) -> None:
    with writing() as session:
        post.app.extensions["booking"].mail.notices.tell(session, notice)


def test_a_host_is_told_where_the_remedy_is(either_post: Post, sink: Sink) -> None:
    host = host_factory(either_post.app)()
    _tell(either_post, _notice(host))
    either_post.work()

    (received,) = sink.received
    assert received.recipient == host.email
    words = words_of(received.message)
    assert "host@dav.example" in words
    assert "The password is refused." in words
    assert "https://book.example/settings/calendars" in words


def test_one_key_tells_once_and_another_tells_again(either_post: Post, sink: Sink) -> None:
    host = host_factory(either_post.app)()
    for key in ("reconnect:1", "reconnect:1", "reconnect:2"):
        _tell(either_post, _notice(host, key))
    either_post.work()

    assert len(sink.received) == 2


def test_a_disabled_host_is_told_nothing(post: Post, sink: Sink) -> None:
    host = host_factory(post.app)()
    with writing() as session:
        post.disable(session, host.id)
    _tell(post, _notice(host))
    post.work()

    assert sink.received == []


@pytest.mark.parametrize("locale", ["en", "de", "fr", "es"])
def test_every_cause_has_words_of_its_own_in_every_language(locale: str) -> None:
    told = {
        words_of(composed(Attention(cause=cause, about="Work"), speaking(HOST, locale)))
        for cause in Cause
    }

    assert len(told) == len(Cause)


def test_an_account_that_lets_nobody_in_is_told_of_once(either_post: Post, sink: Sink) -> None:
    post = either_post
    connection = post.connection(host_factory(post.app)().id)
    connections = post.app.extensions["booking"].connections
    connections.record_failure(connection, Unreachable("The server did not answer."))
    post.work()
    assert sink.received == []

    for _ in range(3):
        connections.record_failure(connection, ReconnectRequired("The password is refused."))
        post.work(hours=1)
    assert len(sink.received) == 1

    connections.record_success(connection)
    connections.record_failure(connection, ReconnectRequired("The password is refused."))
    post.work()
    assert len(sink.received) == 2


def test_a_fault_of_one_calendar_is_no_fault_of_the_account(post: Post, sink: Sink) -> None:
    connection = post.connection(host_factory(post.app)().id)

    post.app.extensions["booking"].connections.record_failure(
        connection, PermissionDenied("This calendar may only be read.")
    )
    post.work()

    assert sink.received == []
