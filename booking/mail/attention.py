"""What a host is told when something of theirs needs them (`accounts.notices`), in words."""

from __future__ import annotations

from booking.accounts.notices import Cause
from booking.mail.languages import Tongue
from booking.mail.letter import Letter, cleaned
from booking.mail.values import Attention


def write_attention(tongue: Tongue, news: Attention, link: str) -> Letter:
    """Return the letter; `link` is where the remedy is."""
    headline, advice = _said(tongue)[news.cause]
    what = tongue.say("Needs your attention")
    rows = cleaned([(tongue.say("Concerns"), news.about), (tongue.say("Cause"), news.detail)])
    return Letter(
        language=tongue.language,
        subject=f"{what}: {news.about}",
        headline=headline,
        paragraphs=(advice,),
        rows=tuple(row for row in rows if row[1]),
        link=(tongue.say("See what to do"), link) if link else None,
        footer=tongue.say("You get this mail because it concerns your account here."),
    )


def _said(tongue: Tongue) -> dict[Cause, tuple[str, str]]:
    return {**_of_calendars(tongue), **_of_others(tongue)}


def _of_calendars(tongue: Tongue) -> dict[Cause, tuple[str, str]]:
    return {
        Cause.RECONNECT: (
            tongue.say("A calendar account must be connected again."),
            tongue.say("Until then its events cannot be read and bookings are not written to it."),
        ),
        Cause.NOT_WRITTEN: (
            tongue.say("Bookings could not be written to a calendar."),
            tongue.say("The bookings count all the same; only the calendar does not show them."),
        ),
        Cause.CALENDAR_CHANGED: (
            tongue.say("A booking was changed in the calendar."),
            tongue.say("See what was changed, and say whether it is to stay so."),
        ),
        Cause.PAIR_HALTED: (
            tongue.say("A pair of calendars waits for you."),
            tongue.say("What is held back is done once you have looked at it."),
        ),
    }


def _of_others(tongue: Tongue) -> dict[Cause, tuple[str, str]]:
    return {
        Cause.WEBHOOK_DISABLED: (
            tongue.say("A webhook was switched off."),
            tongue.say("It hears of nothing more until you switch it on again."),
        ),
        Cause.TASKS_ENDED: (
            tongue.say("Tasks no longer follow a calendar."),
            tongue.say("The tasks stay here, and their events stay in the calendar as they are."),
        ),
        Cause.NO_TIMES: (
            tongue.say("Guests find no time to book."),
            tongue.say("Open more hours, or let guests book further ahead."),
        ),
    }
