"""Re-encrypts credentials and kept mails under the newest key; safe to repeat or interrupt."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from booking.calendars.models import Connection
from booking.db import reading, writing
from booking.mail.models import MailMessage
from booking.mail.outbox import content_place
from booking.security.cipher import Cipher, SealBroken, place


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationReport:
    """How many rows were rotated, were current already, or cannot be opened by any key."""

    rotated: int
    current: int
    unreadable: int


def rotate_credentials(cipher: Cipher) -> RotationReport:
    """Rotate row by row, each in its own unit, so an interruption loses nothing."""
    with reading() as session:
        ids = list(session.scalars(select(Connection.id).where(Connection.secret.is_not(None))))
        mails = list(
            session.scalars(select(MailMessage.id).where(MailMessage.content.is_not(None)))
        )
    outcomes = [_rotate(cipher, connection_id) for connection_id in ids]
    outcomes += [_rotate_mail(cipher, mail_id) for mail_id in mails]
    return RotationReport(
        rotated=outcomes.count("rotated"),
        current=outcomes.count("current"),
        unreadable=outcomes.count("unreadable"),
    )


def _rotate(cipher: Cipher, connection_id: int) -> str:
    with writing() as session:
        row = session.get(Connection, connection_id)
        if row is None or row.secret is None or not cipher.needs_rotation(row.secret):
            return "current"
        try:
            row.secret = cipher.rotate(row.secret, place("connections", row.id, "secret"))
        except SealBroken:
            return "unreadable"
        return "rotated"


def _rotate_mail(cipher: Cipher, mail_id: int) -> str:
    with writing() as session:
        row = session.get(MailMessage, mail_id)
        if row is None or row.content is None or not cipher.needs_rotation(row.content):
            return "current"
        try:
            row.content = cipher.rotate(row.content, content_place(row.id))
        except SealBroken:
            return "unreadable"
        return "rotated"
