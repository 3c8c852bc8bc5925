"""What a booking's page says first: its present state, for every state there is. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from booking.bookings.values import BookingView
from booking.core.instants import to_instant
from booking.web.public import wording
from booking.web.public.party import party_of_booking
from booking.web.public.viewer import Viewer

_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`is_news` where the guest just did it; `is_over` where nothing is to come any more."""

    title: str
    sentence: str
    icon: str
    css: str = ""
    is_news: bool = False
    is_over: bool = False


def outcome(booking: BookingView, viewer: Viewer, now: int, news: str = "") -> Outcome:
    """Return the state; `news` is `made`, `moved` or `cancelled` right after that was done."""
    if booking.status == "cancelled":
        return Outcome(
            title="Booking cancelled",
            sentence=_ended_by(booking),
            icon="x",
            css="outcome-over",
            is_news=bool(news),
            is_over=True,
        )
    if booking.status == "declined":
        return Outcome(
            title="Request declined",
            sentence=f"{party_of_booking(booking).subject} can't make it at this time.",
            icon="x",
            css="outcome-over",
            is_over=True,
        )
    if booking.end <= now:
        return Outcome(
            title="This meeting is over",
            sentence="It can't be changed any more.",
            icon="check",
            css="outcome-over",
            is_over=True,
        )
    return (
        _pending(booking, viewer, news) if booking.status == "pending" else _coming(booking, news)
    )


def _coming(booking: BookingView, news: str) -> Outcome:
    titles = {"made": "You're booked", "moved": "Booking moved"}
    return Outcome(
        title=titles.get(news, "Your booking"),
        sentence=_is_yours(booking, news)
        if news
        else f"You meet {party_of_booking(booking).others}.",
        icon="check",
        is_news=bool(news),
    )


def _is_yours(booking: BookingView, news: str) -> str:
    if booking.series and news == "made":
        return f"{_all_times(booking)} are yours; nobody else can book them."
    return "The time is yours; nobody else can book it."


def _all_times(booking: BookingView) -> str:
    count = len(booking.series)
    return "Both times" if count == _PAIR else f"All {count} times"


def _pending(booking: BookingView, viewer: Viewer, news: str) -> Outcome:
    is_new_series = booking.series and news == "made"
    kept = f"{_all_times(booking).lower()} are" if is_new_series else "the time is"
    return Outcome(
        title="Requested",
        sentence=f"{_has_until(booking, viewer)}; {kept} kept for you.",
        icon="clock",
        css="outcome-wait",
        is_news=bool(news),
    )


def _has_until(booking: BookingView, viewer: Viewer) -> str:
    """Return until when the hosts may answer."""
    who = party_of_booking(booking)
    if booking.expires_at is None:
        return f"{who.subject} will answer soon"
    moment = wording.local(to_instant(booking.expires_at), viewer.zone)
    has = who.verb("has", "have")
    return f"{who.subject} {has} until {moment:%a} {wording.time_of_day(moment, viewer.hours)}"


def _ended_by(booking: BookingView) -> str:
    who = party_of_booking(booking)
    host = "One of your hosts" if who.is_plural else who.subject
    return (
        f"{'You' if booking.changed_by == 'guest' else host} cancelled it. The time is free again."
    )
