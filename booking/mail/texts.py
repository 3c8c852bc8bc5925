"""What each mail says: news and a recipient become a letter in the recipient's language.

Every sentence goes through `say` or `count`, whose calls the catalogues are made from.
Leaves to others: how a letter is laid out (`templates/mail`) and sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from booking.mail.address_check import write_address_check
from booking.mail.attention import write_attention
from booking.mail.languages import Tongue
from booking.mail.letter import Letter, cleaned
from booking.mail.values import (
    AddressCheck,
    Attention,
    Cancelled,
    Confirmed,
    Declined,
    Doer,
    Engagement,
    Expired,
    Kind,
    Mail,
    Meeting,
    News,
    OfBooking,
    Part,
    Person,
    Reassigned,
    Recipient,
    Reminder,
    Requested,
    Rescheduled,
)

_HOUR, _DAY = 60, 1440


def carries_invitation(mail: Mail) -> bool:
    """Tell whether an .ics goes with a mail: to guests, with every change of what we invite to."""
    meeting = mail.meeting
    return (
        meeting is not None
        and meeting.is_ours_to_invite
        and mail.recipient.part is not Part.HOST
        and mail.news.kind is not Kind.REMINDER
    )


def write_letter(mail: Mail) -> Letter:
    """Return what a mail says."""
    tongue = Tongue(mail.recipient.locale, mail.recipient.time_zone)
    if isinstance(mail.news, Attention):
        return write_attention(tongue, mail.news, mail.link)
    if isinstance(mail.news, AddressCheck):
        return write_address_check(tongue, mail.news, mail.link)
    headline, *more = _WORDS[mail.news.kind](tongue, mail.news, mail.recipient)
    return Letter(
        language=tongue.language,
        subject=_subject(tongue, mail, mail.news.meeting),
        headline=headline,
        paragraphs=tuple(more),
        rows=cleaned(_rows(tongue, mail.news, mail.recipient)),
        link=_link(tongue, mail, mail.news),
        footer=_footer(tongue, mail.recipient),
    )


def _subject(tongue: Tongue, mail: Mail, meeting: Meeting) -> str:
    """Return a neutral subject for an invitation, as some calendars take it as the title."""
    moment = tongue.moment(meeting.start)
    if carries_invitation(mail):
        return f"{meeting.title}, {moment}"
    return f"{_what(tongue, mail.news.kind)}: {meeting.title}, {moment}"


def _what(tongue: Tongue, kind: Kind) -> str:
    return {
        Kind.REQUESTED: tongue.say("Request"),
        Kind.CONFIRMED: tongue.say("Booked"),
        Kind.DECLINED: tongue.say("Declined"),
        Kind.EXPIRED: tongue.say("Request expired"),
        Kind.RESCHEDULED: tongue.say("Moved"),
        Kind.CANCELLED: tongue.say("Cancelled"),
        Kind.REASSIGNED: tongue.say("New host"),
        Kind.REMINDER: tongue.say("Reminder"),
    }[kind]


def _requested(tongue: Tongue, news: Requested, to: Recipient) -> list[str]:
    until = tongue.point(news.expires_at) if news.expires_at else None
    if to.part is Part.HOST:
        said = [
            tongue.say("A guest asks for a time.")
            if news.old_start is None
            else tongue.say("A request has moved to another time."),
            tongue.say("Please confirm or decline the request."),
        ]
        ends = tongue.say("Unanswered, it ends at: %(until)s", until=until)
    else:
        said = [
            tongue.say("Your request was sent.")
            if news.old_start is None
            else tongue.say("Your request has moved to another time."),
            tongue.say("It is no booking yet: the host will confirm or decline it."),
        ]
        ends = tongue.say("The time is kept for you until: %(until)s", until=until)
    return [*said, ends] if until else said


def _confirmed(tongue: Tongue, news: Confirmed, to: Recipient) -> list[str]:
    if news.has_new_link:
        return [tongue.say("The meeting has a video link now.")]
    if to.part is Part.HOST:
        return [tongue.say("You have a new booking.")]
    if to.part is Part.OTHER:
        return [tongue.say("You are invited to a meeting.")]
    return [tongue.say("Your booking is confirmed.")]


def _declined(tongue: Tongue, _news: Declined, to: Recipient) -> list[str]:
    if to.part is Part.HOST:
        return [tongue.say("A request was declined.")]
    return [
        tongue.say("Your request was declined."),
        tongue.say("The time was given back. You are welcome to choose another one."),
    ]


def _expired(tongue: Tongue, _news: Expired, to: Recipient) -> list[str]:
    if to.part is Part.HOST:
        return [tongue.say("A request ended without an answer from you.")]
    return [
        tongue.say("Your request was not answered in time."),
        tongue.say("The time was given back. You are welcome to choose another one."),
    ]


def _rescheduled(tongue: Tongue, news: Rescheduled, to: Recipient) -> list[str]:
    headline = (
        tongue.say("A booking has moved.")
        if to.part is Part.HOST
        else tongue.say("Your booking has moved.")
    )
    by = {
        Doer.GUEST: tongue.say("The guest moved it."),
        Doer.HOST: tongue.say("The host moved it."),
        Doer.SYSTEM: tongue.say("It was moved in the calendar."),
    }
    still = [tongue.say("The host has still to confirm the new time.")]
    return [headline, by[news.by], *(still if news.meeting.is_tentative else ())]


def _cancelled(tongue: Tongue, news: Cancelled, to: Recipient) -> list[str]:
    headline = (
        tongue.say("A booking is cancelled.")
        if to.part is Part.HOST
        else tongue.say("Your booking is cancelled.")
    )
    by = {
        Doer.GUEST: tongue.say("The guest cancelled it."),
        Doer.HOST: tongue.say("The host cancelled it."),
        Doer.SYSTEM: tongue.say("It was cancelled in the calendar."),
    }
    return [headline, by[news.by]]


def _reassigned(tongue: Tongue, news: Reassigned, to: Recipient) -> list[str]:
    if to.part is not Part.HOST:
        return [
            tongue.say("Your booking has a new host."),
            tongue.say("The time stays the same."),
        ]
    if to.address in {host.address for host in news.meeting.hosts}:
        return [tongue.say("A booking is yours now.")]
    return [tongue.say("A booking was given to another host.")]


def _reminder(tongue: Tongue, news: Reminder, _to: Recipient) -> list[str]:
    minutes = news.minutes
    if minutes and minutes % _DAY == 0:
        return [
            tongue.count(
                "The meeting begins in %(number)s day.",
                "The meeting begins in %(number)s days.",
                minutes // _DAY,
            )
        ]
    if minutes and minutes % _HOUR == 0:
        return [
            tongue.count(
                "The meeting begins in %(number)s hour.",
                "The meeting begins in %(number)s hours.",
                minutes // _HOUR,
            )
        ]
    return [
        tongue.count(
            "The meeting begins in %(number)s minute.",
            "The meeting begins in %(number)s minutes.",
            minutes,
        )
    ]


_Words = Callable[[Tongue, Any, Recipient], list[str]]
_WORDS: dict[Kind, _Words] = {
    Kind.REQUESTED: _requested,
    Kind.CONFIRMED: _confirmed,
    Kind.DECLINED: _declined,
    Kind.EXPIRED: _expired,
    Kind.RESCHEDULED: _rescheduled,
    Kind.CANCELLED: _cancelled,
    Kind.REASSIGNED: _reassigned,
    Kind.REMINDER: _reminder,
}


def _rows(tongue: Tongue, news: OfBooking, to: Recipient) -> Iterator[tuple[str, str]]:
    """Return what stands in a mail's table: a value only where the recipient may read it."""
    meeting = news.meeting
    yield tongue.say("What"), meeting.title
    yield tongue.say("When"), tongue.span(meeting.start, meeting.end)
    if meeting.series:
        times = "\n".join(tongue.span(start, end) for start, end in meeting.series)
        yield tongue.say("All times"), times
    if isinstance(news, Rescheduled | Requested) and news.old_start and news.old_end:
        yield tongue.say("Before"), tongue.span(news.old_start, news.old_end)
    yield tongue.say("Host"), ", ".join(_shown(host) for host in meeting.hosts)
    if isinstance(news, Reassigned) and news.old_hosts:
        yield tongue.say("Host before"), ", ".join(_shown(host) for host in news.old_hosts)
    if meeting.place and (to.may_read_guest_words or not meeting.place_is_guests):
        yield tongue.say("Place"), meeting.place
    if meeting.meeting_url:
        yield tongue.say("Video call"), meeting.meeting_url
    reason = _reason(news, to)
    if reason:
        yield tongue.say("Reason"), reason
    if to.part is Part.HOST:
        yield from _for_hosts(tongue, meeting)
    if to.part is Part.HOST and isinstance(news, Requested) and news.day is not None:
        yield tongue.say("That day"), _day(tongue, news.day)


def _for_hosts(tongue: Tongue, meeting: Meeting) -> Iterator[tuple[str, str]]:
    guest = meeting.guest
    yield tongue.say("Guest"), f"{guest.name}, {guest.address}" if guest.name else guest.address
    if meeting.guest_phone:
        yield tongue.say("Phone"), meeting.guest_phone
    if meeting.additional_guests:
        yield tongue.say("Additional guests"), ", ".join(meeting.additional_guests)
    yield from meeting.answers
    in_calendar = _in_calendar(tongue).get(meeting.calendar, "")
    if in_calendar and not meeting.is_tentative:
        yield tongue.say("Calendar"), in_calendar


def _day(tongue: Tongue, day: tuple[Engagement, ...]) -> str:
    if not day:
        return tongue.say("Nothing else is known.")
    busy = tongue.say("Busy")
    return "\n".join(f"{tongue.hours(each.start, each.end)} {each.title or busy}" for each in day)


def _in_calendar(tongue: Tongue) -> dict[str, str]:
    return {
        "none": tongue.say("No calendar of yours receives it."),
        "pending": tongue.say("Your calendar is being brought in step."),
        "written": tongue.say("Your calendar is in step."),
        "failing": tongue.say("Your calendar could not be written yet."),
        "dead": tongue.say("Your calendar could not be written."),
    }


def _reason(news: News, to: Recipient) -> str:
    if isinstance(news, Declined):
        return news.reason
    if isinstance(news, Rescheduled | Cancelled):
        return news.reason if news.by is not Doer.GUEST or to.may_read_guest_words else ""
    return ""


def _shown(person: Person) -> str:
    return person.name or person.address


def _link(tongue: Tongue, mail: Mail, news: OfBooking) -> tuple[str, str] | None:
    if isinstance(news, Declined | Expired) and mail.recipient.part is Part.GUEST:
        return (tongue.say("Other times"), news.other_times) if news.other_times else None
    if not mail.link or mail.recipient.part is Part.OTHER:
        return None
    if mail.recipient.part is Part.HOST:
        waits = isinstance(news, Requested)
        label = tongue.say("Confirm or decline") if waits else tongue.say("See the booking")
        return label, mail.link
    if isinstance(news, Cancelled):
        return tongue.say("See the booking"), mail.link
    if isinstance(news, Requested):
        return tongue.say("See or cancel the request"), mail.link
    return tongue.say("See, move or cancel the booking"), mail.link


def _footer(tongue: Tongue, to: Recipient) -> str:
    if to.part is Part.HOST:
        return tongue.say("You get this mail because you are a host of this booking.")
    if to.part is Part.OTHER:
        return tongue.say("You get this mail because a guest of this meeting named your address.")
    return tongue.say("You get this mail because your address was given for this booking.")
