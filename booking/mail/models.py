"""Table of mails: what was told to whom, and how far it got."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class MailState(StrEnum):
    """Where a mail stands.

    `waiting`: not tried yet. `failed`: tried, and will be again. `sent`: the server took it.
    `dead`: given up, see `error`. `skipped`: on purpose, see `error`. `not_configured`: there
    was no SMTP server to give it to.
    """

    WAITING = "waiting"
    FAILED = "failed"
    SENT = "sent"
    DEAD = "dead"
    SKIPPED = "skipped"
    NOT_CONFIGURED = "not_configured"


class MailMessage(Base):
    """One mail to one person.

    `message_id` is its name for life, through every repetition. `content` is the whole message,
    sealed: it holds names and the link that manages the booking; None once it is forgotten.
    `asked_at` is when it was first, or last on purpose, to be sent; `due_at` when it is next tried.
    Mails of one `brake_key` count as one where mails to an address are counted.
    """

    __tablename__ = "mail_messages"
    __table_args__ = (
        Index("ix_mail_messages_due", "state", "due_at"),
        Index("ix_mail_messages_recipient", "recipient", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    message_id: Mapped[str] = mapped_column(String(320), unique=True)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    booking_uid: Mapped[str | None] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    part: Mapped[str] = mapped_column(String(8))
    recipient: Mapped[str] = mapped_column(String(320))
    is_verified: Mapped[bool] = mapped_column(default=False)
    brake_key: Mapped[str | None] = mapped_column(String(80))
    content: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(String(16), default=MailState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
