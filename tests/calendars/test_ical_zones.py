"""Which zone a TZID means."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from booking.calendars.ical import parse_object
from booking.calendars.ical_lines import Block, block_of
from booking.calendars.ical_timezones import timezone_blocks
from booking.calendars.ical_zones import Zones, by_name
from booking.core.event import CalendarEvent
from booking.core.zones import is_zone
from tests.core.series import timed, wall

MARCH = wall("2026-03-02T09:00")


def defined(tzid: str, *observances: str) -> Zones:
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}"]
    for observance in observances:
        lines += observance.split("\n")
    return Zones([block_of([*lines, "END:VTIMEZONE"])])


def observance(name: str, start: str, before: str, after: str, *more: str) -> str:
    lines = [f"DTSTART:{start}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}", *more]
    return "\n".join([f"BEGIN:{name}", *lines, f"END:{name}"])


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("/freeassociation.sourceforge.net/America/Argentina/Buenos_Aires",
         "America/Argentina/Buenos_Aires"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/Dublin"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("(GMT+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"),
        ("(UTC+10:00) Canberra, Melbourne, Sydney", "Australia/Canberra"),
        ("GMT", "UTC"),
        ("Etc/UTC", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("GMT+0200", "Etc/GMT-2"),
        ("UTC-05:00", "Etc/GMT+5"),
        ("+0530", timedelta(hours=5, minutes=30)),
        ("Middle of Nowhere", None),
        ("", None),
        ("../../etc/passwd", None),
    ],
)  # fmt: skip
def test_a_name_alone_means(tzid: str, zone: str | timedelta | None) -> None:
    assert by_name(tzid) == zone


def test_every_windows_name_has_a_zone() -> None:
    assert all(is_zone(by_name(name)) for name in WINDOWS_TO_OLSON)


EU = (
    observance(
        "STANDARD", "16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"
    ),
    observance(
        "DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"
    ),
)
US = (
    observance(
        "STANDARD", "20071104T020000", "-0400", "-0500", "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11"
    ),
    observance(
        "DAYLIGHT", "20070311T020000", "-0500", "-0400", "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3"
    ),
)


@pytest.mark.parametrize(
    ("tzid", "observances", "zone"),
    [
        ("Customized Time Zone", EU, "Europe/Berlin"),
        ("Office Warsaw, third floor", EU, "Europe/Warsaw"),
        ("Eastern", US, "America/New_York"),
        (
            "Phoenix office",
            (observance("STANDARD", "19700101T000000", "-0700", "-0700"),),
            "Etc/GMT+7",
        ),
        (
            "Delhi office",
            (observance("STANDARD", "19700101T000000", "+0530", "+0530"),),
            "Asia/Kolkata",
        ),
        (
            "Nowhere",
            (observance("STANDARD", "19700101T000000", "+0017", "+0017"),),
            timedelta(minutes=17),
        ),
    ],
)
def test_a_definition_finds_the_zone_that_agrees_with_it(
    tzid: str, observances: tuple[str, ...], zone: str | timedelta
) -> None:
    assert defined(tzid, *observances).resolve(tzid, MARCH) == zone


def test_a_definition_by_single_dates_is_understood() -> None:
    event = CalendarEvent(uid="a", when=timed("2026-03-02T09:00", zone="America/Sao_Paulo"))
    (block,) = timezone_blocks(event, datetime.fromisoformat("2026-01-01T00:00+00:00"))
    block.lines = ["TZID:Office"]

    assert Zones([block]).resolve("Office", MARCH) == "Etc/GMT+3"


def test_a_location_written_by_libical_is_believed() -> None:
    block = Block("VTIMEZONE", ["TZID:Custom", "X-LIC-LOCATION:Asia/Tokyo"])

    assert Zones([block]).resolve("Custom", MARCH) == "Asia/Tokyo"


@pytest.mark.parametrize(
    "broken",
    [
        (),
        (observance("STANDARD", "nonsense", "+0100", "+0100"),),
        (observance("STANDARD", "20261399T000000", "+0100", "+0100"),),
        (observance("STANDARD", "19700101T000000", "+0100", "nonsense"),),
    ],
)
def test_a_definition_that_says_nothing_leaves_the_time_floating(broken: tuple[str, ...]) -> None:
    assert defined("Custom", *broken).resolve("Custom", MARCH) is None


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=DAILY", "nonsense", "FREQ=DAILY;INTERVAL=0"]
)
def test_a_definition_made_to_hurt_is_done_at_once(rule: str) -> None:
    bombs = [
        observance("STANDARD", f"1601010{1 + n % 9}T000000", "+0100", "+0200", f"RRULE:{rule}")
        for n in range(300)
    ]

    assert defined("Custom", *bombs).resolve("Custom", MARCH) is not None


def test_a_zone_one_calendar_defines_means_nothing_in_another() -> None:
    event = "BEGIN:VEVENT\nUID:a\nDTSTART;TZID=Shared:20260302T090000\nEND:VEVENT\n"
    body = f"BEGIN:VCALENDAR\n{{}}{event}END:VCALENDAR\n"
    fixed = "BEGIN:VTIMEZONE\nTZID:Shared\n{}\nEND:VTIMEZONE\n"
    tokyo = fixed.format(observance("STANDARD", "19700101T000000", "+0900", "+0900"))

    zones = [parse_object(body.format(part)).when for part in (tokyo, "")]

    assert [getattr(when, "zone", "") for when in zones] == ["Etc/GMT-9", None]
