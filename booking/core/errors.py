"""The whole tree of errors that cross floors; `web.errors` maps its classes to answers.

    BookingError                code, safe message, log details
      InvalidInput(fields)      validation
      NotFound                  not_found
      Unauthorized, Forbidden   unauthorized, forbidden
      RateLimited(retry_after)  rate_limited
      Conflict                  conflict
        SlotUnavailable(alternatives), HoldExpired, IdempotencyConflict
        SlugTaken, IllegalTransition
      ProviderError(provider, step)   provider_unavailable
        ReconnectRequired       reconnect_required: stop polling, tell the host
        Unsupported             unsupported
        PermissionDenied, ItemGone, VersionConflict, CursorExpired
        Throttled(retry_after), Unreachable, BadAnswer    worth another try
          CalendarGone          an Unreachable: the calendar itself is not there

Messages tell a person what to do next; they never carry a provider's raw text or a secret.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in the input: a JSON pointer (RFC 6901) and what is wrong there."""

    pointer: str
    detail: str


class BookingError(Exception):
    """Root of all errors that a caller may meet; `code` is stable, `message` is safe to show."""

    code = "error"
    default_message = "That didn't work."

    def __init__(self, message: str = "", **details: object) -> None:
        self.message = message or self.default_message
        self.details = details
        super().__init__(self.message)


class InvalidInput(BookingError):
    """The request is understood but wrong; every fault is listed."""

    code = "validation"
    default_message = "Some fields need attention."

    def __init__(self, fields: tuple[FieldError, ...] = (), message: str = "") -> None:
        super().__init__(message)
        self.fields = fields

    @classmethod
    def at(cls, pointer: str, detail: str) -> InvalidInput:
        """One fault at one place."""
        return cls((FieldError(pointer, detail),))


class NotFound(BookingError):
    """Unknown, or somebody else's: both answer alike."""

    code = "not_found"
    default_message = "There is nothing here."


class Unauthorized(BookingError):
    """No or bad credentials."""

    code = "unauthorized"
    default_message = "Sign in or send an API key."


class Forbidden(BookingError):
    """Known, but not allowed to do this."""

    code = "forbidden"
    default_message = "You may not do this."


class RateLimited(BookingError):
    """Too many tries; `retry_after` in seconds."""

    code = "rate_limited"

    def __init__(self, retry_after: int, message: str = "") -> None:
        super().__init__(message or f"Too many requests. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class Conflict(BookingError):
    """The state of things does not allow this now."""

    code = "conflict"


class SlotUnavailable(Conflict):
    """The time is not free (any more); `alternatives` are (start, end) instants.

    `conflicts` are those occurrences of a recurring booking that stand in the way: each start with
    the codes of the reasons against it.
    """

    code = "slot_unavailable"
    default_message = "This time is not available."

    def __init__(
        self,
        message: str = "",
        alternatives: tuple[tuple[int, int], ...] = (),
        conflicts: tuple[tuple[int, tuple[str, ...]], ...] = (),
    ) -> None:
        super().__init__(message)
        self.alternatives = alternatives
        self.conflicts = conflicts


class HoldExpired(Conflict):
    """The hold that was sent has lapsed and the time may be gone."""

    code = "hold_expired"
    default_message = "The hold on this time has expired. Choose the time again."


class IdempotencyConflict(Conflict):
    """The key was used before with another body, or its first request is still running."""

    code = "idempotency_conflict"
    default_message = "This Idempotency-Key was used with a different request."

    def __init__(self, message: str = "", retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SlugTaken(Conflict):
    """The name in the address is used already."""

    code = "slug_taken"
    default_message = "This address is taken already. Choose another one."


class IllegalTransition(Conflict):
    """The booking's present state does not allow this change."""

    code = "illegal_transition"


class ProviderError(BookingError):
    """Something at a calendar provider; `step` names what was being done when it failed."""

    code = "provider_unavailable"
    default_message = "The calendar server could not be reached. We will try again."

    def __init__(self, message: str = "", *, provider: str = "", step: str = "") -> None:
        super().__init__(message, provider=provider, step=step)
        self.provider = provider
        self.step = step


class ReconnectRequired(ProviderError):
    """The credentials are no longer accepted: nothing is tried until the host reconnects."""

    code = "reconnect_required"
    default_message = "The calendar server refuses these credentials. Reconnect the account."


class Unsupported(ProviderError):
    """The server cannot do this at all.

    `reason`: a stable word for what of an event stands in the way (`recurrence`, `attendees`), else
    the code.
    """

    code = "unsupported"
    default_message = "This server cannot do that."

    def __init__(
        self, message: str = "", *, provider: str = "", step: str = "", reason: str = ""
    ) -> None:
        super().__init__(message, provider=provider, step=step)
        self.reason = reason or self.code


class PermissionDenied(ProviderError):
    """The account may not do this here (a read-only calendar, say)."""

    code = "forbidden"
    default_message = "This calendar cannot be changed with these credentials."


class ItemGone(ProviderError):
    """The item, read by its own address, does not exist."""

    code = "not_found"


class VersionConflict(ProviderError):
    """A precondition failed: the item changed, or the name is taken."""

    code = "conflict"


class CursorExpired(ProviderError):
    """The change feed does not know our place any more: list everything."""


class Throttled(ProviderError):
    """The provider asks for patience; `retry_after` in seconds."""

    def __init__(
        self, retry_after: int, message: str = "", *, provider: str = "", step: str = ""
    ) -> None:
        super().__init__(message, provider=provider, step=step)
        self.retry_after = retry_after


class BreakerOpen(Throttled):
    """We spare an account that failed lately: no request was made; `retry_after` is our own."""


class Unreachable(ProviderError):
    """No usable answer: name, network, TLS, time-out or a server error."""


class CalendarGone(Unreachable):
    """The calendar itself cannot be read where it stood, so nothing is known about its events."""

    default_message = "The calendar itself cannot be read, so nothing is known about its events."


class BadAnswer(ProviderError):
    """An answer that is not what was asked for: HTML, cut short, too large, not a calendar."""

    default_message = "The server's answer was not calendar data. Nothing was changed."
