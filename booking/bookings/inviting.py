"""Who invites the guests of a booking: decided once, when it is made. Pure.

Copies in calendars are written silently at every provider (`sendUpdates=none` at Google, no
attendees at Microsoft, `SCHEDULE-AGENT=CLIENT` on CalDAV), so the one who may invite is us.
"""

from __future__ import annotations

from enum import StrEnum


class InvitesFrom(StrEnum):
    """Who sends the invitations to a booking.

    `mail`: our mails carry them. `provider`: the calendar's provider does, so ours carry none.
    `none`: nobody does, as no mail server was set when it was made.
    """

    MAIL = "mail"
    PROVIDER = "provider"
    NONE = "none"


def inviter(*, sends_mail: bool) -> InvitesFrom:
    """Return who invites to a booking that is made now."""
    return InvitesFrom.MAIL if sends_mail else InvitesFrom.NONE


def may_invite(invites_from: str) -> bool:
    """Tell whether our mails may carry invitations: wherever nobody else's do."""
    return invites_from != InvitesFrom.PROVIDER


def neutral_title(title: str, guest_name: str) -> str:
    """Return a booking's title in the host's words alone: some calendars show it as their own."""
    return title.removesuffix(f": {guest_name}")
