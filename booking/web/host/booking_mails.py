"""Mails on a host's pages: those of a booking, those that were given up, and sending one again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from booking.core.errors import Conflict
from booking.core.zones import zone
from booking.mail.outbox import Delivery
from booking.web import current
from booking.web.host import words
from booking.web.limits import limit_resends
from booking.web.policy import host_only

pages = Blueprint("mails", __name__)
_KINDS = {
    "requested": "Request",
    "confirmed": "Confirmation",
    "declined": "Declined",
    "expired": "Request expired",
    "rescheduled": "Moved",
    "cancelled": "Cancellation",
    "reassigned": "New host",
    "reminder": "Reminder",
    "attention": "Needs your attention",
}
_PARTS = {"guest": "the guest", "host": "a host", "other": "an additional guest"}
_STATES = {
    "waiting": ("Being sent", ""),
    "failed": ("Will be tried again", "warn"),
    "sent": ("Sent", "good"),
    "dead": ("Not sent", "bad"),
    "skipped": ("Not needed", ""),
    "not_configured": ("No mail server", "warn"),
}
_NEWS_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """A mail in words; `moment` is its time for programs."""

    id: int
    uid: str | None
    what: str
    to: str
    part: str
    state: str
    state_kind: str
    error: str | None
    when: str
    moment: str
    may_be_read: bool
    may_be_sent_again: bool


def lines(mails: Iterable[Delivery], zone_name: str) -> list[MailLine]:
    """Return mails in words, on the clocks of `zone_name`."""
    return [_line(each, zone_name) for each in mails]


def _line(mail: Delivery, zone_name: str) -> MailLine:
    moment = (mail.sent_at or mail.created_at).astimezone(zone(zone_name))
    state, kind = _STATES.get(mail.state, (mail.state, ""))
    return MailLine(
        id=mail.id,
        uid=mail.booking_uid,
        what=_KINDS.get(mail.kind, mail.kind),
        to=mail.recipient,
        part=_PARTS.get(mail.part, mail.part),
        state=state,
        state_kind=kind,
        error=mail.error,
        when=f"{words.day(moment.date())}, {words.clock(moment)}",
        moment=moment.isoformat(),
        may_be_read=mail.can_be_sent_again and mail.booking_uid is not None,
        may_be_sent_again=mail.can_be_sent_again and mail.state in {"sent", "dead", "skipped"},
    )


def lately_given_up() -> int:
    """Return how many of the host's mails were given up within a week."""
    since = current.now() - _NEWS_FOR
    found = current.services().mail.outbox.dead_of(current.user_id())
    return sum(each.created_at >= since for each in found)


@pages.get("/mails")
@host_only
def given_up() -> str:
    """List the host's mails that were given up."""
    found = current.services().mail.outbox.dead_of(current.user_id())
    return render_template("host/mails.html", mails=lines(found, current.host().time_zone))


@pages.post("/mails/<id:mail>/again")
@host_only
def send_again(mail: int) -> Response:
    """Send a mail that was given up once more."""
    limit_resends()
    try:
        current.services().mail.outbox.send_again(mail, current.user_id())
    except Conflict as error:
        flash(error.message, "bad")
    else:
        flash("The mail is being sent again.", "good")
    return redirect(url_for("host_bookings.mails.given_up"), 303)


@pages.get("/<uid>/mails/<id:mail>")
@host_only
def read(uid: str, mail: int) -> str:
    """Show what a mail about a booking says."""
    told = current.services().telling.mails.read(uid, mail, host_id=current.user_id())
    return render_template(
        "host/mail.html",
        line=_line(told.delivery, current.host().time_zone),
        subject=told.subject,
        text=told.text.strip(),
        uid=uid,
    )


@pages.post("/<uid>/mails/<id:mail>/again")
@host_only
def send_again_about(uid: str, mail: int) -> Response:
    """Send a mail about a booking once more."""
    limit_resends()
    mails = current.services().telling.mails
    try:
        sent = mails.send_again(uid, mail, host_id=current.user_id())
    except Conflict as error:
        flash(error.message, "bad")
    else:
        flash(f"The mail to {sent.recipient} is being sent again.", "good")
    return redirect(url_for("host_bookings.show", uid=uid, _anchor="mails"), 303)
