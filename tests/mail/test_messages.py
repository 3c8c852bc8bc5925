"""What mails look like: their words, their headers, and who may read what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from booking.accounts.notices import Cause
from booking.core.instants import Instant
from booking.mail.values import (
    Attention,
    Cancelled,
    Confirmed,
    Declined,
    Doer,
    Expired,
    News,
    Reassigned,
    Recipient,
    Reminder,
    Requested,
    Rescheduled,
)
from tests.mail.scene import (
    GUEST,
    HALF_HOUR,
    HOST,
    MEETING,
    OTHER,
    START,
    composed,
    everything_in,
    parts_of,
    speaking,
    words_of,
)

_PENDING = replace(MEETING, is_ours_to_invite=False)
_UNTIL = datetime(2026, 7, 3, 9, 0, tzinfo=UTC)
_LATER = Instant(START + 86_400)
_MOVED = Rescheduled(
    meeting=replace(MEETING, sequence=1, start=_LATER, end=Instant(_LATER + HALF_HOUR)),
    old_start=START,
    old_end=Instant(START + HALF_HOUR),
    by=Doer.HOST,
    reason="a conference",
)
_ALL_NEWS: tuple[News, ...] = (
    Requested(meeting=_PENDING, expires_at=_UNTIL),
    Confirmed(meeting=MEETING),
    Declined(meeting=_PENDING, reason="on leave", other_times="https://book.example/host/intro"),
    Expired(meeting=_PENDING, other_times="https://book.example/host/intro"),
    _MOVED,
    Cancelled(meeting=MEETING, by=Doer.HOST, reason="ill"),
    Reassigned(meeting=MEETING, old_hosts=MEETING.hosts),
    Reminder(meeting=MEETING, minutes=60),
    Attention(cause=Cause.RECONNECT, about="Work calendar", detail="The password is refused."),
)
_INVITING = {"confirmed", "rescheduled", "cancelled", "reassigned"}


def _as_received(message: EmailMessage) -> EmailMessage:
    return message_from_bytes(message.as_bytes(), policy=SMTP)


@pytest.mark.parametrize("to", [GUEST, OTHER, HOST], ids=["guest", "other", "host"])
@pytest.mark.parametrize("news", _ALL_NEWS, ids=[news.kind for news in _ALL_NEWS])
@pytest.mark.parametrize("locale", ["en", "de", "fr", "es"])
def test_every_mail_can_be_written_sent_and_read(news: News, to: Recipient, locale: str) -> None:
    message = composed(news, speaking(to, locale))
    received = _as_received(message)

    assert not received.defects
    assert received["Content-Language"] == locale
    assert str(received["Subject"]) == str(message["Subject"])
    assert words_of(received)
    raw = message.as_bytes()
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


@pytest.mark.parametrize("news", _ALL_NEWS, ids=[news.kind for news in _ALL_NEWS])
def test_an_invitation_goes_to_guests_once_there_is_a_booking(news: News) -> None:
    for to in (GUEST, OTHER):
        message = composed(news, to)
        found = len(parts_of(message, "text/calendar")), len(parts_of(message, "application/ics"))
        assert found == ((1, 1) if news.kind in _INVITING else (0, 0))
    assert parts_of(composed(news, HOST), "text/calendar") == []


def test_no_invitation_goes_where_the_provider_invites() -> None:
    assert parts_of(composed(Confirmed(meeting=_PENDING)), "text/calendar") == []


def test_the_subject_of_an_invitation_is_neutral_in_the_guests_language_and_zone() -> None:
    invited = composed(Confirmed(meeting=MEETING))
    german = composed(Cancelled(meeting=MEETING, by=Doer.HOST), speaking(GUEST, "de", "UTC"))

    assert invited["Subject"] == "Intro, Tue 7 July, 14:00 CEST"
    assert german["Subject"] == "Intro, Di., 7. Juli, 12:00 UTC"


def test_a_mail_to_a_host_says_what_happened_in_the_hosts_zone_with_the_answers() -> None:
    message = composed(Confirmed(meeting=MEETING), HOST)

    assert message["Subject"] == "Booked: Intro, Tue 7 July, 08:00 EDT"
    assert "words of the guest" in words_of(message)
    assert message["Reply-To"] == "Guest One <guest1@example.org>"


def test_a_move_tells_the_old_and_the_new_time_and_why() -> None:
    (text,) = parts_of(composed(_MOVED), "text/plain")

    assert "When: Wednesday, 8 July 2026, 14:00" in text
    assert "Before: Tuesday, 7 July 2026, 14:00" in text
    assert "Reason: a conference" in text


def test_a_request_says_until_when_the_time_is_kept() -> None:
    (text,) = parts_of(composed(_ALL_NEWS[0]), "text/plain")

    assert "until: Friday, 3 July 2026, 11:00 (UTC+02:00, Europe/Berlin)" in text


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1440, "in 1 day."), (2880, "in 2 days."), (60, "in 1 hour."), (90, "in 90 minutes.")],
)
def test_a_reminder_counts_in_the_largest_whole_unit(minutes: int, said: str) -> None:
    assert said in words_of(composed(Reminder(meeting=MEETING, minutes=minutes)))


def test_from_is_the_organizer_and_answers_go_to_the_host() -> None:
    message = composed(Confirmed(meeting=MEETING))

    assert message["From"] == "Host One <booking@book.example>"
    assert message["Reply-To"] == "Host One <host@example.org>"
    (body,) = parts_of(message, "text/calendar")
    assert 'ORGANIZER;CN="Host One":mailto:booking@book.example\r\n' in body


def test_no_program_answers_a_mail_by_itself() -> None:
    message = composed(Confirmed(meeting=MEETING))

    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<bookings.book.example>"


def test_the_message_id_is_constant_for_event_and_recipient_and_differs_else() -> None:
    first = composed(Confirmed(meeting=MEETING))
    names = {
        composed(Confirmed(meeting=MEETING), to, key=key)["Message-ID"]
        for to in (GUEST, OTHER, HOST)
        for key in ("event-1", "event-2")
    }

    assert composed(Confirmed(meeting=MEETING))["Message-ID"] == first["Message-ID"]
    assert len(names) == 6


def test_all_mails_about_a_booking_are_one_thread() -> None:
    about = [composed(news, key=news.kind) for news in _ALL_NEWS[:-1]]
    another = composed(Confirmed(meeting=replace(MEETING, uid="another")))

    assert len({message["References"] for message in about}) == 1
    assert another["References"] != about[0]["References"]


def test_a_third_party_reads_no_word_and_holds_no_link_of_the_guest() -> None:
    guests = replace(MEETING, place="SPAM place", place_is_guests=True)
    told: tuple[News, ...] = (
        Confirmed(meeting=guests),
        Cancelled(meeting=guests, by=Doer.GUEST, reason="SPAM reason"),
        replace(_MOVED, meeting=guests, by=Doer.GUEST, reason="SPAM reason"),
    )
    for news in told:
        whole = everything_in(composed(news, OTHER))
        for word in ("SPAM", "words of the guest", "Guest One", "t0ken", "guest1@example.org"):
            assert word not in whole


def test_an_unverified_guest_is_not_sent_what_was_typed_and_a_verified_one_is() -> None:
    news = Cancelled(meeting=MEETING, by=Doer.GUEST, reason="SPAM reason")
    verified = replace(GUEST, is_verified=True)

    assert "SPAM" not in everything_in(composed(news))
    assert "Guest One" not in everything_in(composed(news))
    assert "SPAM reason" in words_of(composed(news, verified))
    assert composed(news, verified)["To"] == "Guest One <guest1@example.org>"


def test_html_shows_words_of_others_as_words() -> None:
    asked = replace(MEETING, answers=(("Question", "<script>alert(1)</script> & more"),))
    (html,) = parts_of(composed(Confirmed(meeting=asked), HOST), "text/html")

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html


def test_only_web_addresses_become_links() -> None:
    odd = replace(MEETING, meeting_url="javascript:alert(1)")
    (html,) = parts_of(composed(Confirmed(meeting=odd)), "text/html")

    assert 'href="javascript' not in html


def test_a_late_video_link_is_told_as_such_and_renews_the_invitation() -> None:
    meeting = replace(MEETING, sequence=1, meeting_url="https://meet.example/abc")
    message = composed(Confirmed(meeting=meeting, has_new_link=True))

    assert "The meeting has a video link now." in words_of(message)
    (body,) = parts_of(message, "text/calendar")
    assert "SEQUENCE:1" in body
    assert "https://meet.example/abc" in body
