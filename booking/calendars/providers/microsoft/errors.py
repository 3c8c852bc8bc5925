"""What Graph's refusals mean: statuses and codes.

Source: https://learn.microsoft.com/en-us/graph/errors
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from booking.calendars.patience import patience
from booking.calendars.ports import Step
from booking.core.errors import (
    BadAnswer,
    CursorExpired,
    ItemGone,
    PermissionDenied,
    ProviderError,
    ReconnectRequired,
    Throttled,
    Unreachable,
    Unsupported,
    VersionConflict,
)

PROVIDER: Final = "microsoft"

_USUAL_PATIENCE = 30
# A refused place in the change feed comes as 410, and sometimes as 400.
_EXPIRED = frozenset({"syncstatenotfound", "resyncrequired", "syncstateinvalid"})
_HURRIED = frozenset({"applicationthrottled", "mailboxconcurrency", "toomanyrequests"})

_Meaning = tuple[type[ProviderError], str]
_GONE: _Meaning = (ItemGone, "The event does not exist in this calendar any more.")
_CHANGED: _Meaning = (VersionConflict, "The event was changed at Microsoft meanwhile.")
_BY_STATUS: Mapping[int, _Meaning] = {
    401: (ReconnectRequired, "Microsoft no longer accepts our access. Reconnect the account."),
    403: (PermissionDenied, "Microsoft does not let this account do that."),
    404: _GONE,
    408: (Unreachable, "Microsoft did not answer in time."),
    409: _CHANGED,
    410: _GONE,
    412: _CHANGED,
}
_AT_STEP: Mapping[tuple[type[ProviderError], Step], str] = {
    (ItemGone, Step.LIST_ITEMS): "The calendar does not exist any more, or is no longer shared "
    "with you.",
    (PermissionDenied, Step.WRITE): "This calendar is read-only for this account. Choose another "
    "calendar, or ask its owner for the right to write.",
    (PermissionDenied, Step.DELETE): "This calendar is read-only for this account, so nothing "
    "can be removed from it.",
}


def refusal(status: int, body: bytes, step: Step, retry_after: str | None) -> ProviderError:
    """Turn an answer that is no success into one of our errors."""
    code = _code(body)
    if status == 429 or code in _HURRIED:
        return throttled(retry_after, step)
    if status >= 500:
        return told(Unreachable, "Microsoft has a fault right now. We will try again.", step)
    if code in _EXPIRED or (status == 410 and step is Step.LIST_ITEMS):
        return told(CursorExpired, "", step)
    kind, message = _BY_STATUS.get(status, (BadAnswer, ""))
    if status == 400 and step is not Step.READ:
        kind, message = Unsupported, "Microsoft does not accept this."
    where = Step.SIGN_IN if kind is ReconnectRequired else step
    return told(kind, _AT_STEP.get((kind, step), message), where)


def told(kind: type[ProviderError], message: str, step: Step) -> ProviderError:
    """Make an error of ours."""
    return kind(message, provider=PROVIDER, step=step)


def bad_answer(step: Step) -> BadAnswer:
    """Make the error for an answer that is not what was asked for."""
    text = "Microsoft's answer was not calendar data. Nothing was changed."
    return BadAnswer(text, provider=PROVIDER, step=step)


def throttled(retry_after: str | None, step: Step) -> Throttled:
    """Make the error for a request to wait: at least a second, at most an hour."""
    return Throttled(
        patience(retry_after, _USUAL_PATIENCE),
        "Microsoft is busy and asked us to wait.",
        provider=PROVIDER,
        step=step,
    )


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["code"]).lower()
    except (ValueError, TypeError, KeyError):
        return ""
