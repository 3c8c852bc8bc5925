"""Subscriptions: Graph posts to an address of ours whenever events of a calendar change.

Graph asks the address to echo a word before it answers. `clientState` carries our name of the
channel and its secret, as a push may come before we know the subscription's id.
Source: https://learn.microsoft.com/en-us/graph/api/resources/subscription
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from booking.calendars.ports import Step
from booking.calendars.providers.microsoft.errors import bad_answer
from booking.calendars.providers.microsoft.line import Line, segment
from booking.calendars.watch_ports import ChannelWish, RemoteChannel
from booking.core.errors import ItemGone

_CHANGES: Final = "created,updated,deleted"


def watch(line: Line, calendar: str, wish: ChannelWish) -> RemoteChannel:
    """Subscribe to a calendar's events, lifecycle notifications included."""
    body = {
        "changeType": _CHANGES,
        "notificationUrl": wish.address,
        "lifecycleNotificationUrl": wish.address,
        "resource": f"me/calendars/{segment(calendar)}/events",
        "expirationDateTime": _text(wish.expires_at),
        "clientState": f"{wish.key}.{wish.secret}",
    }
    return _channel(line.post("subscriptions", Step.WATCH, body), wish.expires_at)


def prolong(line: Line, channel: RemoteChannel, until: datetime) -> RemoteChannel:
    """Let a subscription live until `until`, and authorise it anew. Errors: ItemGone."""
    body = {"expirationDateTime": _text(until)}
    answer = line.patch(f"subscriptions/{segment(channel.id)}", Step.WATCH, body, None)
    return _channel({"id": channel.id, **answer}, until)


def unwatch(line: Line, channel: RemoteChannel) -> None:
    """End a subscription; done also when it is not there."""
    with suppress(ItemGone):
        line.delete(f"subscriptions/{segment(channel.id)}", Step.WATCH, None)


def _channel(answer: dict[str, Any], otherwise: datetime) -> RemoteChannel:
    key = answer.get("id")
    if not isinstance(key, str) or not key:
        raise bad_answer(Step.WATCH)
    return RemoteChannel(id=key, expires_at=_moment(answer.get("expirationDateTime"), otherwise))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def _moment(text: object, otherwise: datetime) -> datetime:
    """Return a moment as Graph writes it, with up to seven decimals."""
    try:
        return datetime.fromisoformat(f"{str(text)[:19]}+00:00")
    except ValueError:
        return otherwise
