"""Watch channels: Google posts to an address of ours whenever events of a calendar change.

Source: https://developers.google.com/workspace/calendar/api/guides/push
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from booking.calendars.ports import Step
from booking.calendars.providers.google.errors import bad_answer
from booking.calendars.providers.google.line import Line
from booking.calendars.watch_ports import ChannelWish, RemoteChannel
from booking.core.errors import ItemGone

_KIND: Final = "web_hook"
_MILLISECONDS: Final = 1000


def watch(line: Line, calendar: str, wish: ChannelWish) -> RemoteChannel:
    """Open a channel; Google may let it end sooner than wished, and says when."""
    body = {
        "id": wish.key,
        "type": _KIND,
        "address": wish.address,
        "token": wish.secret,
        "expiration": str(int(wish.expires_at.timestamp() * _MILLISECONDS)),
    }
    answer = line.call(line.api.events.watch(calendarId=calendar, body=body), Step.WATCH)
    resource = answer.get("resourceId")
    if not isinstance(resource, str) or not resource:
        raise bad_answer(Step.WATCH)
    return RemoteChannel(
        id=str(answer.get("id") or wish.key),
        resource=resource,
        expires_at=_moment(answer.get("expiration"), wish.expires_at),
    )


def unwatch(line: Line, channel: RemoteChannel) -> None:
    """Stop a channel; done also when it is not there."""
    body = {"id": channel.id, "resourceId": channel.resource}
    with suppress(ItemGone):
        line.call(line.api.channels.stop(body=body), Step.WATCH)


def _moment(milliseconds: object, otherwise: datetime) -> datetime:
    """Return when a channel ends. Google says it in milliseconds, as a text."""
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) / _MILLISECONDS, UTC)
    except (ValueError, OverflowError, OSError):
        return otherwise
