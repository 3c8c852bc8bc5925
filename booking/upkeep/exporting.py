"""Everything that is kept about a guest or a user, as a file for them: JSON, ICS, manifest.

A user's export follows ownership through the tables, so that none is forgotten when one is added;
secrets, and what is only worked with (caches, leases, claims), are left out by rule and named.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, Table, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from booking.accounts.models import User
from booking.bookings.lifecycle import EVENT_STATUS
from booking.bookings.models import Booking, BookingEvent, BookingHost
from booking.calendars.ical import render_event
from booking.core.clock import Clock
from booking.core.errors import NotFound
from booking.core.event import CalendarEvent, Timed
from booking.core.ids import encode_id
from booking.core.instants import Instant, from_instant
from booking.db import Base, reading, writing
from booking.eventtypes.values import LocationType
from booking.mail.addresses import spellings
from booking.mail.models import MailMessage
from booking.security import audit
from booking.security.models import AuditEntry
from booking.teams.models import Team, TeamMember
from booking.upkeep.ledger import GUEST, USER, receipt_of

LEFT_OUT: Final = frozenset(
    """
    booking_copies booking_reminders busy_rows calendar_cursors calendar_looks claims holds
    oauth_visits replica_items seats sittings sync_dirty sync_holds sync_intents sync_links
    sync_records token_leases wishes
    """.split()  # noqa: SIM905 - a block of words is easier to read than many quoted ones
)
_SECRETS = ("secret", "token", "hash", "password", "stamp", "digest", "lease", "fence", "client_")
_MOMENTS = ("starts_at", "ends_at")
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is kept about somebody: `data` by table, and a calendar file for each booking."""

    manifest: Mapping[str, Any]
    data: Mapping[str, Rows]
    calendars: Mapping[str, str]

    def as_json(self) -> str:
        """Return manifest and data as one JSON object."""
        return json.dumps({"manifest": self.manifest, "data": self.data}, indent=1)

    def as_zip(self) -> bytes:
        """Return `manifest.json`, `data.json` and `bookings/<uid>.ics`, packed."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", json.dumps(self.manifest, indent=1))
            archive.writestr("data.json", json.dumps(self.data, indent=1))
            for uid, text in self.calendars.items():
                archive.writestr(f"bookings/{uid}.ics", text)
        return packed.getvalue()


class Exporter:
    """Reads exports, each in one short unit; that it was asked for stands in the audit log."""

    def __init__(self, clock: Clock, secret_key: str) -> None:
        self._clock = clock
        self._secret_key = secret_key

    def of_guest(self, email: str, actor: str = "system") -> Export:
        """Return what is kept about a guest: as the one who booked, or among the others."""
        address = email.strip().lower()
        with reading() as session:
            bookings = bookings_with(session, address)
            ids = [booking.id for booking in bookings]
            data = {
                "bookings": [_of_guest(booking, address) for booking in bookings],
                "booking_events": _of_table(
                    session, BookingEvent.__table__, BookingEvent.booking_id.in_(ids)
                ),
                "mail_messages": _of_table(
                    session, MailMessage.__table__, MailMessage.recipient.in_(spellings(address))
                ),
            }
        self._note(actor, GUEST, f"guest:{receipt_of(self._secret_key, GUEST, address)}")
        return self._export(GUEST, address, data, bookings)

    def of_user(self, user_id: int, actor: str = "system") -> Export:
        """Return what a user owns here. Errors: NotFound."""
        with reading() as session:
            user = session.get(User, user_id)
            if user is None:
                raise NotFound("There is no such account.")
            data = _owned(session, user_id)
            teams = select(TeamMember.team_id).where(TeamMember.user_id == user_id)
            data["teams"] = _of_table(session, Team.__table__, Team.id.in_(teams))
            data["audit_entries"] = _of_table(
                session, AuditEntry.__table__, AuditEntry.actor == f"user:{user_id}"
            )
            taken = select(BookingHost.booking_id).where(BookingHost.user_id == user_id)
            bookings = session.scalars(select(Booking).where(Booking.id.in_(taken))).all()
            data["bookings"] = _of_table(session, Booking.__table__, Booking.id.in_(taken))
        self._note(actor, USER, f"user:{user_id}")
        return self._export(USER, user.email, data, bookings)

    def _note(self, actor: str, kind: str, subject: str) -> None:
        with writing() as session:
            audit.record(session, self._clock.now(), actor, f"{kind}.exported", subject)

    def _export(
        self, kind: str, subject: str, data: Mapping[str, Rows], bookings: Iterable[Booking]
    ) -> Export:
        now = self._clock.now()
        manifest = {
            "format": "booking export 1",
            "kind": kind,
            "subject": subject,
            "made_at": now.isoformat(),
            "rows": {name: len(rows) for name, rows in data.items()},
            "left_out": {
                "secrets": "passwords, keys, tokens and the words of mails",
                "working_tables": sorted(LEFT_OUT),
            },
        }
        calendars = {booking.uid: _calendar_file(booking, now) for booking in bookings}
        return Export(manifest=manifest, data=data, calendars=calendars)


def bookings_with(session: Session, address: str) -> Sequence[Booking]:
    """Return the bookings of a guest, and those to which the guest was taken along."""
    listed = func.lower(cast(Booking.additional_guests, Text))
    # As it may stand in the column: beyond ASCII as it is, or by numbers (RFC 8259, 7).
    spelled = {address, json.dumps(address)[1:-1]}
    named = select(Booking).where(
        or_(
            func.lower(Booking.guest_email) == address,
            *(listed.contains(each, autoescape=True) for each in spelled),
        )
    )
    return [
        booking
        for booking in session.scalars(named.order_by(Booking.starts_at))
        if booking.guest_email.lower() == address
        or address in {one.lower() for one in booking.additional_guests}
    ]


def _of_guest(booking: Booking, address: str) -> dict[str, Any]:
    """Return a booking as one of its guests may see it: an additional guest sees no answers."""
    columns = Booking.__table__.columns
    row = _row({column.name: getattr(booking, column.name) for column in columns})
    row.pop("id")
    if booking.guest_email.lower() == address:
        return row
    kept = ("uid", "title", "starts_at", "ends_at", "status", "location", "created_at")
    shown = {name: row[name] for name in kept}
    if (booking.location or {}).get("type") == LocationType.PHONE:
        shown["location"] = None  # the number is the guest's who booked
    return {**shown, "title": booking.title.removesuffix(f": {booking.guest_name}")}


def _owned(session: Session, user_id: int) -> dict[str, Rows]:
    """Return the rows that would go with a user, by table: ownership is what cascades."""
    keys: dict[str, list[int]] = {"users": [user_id]}
    found: dict[str, Rows] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in LEFT_OUT:
            continue
        conditions = [User.id == user_id] if table.name == "users" else _owners(table, keys)
        if not conditions:
            continue
        rows = _of_table(session, table, or_(*conditions))
        found[table.name] = rows
        if "id" in table.columns and table.name != "users":
            ids = select(table.c.id).where(or_(*conditions))
            keys[table.name] = list(session.scalars(ids))
    return found


def _owners(table: Table, keys: Mapping[str, list[int]]) -> list[ColumnElement[bool]]:
    return [
        key.parent.in_(keys[key.column.table.name])
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name)
        if key.ondelete == "CASCADE" and keys.get(key.column.table.name)
    ]


def _of_table(session: Session, table: Any, condition: ColumnElement[bool]) -> Rows:
    columns = [column for column in table.columns if not _is_secret(column)]
    answer = session.execute(select(*columns).where(condition)).mappings()
    return [_row(row) for row in answer]


def _is_secret(column: Any) -> bool:
    return isinstance(column.type, LargeBinary) or any(word in column.name for word in _SECRETS)


def _row(values: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _told(str(name), value) for name, value in values.items()}


def _told(name: str, value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        if name == "id" or name.endswith("_id"):
            return encode_id(value)
        if name in _MOMENTS:
            return from_instant(Instant(value)).isoformat()
    return value


def _calendar_file(booking: Booking, now: datetime) -> str:
    event = CalendarEvent(
        uid=booking.ical_uid,
        when=Timed.utc(booking.starts_at, booking.ends_at),
        title=booking.title,
        status=EVENT_STATUS[booking.status],
        sequence=booking.sequence,
        created_at=booking.created_at,
    )
    return render_event(event, dtstamp=now)
