"""Whatever is typed into a name, title, reason or address makes no header and no recipient."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.core.errors import InvalidInput
from booking.mail.addresses import mailable
from booking.mail.values import Cancelled, Confirmed, Doer, Person
from tests.mail.scene import GUEST, HOST, MEETING, composed, parts_of

_HEADERS = {name.lower() for name in composed(Confirmed(meeting=MEETING)).keys()}  # noqa: SIM118
_HOSTILE = (
    "x\r\nBcc: victim@example.net",
    "x\nBcc: victim@example.net\n\nbody",
    "x\rBcc: victim@example.net",
    "x\0y",
    "victim@example.net, other@example.net",
    "a <victim@example.net>, b",
    'x" <victim@example.net>, "y',
    "x\u2028Bcc: victim@example.net",
    "x\x85Bcc: victim@example.net",
    "=?utf-8?q?x=0D=0ABcc:_victim@example.net?=",
    "\ud800 lone",
    "\u00e9" * 300 + ", victim@example.net",
    "END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:second",
)


def _check(text: str) -> None:
    person = Person(address="host@example.org", name=text)
    meeting = replace(MEETING, title=text or "-", hosts=(person,), place=text, meeting_url=text)
    for to in (replace(GUEST, name=text, is_verified=True), replace(HOST, name=text)):
        message = composed(Cancelled(meeting=meeting, by=Doer.HOST, reason=text), to)
        received = message_from_bytes(message.as_bytes(), policy=SMTP)
        assert {name.lower() for name in received.keys()} == _HEADERS  # noqa: SIM118
        for header, address in (("To", to.address), ("From", "booking@book.example")):
            assert [one.addr_spec for one in received[header].addresses] == [address]
        assert len(received["Reply-To"].addresses) == 1
        for body in parts_of(received, "text/calendar"):
            (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
            assert str(event["UID"]) == MEETING.ical_uid
            assert "\0" not in body


@pytest.mark.parametrize("text", _HOSTILE)
def test_hostile_text_is_inert_everywhere(text: str) -> None:
    _check(text)


@given(st.text(max_size=120) | st.text('=?utf-8qb_0DA:\r\n,;<>@"\\ \u00e9', max_size=120))
def test_any_text_is_inert_everywhere(text: str) -> None:
    _check(text)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@example.org, c@example.org",
        "a@example.org,c@example.org",
        "a@example.org\r\nBcc: c@example.org",
        "a@example.org\n",
        "a\0@example.org",
        "<a@example.org>",
        '"a b"@example.org',
        "a b@example.org",
        "a@[127.0.0.1]",
        "a@-example.org",
        "a@exa mple.org",
        "j\u00f6rg@example.org",
        "a" * 65 + "@example.org",
    ],
)
def test_what_is_not_one_plain_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        mailable(address)


def test_a_domain_beyond_ascii_is_written_as_mail_servers_know_it() -> None:
    assert mailable("guest@b\u00fccher.example") == "guest@xn--bcher-kva.example"


def test_an_odd_address_among_the_guests_keeps_nobody_uninvited() -> None:
    meeting = replace(MEETING, additional_guests=("x@example.org\r\nATTENDEE:mailto:y@z.example",))
    (body,) = parts_of(composed(Confirmed(meeting=meeting)), "text/calendar")

    assert "y@z.example" not in body
    assert "guest1@example.org" in body
