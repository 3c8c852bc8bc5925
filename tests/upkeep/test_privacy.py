"""What is kept about somebody is handed out whole, and erased without a trace."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import icalendar
import pytest
import vobject
from flask import Flask
from sqlalchemy import func, inspect, literal_column, select, text
from sqlalchemy import table as table_

from booking.accounts.models import User
from booking.bookings.models import Booking, BookingEvent
from booking.bookings.values import BookingView, Guest
from booking.core.clock import FrozenClock
from booking.core.errors import Conflict, NotFound
from booking.db import db, reading, writing
from booking.eventtypes.models import EventType
from booking.mail.models import MailMessage
from booking.security.audit import first_broken
from booking.security.models import AuditEntry
from booking.settings import Settings
from booking.upkeep import ledger
from booking.upkeep.backup import back_up, restore
from tests.availability.hosts import add_user
from tests.bookings.desk import Desk, at, open_desk
from tests.bookings.mirrored import Mirrored, connect
from tests.servers.dav import DavAccount
from tests.servers.faulty import in_front_of
from tests.servers.scripted import Reply, Request

CANARY = Guest(name="Canary Bird", email="Canary@Example.test", phone="+49 30 9876543", locale="de")
TRACES = ("canary", "9876543", "seeds", "birdsong")


@pytest.fixture
def desk(either_app: Flask, clock: FrozenClock) -> Desk:
    return open_desk(either_app, clock)


@pytest.fixture
def mirrored(app: Flask, clock: FrozenClock, radicale_account: DavAccount) -> Iterator[Mirrored]:
    with in_front_of(radicale_account.base_url) as proxy:
        yield connect(open_desk(app, clock), radicale_account, proxy)


def offer(desk: Desk, **fields: object) -> int:
    questions = [{"key": "food", "label": "Food?", "type": "text"}]
    return desk.offer(questions=questions, location={"type": "phone"}, **fields)


def visit(desk: Desk, start: str = "10:00", event_type: int | None = None) -> BookingView:
    kind = offer(desk) if event_type is None else event_type
    return desk.book(kind, start, guest=CANARY, answers={"food": "Seeds"})


def over(desk: Desk, booking: BookingView) -> None:
    """Let the booking pass, cancelled once with the guest's own words and told to everybody."""
    desk.services.bookings.cancel(booking.uid, "guest", "Birdsong")  # type: ignore[arg-type]
    desk.clock.advance(days=3)


def traces() -> list[str]:
    """Return every place in the database that still names the guest."""
    found = []
    with db.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(select(text("*")).select_from(table_(table))).mappings():
                for column, value in row.items():
                    told = value if isinstance(value, str) else json.dumps(value, default=str)
                    if any(trace in told.lower() for trace in TRACES):
                        found.append(f"{table}.{column}")
    return sorted(set(found))


def erase(desk: Desk, *, remove: bool = False, cancel: bool = False) -> ledger.Entry:
    desk.services.eraser.erase_guest(
        "canary@example.test", remove_copies=remove, cancel_upcoming=cancel
    )
    with reading() as session:
        return ledger.entries(session)[-1]


def test_a_guests_export_holds_the_bookings_as_json_and_as_calendar_files(desk: Desk) -> None:
    booking = visit(desk)
    desk.book(desk.offer(), "12:00")

    made = desk.services.exporter.of_guest("CANARY@example.test ")

    told = json.loads(made.as_json())
    assert [row["uid"] for row in told["data"]["bookings"]] == [booking.uid]
    assert told["data"]["bookings"][0]["answers"] == {"food": "Seeds"}
    assert told["data"]["bookings"][0]["starts_at"] == "2026-11-24T10:00:00+00:00"
    assert told["manifest"]["rows"]["bookings"] == 1
    packed = zipfile.ZipFile(io.BytesIO(made.as_zip()))
    assert set(packed.namelist()) == {
        "manifest.json",
        "data.json",
        f"bookings/{booking.uid}.ics",
    }
    file = packed.read(f"bookings/{booking.uid}.ics").decode()
    (event,) = icalendar.Calendar.from_ical(file).walk("VEVENT")
    assert str(event["UID"]) == vobject.readOne(file).vevent.uid.value == booking.ical_uid


def test_an_additional_guest_is_told_of_the_booking_and_of_nobody_else(desk: Desk) -> None:
    desk.book(offer(desk), "10:00", guest=CANARY, additional_guests=("friend@example.test",))

    made = desk.services.exporter.of_guest("friend@example.test").as_json()

    assert json.loads(made)["data"]["bookings"][0]["title"] == "Talk"
    assert not any(trace in made.lower() for trace in TRACES)


def test_a_users_export_holds_what_they_own_and_no_secret(desk: Desk) -> None:
    desk.put_calendar(receives=True)
    booking = visit(desk)
    other = add_user("other")
    secret = desk.services.api_keys.create(desk.host_id, "mine", ("read",)).secret

    told = desk.services.exporter.of_user(desk.host_id).as_json()

    data = json.loads(told)["data"]
    assert [row["uid"] for row in data["bookings"]] == [booking.uid]
    for table in ("users", "event_types", "connections", "calendars", "api_keys"):
        assert data[table], table
    assert not any("secret" in name or "hash" in name for row in data["api_keys"] for name in row)
    assert secret.split("_", 2)[2] not in told
    with reading() as session:
        assert session.get_one(User, desk.host_id).login_stamp not in told
        assert session.get_one(User, other).email not in told


def test_an_export_is_told_in_the_audit_without_the_name(desk: Desk) -> None:
    visit(desk)
    before = traces()

    desk.services.exporter.of_guest("canary@example.test")
    desk.services.exporter.of_user(desk.host_id, f"user:{desk.host_id}")

    with reading() as session:
        query = select(AuditEntry).where(AuditEntry.action.endswith(".exported"))
        told = [(entry.actor, entry.action) for entry in session.scalars(query)]
    assert told == [("system", "guest.exported"), (f"user:{desk.host_id}", "user.exported")]
    assert traces() == before


def test_nobody_is_exported_who_is_not_there(desk: Desk) -> None:
    assert (
        json.loads(desk.services.exporter.of_guest("no@example.test").as_json())["data"]["bookings"]
        == []
    )
    with pytest.raises(NotFound):
        desk.services.exporter.of_user(1)


def test_an_erased_guest_leaves_no_trace_but_the_time(desk: Desk) -> None:
    booking = visit(desk)
    over(desk, booking)
    assert traces()

    entry = erase(desk)

    assert traces() == []
    left = desk.now(booking)
    assert (left.start, left.status) == (at("10:00"), "cancelled")
    assert (left.title, left.guest.name, left.answers) == ("Talk", "Erased guest", {})
    assert entry.kind == "guest"


def test_an_additional_guest_is_taken_out_of_others_bookings(desk: Desk) -> None:
    booking = desk.book(desk.offer(), "10:00", additional_guests=("Canary@example.test",))
    desk.clock.advance(days=3)

    erase(desk)

    assert traces() == []
    assert desk.now(booking).additional_guests == ()
    assert desk.now(booking).guest.name == "Guest"


def test_an_additional_guest_of_any_alphabet_is_taken_out(desk: Desk) -> None:
    address = "canary@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example"
    booking = desk.book(desk.offer(), "10:00", additional_guests=(address,))
    desk.services.telling.teller.tell(_events()[0])
    told = desk.services.exporter.of_guest(address).data
    assert [len(told[name]) for name in ("bookings", "mail_messages")] == [1, 1]
    desk.clock.advance(days=3)

    desk.services.eraser.erase_guest(address, remove_copies=False, cancel_upcoming=False)

    assert desk.now(booking).additional_guests == ()
    assert traces() == []


def _events() -> list[int]:
    with reading() as session:
        return list(session.scalars(select(BookingEvent.id)))


def test_a_guest_with_bookings_to_come_is_not_erased_behind_the_hosts_back(desk: Desk) -> None:
    booking = visit(desk)

    with pytest.raises(Conflict, match="1 bookings are still to come"):
        erase(desk)
    assert desk.now(booking).status == "confirmed"

    erase(desk, cancel=True)
    assert desk.now(booking).status == "cancelled"
    assert desk.starts(offer(desk), "2026-11-24")[1] == "10:00"


def test_erasing_is_told_in_the_audit_without_the_name(desk: Desk) -> None:
    over(desk, visit(desk))

    entry = erase(desk)

    with reading() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "guest.erased")).one()
        assert told.subject == f"guest:{entry.subject_hash}"
        assert told.details["bookings"] == 1
        assert first_broken(session) is None


def test_a_copy_that_is_kept_stays_as_it_is_and_is_never_touched_again(mirrored: Mirrored) -> None:
    booking = visit(mirrored.desk)
    mirrored.write()
    before = mirrored.texts()
    mirrored.desk.clock.advance(days=3)

    erase(mirrored.desk)
    mirrored.write()

    assert traces() == []
    assert mirrored.texts() == before
    assert mirrored.state(booking) == ("none", None)


def test_a_copy_that_is_to_go_is_removed_from_the_calendar(mirrored: Mirrored) -> None:
    visit(mirrored.desk)
    mirrored.write()
    mirrored.desk.clock.advance(days=3)

    erase(mirrored.desk, remove=True)
    mirrored.write()

    assert mirrored.texts() == []
    assert traces() == []


def test_old_bookings_are_cleared_when_their_time_is_over(desk: Desk) -> None:
    kind = offer(desk)
    old, young = visit(desk, "10:00", kind), visit(desk, "2026-11-27 10:00", kind)
    desk.clock.advance(days=367)

    assert desk.services.eraser.forget_old(365) == 1
    assert desk.services.eraser.forget_old(365) == 0

    assert desk.now(old).guest.name == "Erased guest"
    assert desk.now(young).guest.name == "Canary Bird"
    with reading() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "guests.forgotten"))
        assert [entry.details["bookings"] for entry in told] == [1]


def test_a_restored_backup_forgets_again(
    desk: Desk, either_settings: Settings, tmp_path: Path
) -> None:
    over(desk, visit(desk))
    back_up(either_settings, tmp_path / "backup")
    erase(desk)
    kept = ledger.carried_over()
    db.engine.dispose()

    restore(either_settings, tmp_path / "backup")
    assert traces()
    ledger.put_back(kept)

    assert desk.services.eraser.erase_again() == 1
    assert traces() == []
    assert desk.services.eraser.erase_again() == 0


def erase_user(desk: Desk, *, cancel: bool = False) -> None:
    desk.services.eraser.erase_user(desk.host_id, remove_copies=False, cancel_upcoming=cancel)


def test_who_books_while_an_account_is_erased_is_told_like_the_others(
    app: Flask, mirrored: Mirrored
) -> None:
    desk, forward = mirrored.desk, mirrored.proxy.script
    event_type = offer(desk)
    visit(desk, event_type=event_type)
    mirrored.write()
    desk.services.selection.clear_destination(desk.host_id)

    def booked_meanwhile(request: Request) -> Reply:
        if request.method == "DELETE":
            mirrored.proxy.script = forward
            with app.app_context():
                desk.book(event_type, "14:00", guest=CANARY)
        return forward(request)

    mirrored.proxy.script = booked_meanwhile
    receipt = desk.services.eraser.erase_user(
        desk.host_id, remove_copies=True, cancel_upcoming=True
    )

    assert receipt.cancelled == 2
    with reading() as session:
        assert session.get(User, desk.host_id) is None


def test_an_erased_user_is_gone_with_everything_of_theirs(desk: Desk) -> None:
    desk.offer()
    desk.services.api_keys.create(desk.host_id, "mine", ("read",))

    erase_user(desk)

    with db.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            columns = {column["name"] for column in inspect(connection).get_columns(table)}
            for column in columns & {"user_id", "host_id"}:
                left = select(func.count()).select_from(table_(table))
                mine = left.where(literal_column(column) == desk.host_id)
                assert connection.scalar(mine) == 0, table
    with reading() as session:
        assert session.get(User, desk.host_id) is None


def test_guests_hear_that_their_booking_is_off_before_the_host_is_gone(desk: Desk) -> None:
    visit(desk)
    with pytest.raises(Conflict):
        erase_user(desk)

    erase_user(desk, cancel=True)

    with reading() as session:
        mails = session.scalars(
            select(MailMessage).where(MailMessage.kind == "cancelled", MailMessage.part == "guest")
        ).all()
        assert [mail.recipient for mail in mails] in ([], ["canary@example.test"])
        assert session.scalars(select(Booking)).all() == []


def test_what_was_made_in_a_team_goes_on_without_its_maker(desk: Desk) -> None:
    heir = add_user("heir")
    team = desk.services.teams.create(desk.host_id, {"name": "Crew"}).id
    desk.services.teams.add_member(desk.host_id, team, {"user_id": heir})
    made = desk.services.event_types.create(desk.host_id, {"title": "Ours", "team_id": team})

    with pytest.raises(Conflict, match="Make somebody else an owner"):
        erase_user(desk)
    desk.services.teams.set_role(desk.host_id, team, heir, {"role": "owner"})
    erase_user(desk)

    with reading() as session:
        assert session.get_one(EventType, made.id).user_id == heir


def test_a_booking_with_several_hosts_stays_with_the_others(desk: Desk) -> None:
    other = add_user("other")
    hosts = [{"user_id": desk.host_id}, {"user_id": other}]
    booking = desk.book(desk.offer(scheduling="collective", hosts=hosts), "10:00")
    desk.clock.advance(days=3)

    erase_user(desk)

    with writing() as session:
        row = session.scalars(select(Booking).where(Booking.uid == booking.uid)).one()
        assert row.host_id == other
