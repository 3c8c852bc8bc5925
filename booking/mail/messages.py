"""Composes a mail: letter, layout, headers and invitation become one EmailMessage.

The standard library builds every header; nothing is formatted into one. Pure but for reading the
templates: the same values and the same `now` give the same mail.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from booking import paths
from booking.core.errors import InvalidInput
from booking.mail.addresses import header_address, header_text
from booking.mail.invitation import from_name, invitation, method_of
from booking.mail.letter import Letter
from booking.mail.texts import carries_invitation, write_letter
from booking.mail.values import AddressCheck, Attention, House, Mail, OfBooking, Part

POLICY = SMTP.clone(cte_type="7bit", max_line_length=78)
_LONGEST_SUBJECT = 200
_LINKED = ("https://", "http://")


def compose(mail: Mail, house: House, now: datetime) -> EmailMessage:
    """Return the finished mail; `now`: aware UTC.

    Errors: InvalidInput for an address that mail cannot be sent to.
    """
    letter = write_letter(mail)
    message = EmailMessage(policy=POLICY)
    _address(message, mail, house)
    message["Subject"] = header_text(letter.subject)[:_LONGEST_SUBJECT]
    message["Date"] = format_datetime(now.replace(microsecond=0))
    message["Message-ID"] = message_id(mail, house)
    _thread(message, mail, house)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message["List-Id"] = f"<bookings.{house.domain}>"
    message.set_content(_layout("letter.txt", letter))
    message.add_alternative(_layout("letter.html", letter), subtype="html")
    if not isinstance(mail.news, Attention | AddressCheck) and carries_invitation(mail):
        _invite(message, mail.news, mail, house, now)
    # Last, as the library moves Content- headers into a part when it adds another.
    message["Content-Language"] = letter.language
    return message


def message_id(mail: Mail, house: House) -> str:
    """Return the mail's name: constant for what happened and who is told."""
    told = f"{mail.event_key}|{mail.recipient.part}|{mail.recipient.address.lower()}"
    return f"<{_digest(told)}@{house.domain}>"


def _thread(message: EmailMessage, mail: Mail, house: House) -> None:
    """Hang the mail below a name made from the booking alone: one thread, whatever came first."""
    meeting = mail.meeting
    if meeting is not None:
        root = f"<booking-{_digest(meeting.uid)}@{house.domain}>"
        message["In-Reply-To"] = root
        message["References"] = root


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _address(message: EmailMessage, mail: Mail, house: House) -> None:
    """Write From, To and Reply-To: from the house in the hosts' name, answers to the host."""
    to, meeting = mail.recipient, mail.meeting
    name = from_name(meeting) if meeting and to.part is not Part.HOST else ""
    message["From"] = header_address(house.sender.address, name or house.sender.name)
    shown = to.name if to.may_read_guest_words else ""
    message["To"] = header_address(to.address, shown)
    if meeting is None:
        return
    answered = (meeting.guest,) if to.part is Part.HOST else meeting.hosts[:1]
    with suppress(InvalidInput):  # a mail without Reply-To is better than none
        message["Reply-To"] = [header_address(one.address, one.name) for one in answered]


def _invite(
    message: EmailMessage, news: OfBooking, mail: Mail, house: House, now: datetime
) -> None:
    """Add the calendar object twice: as an alternative that programs act on, and as a file."""
    body = invitation(news, mail.recipient, house, now)
    message.add_alternative(
        body, subtype="calendar", cte="base64", params={"method": method_of(news)}
    )
    message.add_attachment(
        body.encode(), maintype="application", subtype="ics", filename="invite.ics"
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(paths.TEMPLATES / "mail"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _layout(name: str, letter: Letter) -> str:
    template = _templates().get_template(name)
    return template.render(letter=letter, is_link=_is_link)


def _is_link(value: str) -> bool:
    return value.startswith(_LINKED) and len(value.split()) == 1
