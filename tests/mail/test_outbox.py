"""Mails are kept with what makes them necessary, once, and shown whatever becomes of them."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from booking.core.errors import Conflict, NotFound
from booking.db import writing
from booking.mail.models import MailState
from booking.mail.outbox import MOST_TO_UNVERIFIED
from booking.mail.values import Confirmed, Mail, Reminder
from booking.security.cipher import Cipher
from booking.upkeep.keys import rotate_credentials
from tests.conftest import host_factory
from tests.mail.conftest import Post
from tests.mail.scene import GUEST, HOST, MEETING, mail_of
from tests.servers.smtp_sink import Sink

_NEWS = Confirmed(meeting=MEETING)


def _many(count: int, mail: Mail) -> list[Mail]:
    return [replace(mail, event_key=f"event-{number}") for number in range(count)]


def test_a_mail_is_kept_only_with_the_unit_that_makes_it_necessary(either_post: Post) -> None:
    with suppress(KeyboardInterrupt), writing() as session:
        either_post.outbox.post(session, mail_of(_NEWS))
        raise KeyboardInterrupt

    assert either_post.outbox.of_booking(MEETING.uid) == ()


def test_telling_the_same_twice_is_one_mail(either_post: Post, sink: Sink) -> None:
    first = either_post.post(mail_of(_NEWS), mail_of(_NEWS, HOST))
    again = either_post.post(mail_of(_NEWS, HOST), mail_of(_NEWS))
    either_post.work()

    assert again == tuple(reversed(first))
    assert len(sink.received) == 2


def test_what_is_kept_is_sealed(post: Post) -> None:
    (mail_id,) = post.post(mail_of(_NEWS))

    content = post.row(mail_id).content
    assert content is not None
    assert b"t0ken" not in content
    assert b"Subject" not in content


def test_without_a_mail_server_mails_are_shown_and_nothing_fails(unconfigured: Post) -> None:
    (mail_id,) = unconfigured.post(mail_of(_NEWS))
    unconfigured.work(hours=1)

    (shown,) = unconfigured.outbox.of_booking(MEETING.uid)
    assert (shown.id, shown.state) == (mail_id, MailState.NOT_CONFIGURED)
    assert "BOOKING_SMTP_URL" in str(shown.error)


def test_an_address_that_cannot_be_mailed_is_shown_and_harms_no_other(
    post: Post, sink: Sink
) -> None:
    odd = replace(GUEST, address="a@example.org, b@example.org")

    bad, good = post.post(mail_of(_NEWS, odd), mail_of(_NEWS))
    post.work()

    assert (post.state(bad), post.state(good)) == (MailState.DEAD, MailState.SENT)
    assert [one.recipient for one in sink.received] == [GUEST.address]


def test_an_unverified_address_gets_ten_mails_a_day(either_post: Post) -> None:
    ids = either_post.post(*_many(MOST_TO_UNVERIFIED + 2, mail_of(_NEWS)))
    counts = Counter(either_post.state(mail_id) for mail_id in ids)
    assert counts == {MailState.WAITING: MOST_TO_UNVERIFIED, MailState.SKIPPED: 2}

    verified = either_post.post(mail_of(_NEWS, replace(GUEST, is_verified=True), key="verified"))
    either_post.clock.advance(hours=25)
    tomorrow = either_post.post(mail_of(_NEWS, key="tomorrow"))
    assert {either_post.state(one) for one in verified + tomorrow} == {MailState.WAITING}


def test_the_limit_is_exact_when_many_post_at_once(either_post: Post) -> None:
    def work(start: int) -> None:
        with either_post.app.app_context():
            for number in range(5):
                either_post.post(mail_of(_NEWS, key=f"{start}-{number}"))

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    counts = Counter(one.state for one in either_post.outbox.of_booking(MEETING.uid))
    assert counts == {MailState.WAITING: MOST_TO_UNVERIFIED, MailState.SKIPPED: 10}


def test_a_mail_can_be_sent_again_by_its_host_alone(post: Post, sink: Sink) -> None:
    make_host = host_factory(post.app)
    host, stranger = make_host(), make_host()
    (mail_id,) = post.post(replace(mail_of(_NEWS), user_id=host.id))
    post.work()

    with pytest.raises(NotFound):
        post.outbox.send_again(mail_id, stranger.id)
    post.outbox.send_again(mail_id, host.id)
    post.work()

    first, second = sink.received
    assert first.raw == second.raw


def test_words_are_forgotten_after_a_month_and_the_mail_after_a_year(post: Post) -> None:
    host = host_factory(post.app)()
    (mail_id,) = post.post(replace(mail_of(_NEWS), user_id=host.id))
    post.work()

    post.clock.advance(days=31)
    post.outbox.forget_old()
    assert post.row(mail_id).content is None
    with pytest.raises(Conflict):
        post.outbox.send_again(mail_id, host.id)

    post.clock.advance(days=340)
    post.outbox.forget_old()
    assert post.outbox.of_booking(MEETING.uid) == ()


def test_a_reminder_that_is_late_is_not_sent(post: Post, sink: Sink) -> None:
    start = post.clock.now() + timedelta(minutes=5)
    news = Reminder(meeting=MEETING, minutes=5)
    (mail_id,) = post.post(replace(mail_of(news), expires_at=start))

    post.work(minutes=5)

    assert post.state(mail_id) == MailState.SKIPPED
    assert sink.received == []


def test_kept_mails_move_to_a_new_key_and_one_that_no_key_opens_is_shown(
    post: Post, sink: Sink
) -> None:
    post.post(mail_of(_NEWS))
    old = post.app.extensions["booking"].settings.credential_keys
    report = rotate_credentials(Cipher((b"n" * 32, *old)))
    assert report.rotated == 1

    # The running process knows the old key alone: the mail is shown, not lost or garbled.
    post.work()
    (shown,) = post.outbox.of_booking(MEETING.uid)
    assert (shown.state, sink.received) == (MailState.DEAD, [])
    assert "keys" in str(shown.error)
