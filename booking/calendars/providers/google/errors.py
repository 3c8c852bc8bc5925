"""What Google's refusals mean: statuses and reasons.

Source: https://developers.google.com/workspace/calendar/api/guides/errors
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
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

PROVIDER: Final = "google"

_USUAL_PATIENCE = 30
_HURRIED = frozenset(
    {
        *("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"),
        *("dailyLimitExceeded", "calendarUsageLimitsExceeded"),
    }
)
_NARROW = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_NO_PUSH = ("push.", "pushNotSupported")
_EXPIRED = frozenset({"fullSyncRequired", "updatedMinTooLongAgo"})

_Meaning = tuple[type[ProviderError], str]
_GONE: _Meaning = (ItemGone, "The event does not exist in this calendar any more.")
_BY_STATUS: Mapping[int, _Meaning] = {
    401: (ReconnectRequired, "Google no longer accepts our access. Reconnect the account."),
    403: (PermissionDenied, "Google does not let this account do that."),
    404: _GONE,
    408: (Unreachable, "Google did not answer in time."),
    409: (VersionConflict, "There is an event under this name already."),
    410: _GONE,
    412: (VersionConflict, "The event was changed at Google meanwhile."),
    425: (Unreachable, "Google did not answer in time."),
}
_AT_STEP: Mapping[tuple[type[ProviderError], Step], str] = {
    (ItemGone, Step.LIST_ITEMS): "The calendar does not exist any more, or is no longer shared "
    "with you.",
    (PermissionDenied, Step.WRITE): "This calendar is read-only for this account. Choose another "
    "calendar, or ask its owner for the right to write.",
    (PermissionDenied, Step.DELETE): "This calendar is read-only for this account, so nothing "
    "can be removed from it.",
    (PermissionDenied, Step.CREATE_CALENDAR): "Google does not let us create calendars yet. Allow "
    "it under Settings, Calendars.",
}
_NOT_TAKEN = {Step.WRITE: "Google does not accept this event's contents."}
NARROWED = (
    "Google was not allowed to give us this. Reconnect the account and leave every box ticked."
)


def refusal(
    status: int, body: bytes, step: Step, *, retry_after: str | None = None, now: datetime
) -> ProviderError:
    """Turn an answer that is no success into one of our errors. `now`: aware UTC."""
    reason = _reason(body)
    if status == 429 or (status == 403 and reason in _HURRIED):
        return throttled(retry_after, step, now)
    if status >= 500:
        return told(Unreachable, "Google has a fault right now. We will try again.", step)
    if reason in _EXPIRED or (status == 410 and step is Step.LIST_ITEMS):
        return told(CursorExpired, "", step)
    if reason.startswith(_NO_PUSH):
        return told(Unsupported, "Google does not take this site's address for its pushes.", step)
    if reason in _NARROW and step is not Step.CREATE_CALENDAR:
        return told(PermissionDenied, NARROWED, step)
    kind, message = _BY_STATUS.get(status, (BadAnswer, ""))
    if status == 400 and step is not Step.READ:
        kind, message = Unsupported, _NOT_TAKEN.get(step, "Google does not understand this.")
    where = Step.SIGN_IN if kind is ReconnectRequired else step
    return told(kind, _AT_STEP.get((kind, step), message), where)


def told(kind: type[ProviderError], message: str, step: Step) -> ProviderError:
    """Make an error of ours."""
    return kind(message, provider=PROVIDER, step=step)


def bad_answer(step: Step) -> BadAnswer:
    """Make the error for an answer that is not what was asked for."""
    return BadAnswer(
        "Google's answer was not calendar data. Nothing was changed.", provider=PROVIDER, step=step
    )


def throttled(retry_after: str | None, step: Step, now: datetime) -> Throttled:
    """Make the error for a request to wait: at least a second, at most an hour."""
    return Throttled(
        patience(retry_after, _USUAL_PATIENCE, now),
        "Google is busy and asked us to wait.",
        provider=PROVIDER,
        step=step,
    )


def _reason(body: bytes) -> str:
    """Return the first reason that an error body names, "" where there is none."""
    try:
        error = json.loads(body)["error"]
        named = error.get("errors") or error.get("details") or [{}]
        return str(named[0].get("reason", ""))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return ""
