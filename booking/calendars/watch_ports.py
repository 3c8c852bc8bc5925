"""What push asks of a provider: channels that announce changes of one calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWish:
    """A channel that is wanted. `expires_at` (aware UTC) is the latest end we ask for.

    `key` is our name for it, new each time; `secret` comes back with every push.
    """

    key: str
    address: str
    secret: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteChannel:
    """A channel as the provider keeps it. `resource` is "" where stopping it does not need it."""

    id: str
    resource: str = ""
    expires_at: datetime


@runtime_checkable
class PushProvider(Protocol):
    """A provider that can announce changes (`Capabilities.has_push`).

    Errors of every method: those of `CalendarProvider`; Unsupported where this site's address or
    this calendar is not taken, which another try will not change.
    """

    def watch(self, calendar: str, wish: ChannelWish) -> RemoteChannel:
        """Open a channel. Repeating a wish whose answer was lost needs a new key."""

    def prolong(self, channel: RemoteChannel, until: datetime) -> RemoteChannel | None:
        """Let a channel live longer; None where the provider cannot, so a new one is needed.

        Errors: ItemGone where the channel ended.
        """

    def unwatch(self, channel: RemoteChannel) -> None:
        """Stop a channel; done also when it is not there."""
