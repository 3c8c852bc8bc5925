"""Tells hosts by mail what they should know without asking (`accounts.notices.TellHost`)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.accounts.notices import Notice
from booking.mail.outbox import MailOutbox
from booking.mail.values import Attention, Mail, Part, Recipient


class HostNotices:
    """Keeps a mail for each notice; `base_url` begins the links in them."""

    def __init__(self, *, outbox: MailOutbox, base_url: str) -> None:
        self._outbox = outbox
        self._base_url = base_url

    def tell(self, session: Session, notice: Notice) -> None:
        """Keep a notice in the caller's unit, which must be one that writes.

        The same key tells the host once. A host who is gone or disabled is told nothing.
        """
        user = session.get(User, notice.user_id)
        if user is None or user.disabled_at is not None:
            return
        news = Attention(cause=notice.cause, about=notice.about, detail=notice.detail)
        self._outbox.post(
            session,
            Mail(
                event_key=f"notice:{notice.key}",
                news=news,
                recipient=recipient_of(user),
                link=f"{self._base_url}{notice.path}",
                user_id=user.id,
            ),
        )


def recipient_of(user: User) -> Recipient:
    """Return a host as one who is told: in their own language and zone."""
    return Recipient(
        address=user.email,
        name=user.name,
        part=Part.HOST,
        time_zone=user.time_zone,
        locale=user.locale,
        is_verified=True,
    )
