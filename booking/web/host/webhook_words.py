"""How webhooks and their deliveries are written on a host's pages. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from booking.web.host.words import ago, until
from booking.webhooks.values import DeliveryView, Event, WebhookView

_WORDS: Final = {
    Event.BOOKING_CREATED: "A booking was made",
    Event.BOOKING_REQUESTED: "A booking was requested",
    Event.BOOKING_CONFIRMED: "A request was confirmed",
    Event.BOOKING_DECLINED: "A request was declined or ran out",
    Event.BOOKING_RESCHEDULED: "A booking was moved",
    Event.BOOKING_CANCELLED: "A booking was cancelled",
    Event.BOOKING_REASSIGNED: "A booking got other hosts",
    Event.BOOKING_NO_SHOW: "A guest did not come",
    Event.CONNECTION_DEGRADED: "A calendar account is in trouble",
    Event.PAIR_HALTED: "A pair of calendars waits for you",
}
EVENT_CHOICES: Final = tuple((event.value, text) for event, text in _WORDS.items())
_STATUSES: Final = {
    "active": ("Active", "good"),
    "failing": ("Failing", "warn"),
    "disabled": ("Switched off", "bad"),
}
_STATES: Final = {
    "waiting": ("On its way", ""),
    "failed": ("Will be tried again", "warn"),
    "sent": ("Received", "good"),
    "dead": ("Given up", "bad"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A webhook as a page shows it; `note` says how it does."""

    key: int
    name: str
    url: str
    events: tuple[str, ...]
    status: str
    status_text: str
    status_kind: str
    note: str
    reason: str
    old_secret_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """A delivery as a page shows it."""

    key: int
    event: str
    message_id: str
    state: str
    kind: str
    when: str
    moment: str
    tries: str
    next_try: str
    answer: str
    request: str
    response: str
    can_be_replayed: bool


def webhook_line(view: WebhookView, now: datetime) -> Line:
    """Return a webhook in words."""
    text, kind = _STATUSES[view.status]
    until_then = view.old_secret_until
    is_doubled = until_then is not None and until_then > now
    return Line(
        key=view.id,
        name=view.description or urlsplit(view.url).hostname or view.url,
        url=view.url,
        events=view.events,
        status=view.status,
        status_text=text,
        status_kind=kind,
        note=_note(view, now),
        reason=view.disabled_reason or "",
        old_secret_until=until(until_then, now) if until_then and is_doubled else "",
    )


def delivery_line(view: DeliveryView, now: datetime) -> DeliveryLine:
    """Return a delivery in words."""
    text, kind = _STATES[view.state]
    is_again = view.state == "failed" and view.next_try_at is not None
    return DeliveryLine(
        key=view.id,
        event=view.event,
        message_id=view.message_id,
        state=text,
        kind=kind,
        when=ago(view.tried_at or view.created_at, now),
        moment=(view.tried_at or view.created_at).isoformat(timespec="seconds"),
        tries="1 try" if view.tries == 1 else f"{view.tries} tries",
        next_try=until(view.next_try_at, now) if is_again and view.next_try_at else "",
        answer=view.error or (f"HTTP {view.status}" if view.status else ""),
        request=_readable(view.request),
        response=view.response or "",
        can_be_replayed=view.state in {"sent", "dead", "failed"},
    )


def _note(view: WebhookView, now: datetime) -> str:
    if view.status == "failing":
        return f"Failing since {ago(view.failing_since, now)}"
    if view.succeeded_at is None:
        return "Nothing was delivered yet"
    return f"Last delivered {ago(view.succeeded_at, now)}"


def _readable(body: str | None) -> str:
    """Return a body indented, for the eye; what was signed is the text without these spaces."""
    return "" if body is None else json.dumps(json.loads(body), indent=2, ensure_ascii=False)
