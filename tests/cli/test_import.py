"""`booking import ics` moves a calendar file in: once, again without harm, past what is broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from booking.core.ids import encode_id
from tests.bookings.desk import open_desk
from tests.bookings.mirrored import Mirrored, connect
from tests.cli.console import Console
from tests.servers.dav import DavAccount
from tests.servers.faulty import Action, in_front_of

FILE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//elsewhere//EN
BEGIN:VEVENT
UID:one@elsewhere
DTSTAMP:20260101T000000Z
DTSTART:20261124T100000Z
DTEND:20261124T110000Z
SUMMARY:First
ATTENDEE:mailto:guest@example.test
END:VEVENT
BEGIN:VEVENT
UID:broken@elsewhere
DTSTAMP:20260101T000000Z
DTSTART:whenever
SUMMARY:Broken
END:VEVENT
BEGIN:VEVENT
UID:series@elsewhere
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20261125
RRULE:FREQ=WEEKLY;COUNT=3
SUMMARY:Weekly
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


@pytest.fixture
def mirrored(app: Flask, clock: FrozenClock, radicale_account: DavAccount) -> Iterator[Mirrored]:
    with in_front_of(radicale_account.base_url) as proxy:
        yield connect(open_desk(app, clock), radicale_account, proxy)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "moving.ics"
    path.write_text(FILE, newline="")
    return str(path)


def run(
    console: Console, mirrored: Mirrored, file: str, *more: str, code: int = 0
) -> dict[str, object]:
    place = ("--calendar", encode_id(mirrored.calendar))
    told: dict[str, object] = console.answer("import", "ics", file, *place, *more, code=code)
    return told


def test_events_move_in_and_what_is_broken_is_named(
    console: Console, mirrored: Mirrored, file: str
) -> None:
    told = run(console, mirrored, file)

    assert (told["created"], told["present"]) == (2, 0)
    assert [one["uid"] for one in told["broken"]] == ["broken@elsewhere"]  # type: ignore[attr-defined]
    texts = sorted(mirrored.texts())
    assert len(texts) == 2
    assert any("SUMMARY:First" in text and "UID:one@elsewhere" in text for text in texts)
    assert any("RRULE:FREQ=WEEKLY;COUNT=3" in text for text in texts)
    assert all("ATTENDEE" not in text or "SCHEDULE-AGENT=CLIENT" in text for text in texts)


def test_repeating_it_changes_nothing(console: Console, mirrored: Mirrored, file: str) -> None:
    run(console, mirrored, file)
    before = mirrored.texts()

    again = run(console, mirrored, file)

    assert (again["created"], again["present"]) == (0, 2)
    assert mirrored.texts() == before


def test_an_event_that_stands_there_under_another_address_is_passed_over(
    console: Console, mirrored: Mirrored, file: str
) -> None:
    own = FILE.replace("SUMMARY:First", "SUMMARY:Own words").split("BEGIN:VEVENT")
    text = f"{own[0]}BEGIN:VEVENT{own[1]}END:VCALENDAR\r\n"
    mirrored.account.put(mirrored.url, "own.ics", text)

    told = run(console, mirrored, file)

    assert (told["created"], told["present"]) == (1, 1)
    assert any("Own words" in text for text in mirrored.texts())


def test_a_dry_run_counts_and_writes_nothing(
    console: Console, mirrored: Mirrored, file: str
) -> None:
    told = run(console, mirrored, file, "--dry-run")

    assert (told["created"], told["present"], told["dry_run"]) == (2, 0, True)
    assert mirrored.texts() == []
    run(console, mirrored, file)
    assert run(console, mirrored, file, "--dry-run")["present"] == 2


def test_an_answer_that_was_lost_doubles_nothing(
    console: Console, mirrored: Mirrored, file: str
) -> None:
    mirrored.proxy.inject(Action.DROP_AFTER_WRITE, "PUT", times=1)

    told = run(console, mirrored, file)

    assert told["created"] == 2
    assert len(mirrored.texts()) == 2


def test_a_server_that_fails_ends_the_run_and_the_next_goes_on(
    console: Console, mirrored: Mirrored, file: str
) -> None:
    mirrored.proxy.inject(Action.RESET, "PUT")
    stopped = run(console, mirrored, file, code=1)
    mirrored.proxy.clear()

    assert stopped["error"]
    assert run(console, mirrored, file)["created"] == 2


@pytest.mark.parametrize("content", ["", "no calendar", "BEGIN:VCALENDAR\r\n"])
def test_what_is_no_calendar_file_is_refused_whole(
    console: Console, mirrored: Mirrored, tmp_path: Path, content: str
) -> None:
    (tmp_path / "bad.ics").write_text(content)

    place = ("--calendar", encode_id(mirrored.calendar))
    result = console.run("import", "ics", str(tmp_path / "bad.ics"), *place)

    assert result.exit_code == 1
    assert "no whole calendar file" in result.output
    assert mirrored.texts() == []


def test_an_unknown_calendar_or_file_is_named(
    console: Console, mirrored: Mirrored, file: str, tmp_path: Path
) -> None:
    unknown = console.run("import", "ics", file, "--calendar", encode_id(1))
    missing = console.run("import", "ics", str(tmp_path / "x"), "--calendar", encode_id(1))

    assert "There is no such calendar." in unknown.output
    assert "cannot be read" in missing.output
