"""Tables of push: the channels by which a provider announces changes, and trying to have one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from booking.core.ids import new_id
from booking.db import Base


class ChannelState(StrEnum):
    """`opening`: asked for, nobody knows whether it stands; `live`; `ending`: to be stopped."""

    OPENING = "opening"
    LIVE = "live"
    ENDING = "ending"


class CalendarWatch(Base):
    """Whether a calendar has a channel, and what is tried next.

    `attempts` counts failures in a row; `due_at` is when the channel is renewed, or the next try.
    `error` is a sentence for the host.
    """

    __tablename__ = "calendar_watches"

    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(Text)


class WatchChannel(Base):
    """One channel. Its secret is kept as a hash: only the provider has to say it.

    `remote_id` is the provider's name for it, `resource_id` what Google wants to stop it;
    `tries` counts failed stops.
    """

    __tablename__ = "watch_channels"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=new_id)
    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("calendars.id", ondelete="CASCADE"), index=True
    )
    secret_hash: Mapped[str] = mapped_column(String(64))
    remote_id: Mapped[str | None] = mapped_column(String(200))
    resource_id: Mapped[str | None] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(16), default=ChannelState.OPENING)
    tries: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
