"""Make intents ready to be sent, all of a wave before the first of them goes.

Who waits for a server between two steps finds nothing at hand any more, and takes twice as long for
each. So between two requests of a wave nothing is done but to send one and to take its answer.

Leaves to others: when to send, and what an answer means (`apply`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn, TypeAlias

from booking.core.errors import ItemGone, ProviderError
from booking.sync.ports import Remote, Side, Written
from booking.sync.rows import Intent, Op
from booking.sync.scene import View

Send: TypeAlias = Callable[[], Written | None]
"""Sends a write; a deletion has no answer. Errors: as for the writes of `Remote`."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An intent that can be sent, with its link."""

    intent: Intent
    view: View
    send: Send


def made_ready(intent: Intent, view: View, remotes: Mapping[Side, Remote]) -> Ready:
    """Make an intent ready; what is wrong with it shows when it is sent."""
    try:
        send = _send_of(intent, view, remotes[intent.side])
    except ProviderError as error:
        send = partial(_fail, error)
    return Ready(intent, view, send)


def _send_of(intent: Intent, view: View, remote: Remote) -> Send:
    if intent.op is Op.CREATE:
        return remote.creation(intent.name, intent.uid, intent.target or {}, intent.mark)
    item = view.item(intent.side)
    if item is None:
        raise ItemGone
    based_on = replace(item, version=intent.if_match)
    if intent.op is Op.UPDATE:
        return partial(remote.update, based_on, intent.target or {})
    return partial(remote.delete, based_on)


def _fail(error: ProviderError) -> NoReturn:
    raise error
