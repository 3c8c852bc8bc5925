"""What a CalDAV server's refusal means: statuses, preconditions and the library's exceptions.

One place, so that each way to fail has its own clear message and the step it happened at.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from caldav.lib import error as dav_error
from lxml import etree

from booking.calendars.ports import Step
from booking.core.errors import (
    BadAnswer,
    ItemGone,
    PermissionDenied,
    ProviderError,
    ReconnectRequired,
    Throttled,
    Unreachable,
    Unsupported,
    VersionConflict,
)

PROVIDER: Final = "caldav"

_DEFAULT_PATIENCE = 60
_LONGEST_PATIENCE = 3600
_WRITES = frozenset({Step.WRITE, Step.DELETE})
# Answers of 5xx that another try does not change.
_CANNOT = frozenset({501, 505, 507})
_CALDAV = "{urn:ietf:params:xml:ns:caldav}"

# RFC 4791, 5.3.2.1 and RFC 6638, 3.2.4.1: the body was refused, not the person.
_BODY_REFUSED = frozenset(
    _CALDAV + name
    for name in (
        "valid-calendar-data",
        "valid-calendar-object-resource",
        "supported-calendar-data",
        "supported-calendar-component",
        "max-resource-size",
        "min-date-time",
        "max-date-time",
        "max-instances",
        "max-attendees-per-instance",
    )
)

_Meaning = tuple[type[ProviderError], str]

_DENIED: _Meaning = (PermissionDenied, "The server refuses access to this account.")
_GONE: _Meaning = (ItemGone, "It does not exist at the server any more.")
_FAULT: _Meaning = (Unreachable, "The server reports a fault of its own. We will try again.")
_NOT_TAKEN: _Meaning = (Unsupported, "The server does not accept this change.")
_FULL: _Meaning = (PermissionDenied, "The server has no room left for this account.")
_WRONG_PASSWORD: _Meaning = (
    ReconnectRequired,
    "The server refuses this user name or password. Many providers want an app password here.",
)
_TAKEN: _Meaning = (VersionConflict, "The server holds this event already, under another name.")
_BAD_BODY: _Meaning = (Unsupported, "The server does not accept this event's contents.")

_BY_STATUS: dict[int, _Meaning] = {
    401: _WRONG_PASSWORD,
    402: _DENIED,
    403: _DENIED,
    404: _GONE,
    410: _GONE,
    412: (VersionConflict, "The event was changed at the server meanwhile."),
    423: _FAULT,
}

_NOT_CALDAV = (
    "This address does not answer as a CalDAV server. Check it, or choose your provider "
    "from the list."
)
_NO_NEW_CALENDARS = "The server does not create calendars. Create it there and choose it."

# The same refusal in the words of the step at which it was met.
_AT_STEP: dict[tuple[type[ProviderError], Step], str] = {
    (PermissionDenied, Step.LIST_CALENDARS): "This account may not list the calendars there.",
    (PermissionDenied, Step.CREATE_CALENDAR): "The server does not let this account create "
    "calendars. Create it there and choose it.",
    (PermissionDenied, Step.WRITE): "This calendar is read-only for this account. Choose another "
    "calendar, or ask its owner for the right to write.",
    (PermissionDenied, Step.DELETE): "This calendar is read-only for this account, so nothing "
    "can be removed from it.",
    (ItemGone, Step.DISCOVERY): "There is no CalDAV server at this address. Check its path.",
    (ItemGone, Step.LIST_ITEMS): "The calendar does not exist any more, or is no longer shared "
    "with you.",
}

_NOT_UNDERSTOOD: dict[Step, _Meaning] = {
    Step.DISCOVERY: (BadAnswer, _NOT_CALDAV),
    Step.CREATE_CALENDAR: (Unsupported, _NO_NEW_CALENDARS),
    Step.WRITE: _NOT_TAKEN,
    Step.DELETE: _NOT_TAKEN,
}


def refusal(
    status: int | None, step: Step, conditions: frozenset[str] = frozenset()
) -> ProviderError:
    """Turn a refusing status into one of our errors.

    `conditions` are the tags inside a DAV:error body (RFC 4918, 16).
    """
    kind, message = _meaning(status or 0, step, conditions)
    where = Step.SIGN_IN if kind is ReconnectRequired else step
    return kind(_AT_STEP.get((kind, step), message), provider=PROVIDER, step=where)


def _meaning(status: int, step: Step, conditions: frozenset[str]) -> _Meaning:
    if conditions & dav_error.UID_CONFLICT_PRECONDITIONS:
        return _TAKEN
    if conditions & _BODY_REFUSED:
        return _BAD_BODY
    if status == 507 and step in _WRITES:
        return _FULL
    if status >= 500 and status not in _CANNOT:
        return _FAULT
    unknown = (Unsupported, "The server does not understand this request.")
    return _BY_STATUS.get(status) or _NOT_UNDERSTOOD.get(step, unknown)


def bad_answer(step: Step) -> BadAnswer:
    """Make the error for an answer that is not what the protocol asks for."""
    message = _NOT_CALDAV if step is Step.DISCOVERY else ""
    return BadAnswer(message, provider=PROVIDER, step=step)


@contextmanager
def told(step: Step) -> Iterator[None]:
    """Turn everything the library raises inside into our errors, at this step."""
    try:
        yield
    except dav_error.RateLimitError as error:
        raise throttled(error.retry_after_seconds, step) from None
    except dav_error.AuthorizationError as error:
        raise refusal(error.status, step, frozenset(error.preconditions)) from None
    except (dav_error.DAVError, etree.XMLSyntaxError):
        raise bad_answer(step) from None


def throttled(seconds: float | None, step: Step) -> Throttled:
    """Make the error for a server that asks for patience: at least a second, at most an hour."""
    patience = _DEFAULT_PATIENCE if seconds is None else int(seconds) + 1
    return Throttled(
        min(max(patience, 1), _LONGEST_PATIENCE),
        "The server is busy and asked us to wait.",
        provider=PROVIDER,
        step=step,
    )
