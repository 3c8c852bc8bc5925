"""The troubleshooter: every start of a day with its reasons, each with the way to change it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.availability.reasons import ReasonCode
from booking.bookings.explained import (
    Cause,
    ExplainedDate,
    ExplainedStart,
    Lane,
    LaneKind,
    Stretch,
)
from booking.calendars.refresh_jobs import REFRESH
from booking.core.clock import FrozenClock
from booking.core.ids import encode_id
from booking.core.instants import Instant
from booking.core.zones import wall_to_instant, zone
from booking.web.host import troubleshoot_picture
from booking.web.host.troubleshoot_words import Remedies, Speaker
from tests.bookings.desk import Desk, at
from tests.calendars.accounts import jobs
from tests.conftest import HostAccount, HostFactory
from tests.web.browser import sign_in, submit

PAGE = "/troubleshoot"
DASH = "\N{EN DASH}"
TUESDAY = date(2026, 11, 24)
BERLIN = zone("Europe/Berlin")
REMEDIES = Remedies(
    event_type="/event-types/1",
    schedule="/schedules/1",
    restriction="/schedules/2",
    absences="/schedules#away-h",
    calendars="/settings/calendars",
    booking=lambda uid: f"/bookings/{uid}",
)
SPEAKER = Speaker(zone="UTC", day=TUESDAY, host_id=1, members={2: "Mate"}, remedies=REMEDIES)


@pytest.fixture
def desk(app: Flask, clock: FrozenClock, host: HostAccount) -> Desk:
    """The desk of the host, who lives in Berlin."""
    return Desk(services=app.extensions["booking"], clock=clock, host_id=host.id)


def shown(browser: FlaskClient, event_type: int, **query: str) -> str:
    asked = {"event_type": encode_id(event_type), "day": "2026-11-24", **query}
    answer = browser.get(PAGE, query_string=asked)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def starts(page: str) -> dict[str, str]:
    """Return the text of each start of a page by its time."""
    row = re.compile(r'<li class="start[^"]*">(.*?)</li>\s*(?=<li class="start|</ol>)', re.DOTALL)
    plain = [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in row.findall(page)]
    return {text.split(" ", 1)[0]: text.split(" ", 1)[1] for text in plain}


def test_every_start_is_offered_or_tells_why_not(browser: FlaskClient, desk: Desk) -> None:
    event_type = desk.offer(buffer_after_minutes=30)
    booking = desk.book(event_type, "09:00")
    desk.put_busy(desk.put_calendar(), at("12:00"), at("13:00"))

    page = shown(browser, event_type)

    told = starts(page)
    assert told["13:00"] == f"Busy in “Work”, 13:00{DASH}14:00. Calendars"
    assert told["10:00"] == f"Booked 10:00{DASH}11:00: “{booking.title}”. See booking"
    assert told["15:00"] == "Offered"
    assert f'href="/bookings/{booking.uid}"' in page
    assert "Berlin (UTC+1)" in page
    offers = [time for time, text in told.items() if text == "Offered"]
    assert len(offers) == len(desk.starts(event_type))


def test_a_gap_leads_to_the_event_types_hours(browser: FlaskClient, desk: Desk) -> None:
    event_type = desk.offer(buffer_after_minutes=30, slot_interval_minutes=30)
    desk.book(event_type, "09:00")

    page = shown(browser, event_type)

    assert f"11:00{DASH}11:30 is kept free. Change gaps" in starts(page)["11:00"]
    assert f'href="/event-types/{encode_id(event_type)}#hours"' in page


def test_the_picture_has_a_lane_for_each_calendar_and_says_the_same_as_text(
    browser: FlaskClient, desk: Desk
) -> None:
    event_type = desk.offer()
    desk.put_busy(desk.put_calendar(), at("12:00"), at("13:00"))

    page = shown(browser, event_type)

    sentence = f"Work: 13:00{DASH}14:00."
    assert f'role="img" aria-label="{sentence}"' in page
    assert f"<li>{sentence}</li>" in page
    assert f"Working hours: 09:00{DASH}17:00." in page


def test_without_anything_asked_for_it_shows_today(browser: FlaskClient, desk: Desk) -> None:
    desk.offer()

    assert "Mon 23 November 2026" in browser.get(PAGE).text


@pytest.mark.parametrize("day", ["", "soon", "0001-01-01", "9999-12-31", "2026-13-01"])
def test_senseless_days_show_today(browser: FlaskClient, desk: Desk, day: str) -> None:
    assert "Mon 23 November 2026" in shown(browser, desk.offer(), day=day)


def test_the_event_types_page_leads_here(browser: FlaskClient, desk: Desk) -> None:
    key = encode_id(desk.offer())

    assert f'href="{PAGE}?event_type={key}"' in browser.get(f"/event-types/{key}").text


def test_another_length_has_another_grid(browser: FlaskClient, desk: Desk) -> None:
    event_type = desk.offer(durations_minutes=[60, 120])

    assert len(starts(shown(browser, event_type))) == 8
    assert len(starts(shown(browser, event_type, duration="120"))) == 4
    assert len(starts(shown(browser, event_type, duration="7"))) == 8


def test_days_without_starts_say_what_to_do(browser: FlaskClient, desk: Desk) -> None:
    short, long = desk.offer(), desk.offer(slug="long", duration_minutes=600)

    assert "Closed all day" in shown(browser, short, day="2026-11-28")
    assert "No start fits" in shown(browser, long)


def test_a_host_without_event_types_is_told_what_to_do_first(browser: FlaskClient) -> None:
    assert "Make an event type" in browser.get(PAGE).text


def test_another_hosts_event_type_is_not_found(
    browser: FlaskClient, desk: Desk, make_host: HostFactory
) -> None:
    desk.offer()
    foreign = replace(desk, host_id=make_host(username="other").id).offer()

    for key in (encode_id(foreign), "0000000000001", "x"):
        assert browser.get(PAGE, query_string={"event_type": key}).status_code == 404


def test_members_see_their_teams_event_type_without_links_to_what_they_cannot_change(
    desk: Desk, make_host: HostFactory
) -> None:
    mate = make_host(username="mate")
    team = desk.services.teams.create(desk.host_id, {"name": "Sales"}).id
    desk.services.teams.add_member(desk.host_id, team, {"user_id": mate.id})
    hosts = [{"user_id": each} for each in (desk.host_id, mate.id)]
    event_type = desk.offer(team_id=team, scheduling="collective", hosts=hosts)
    desk.put_busy(desk.put_calendar(), at("12:00"), at("13:00"))
    sign_in(mate.client, mate.email, mate.password)

    page = shown(mate.client, event_type)

    assert f"Busy in a calendar, 13:00{DASH}14:00." in page
    assert "“Work”" not in page
    assert f"/event-types/{encode_id(event_type)}" not in page


def test_the_checklist_names_every_calendar_and_how_it_stands(
    browser: FlaskClient, desk: Desk
) -> None:
    event_type = desk.offer()
    desk.put_calendar()
    desk.put_calendar(selected=False)

    page = shown(browser, event_type)

    assert "Read just now. Tentative events do not block." in page
    assert "Not selected" in page
    assert page.count("Is the event confirmed?") == 1


def test_refresh_has_the_calendar_read_again_and_returns_to_the_day(
    browser: FlaskClient, desk: Desk
) -> None:
    event_type, calendar = encode_id(desk.offer()), desk.put_calendar(selected=False)
    assert jobs(REFRESH) == []
    path = f"{PAGE}?event_type={event_type}&day=2026-11-25"

    answer = submit(
        browser,
        path,
        f"{PAGE}/refresh/{encode_id(calendar)}",
        event_type=event_type,
        day="2026-11-25",
    )

    assert answer.headers["Location"] == path
    assert len(jobs(REFRESH)) == 1
    assert "is being read again" in browser.get(path).text


def test_text_of_guests_is_never_markup(browser: FlaskClient, desk: Desk) -> None:
    canary = "<img src=x onerror=alert(1)>"
    event_type = desk.offer(title=canary)
    desk.book(event_type, "09:00")
    query = {"event_type": encode_id(event_type), "day": "2026-11-24"}

    assert canary not in browser.get(PAGE, query_string=query).text


def cause(code: str, start: str | None = None, end: str | None = None, **more: Any) -> Cause:
    ends = [None if text is None else at(text) for text in (start, end)]
    return Cause(code=ReasonCode(code), start=ends[0], end=ends[1], **more)


@pytest.mark.parametrize(
    ("given", "text", "href"),
    [
        (cause("notice", end="12:00"), "Too soon: guests can book from 12:00.", "#hours"),
        (
            cause("notice", end="2026-11-26 12:00"),
            "Too soon: guests can book from 12:00 on Thu 26 November 2026.",
            "#hours",
        ),
        (
            cause("window", start="2026-11-20 00:00"),
            "Too far ahead: guests can book up to Thu 19 November 2026.",
            "#hours",
        ),
        (
            cause("window", end="2026-12-01 00:00"),
            "Too early: guests can book from Tue 1 December 2026 on.",
            "#hours",
        ),
        (
            cause("limit", rule="minutes.week"),
            "The limit of minutes for this week is reached.",
            "#limits",
        ),
        (
            cause("limit", "09:00", "10:00", rule="first_slot_only"),
            "Only the first time of each day is offered: 09:00.",
            "#limits",
        ),
        (
            cause("override", "2026-11-24 00:00", "2026-11-25 00:00"),
            "Hours were changed on Tue 24 November 2026.",
            "/schedules/1",
        ),
        (
            cause("out_of_office", "2026-11-24 00:00", "2026-11-26 00:00"),
            "Out of office from Tue 24 November 2026 to Wed 25 November 2026.",
            "/schedules#away-h",
        ),
        (
            cause("outside_hours", end="09:00"),
            "Outside working hours: closed until 09:00.",
            "/schedules/1",
        ),
        (
            cause("outside_hours", "12:00", "13:00", rule="restriction"),
            f"Outside the restriction's hours: closed 12:00{DASH}13:00.",
            "/schedules/2",
        ),
        (
            cause("stale", calendar_name="Work"),
            "“Work” was not read lately, so it is unknown whether it is free.",
            "/settings/calendars",
        ),
        (cause("booking", "09:00", "10:00"), f"Booked 09:00{DASH}10:00.", ""),
    ],
)
def test_each_reason_is_a_sentence_with_a_way_out(given: Cause, text: str, href: str) -> None:
    told = SPEAKER.tell(given)

    assert told.text == text
    assert told.href.endswith(href)
    assert bool(told.href) == bool(told.label)


def test_every_code_has_a_sentence() -> None:
    for code in set(ReasonCode) - {ReasonCode.OFF_GRID}:
        assert SPEAKER.tell(cause(str(code), "09:00", "10:00")).text.endswith(".")


def test_another_members_calendar_has_no_remedy_here() -> None:
    told = SPEAKER.tell(cause("busy_calendar", "09:00", "10:00", member_id=2))

    assert (told.member, told.href) == ("Mate", "")
    assert SPEAKER.tell(cause("busy_calendar", "09:00", "10:00", member_id=1)).member == "You"


def picture_of(day: date, *lanes: Lane) -> troubleshoot_picture.Picture:
    """Return the picture of a date in Berlin that is open all day."""
    since, until = (wall_to_instant(day, minute, BERLIN) for minute in (0, 1440))
    found = ExplainedDate(
        date=day,
        since=since,
        until=until,
        hours=((since, until),),
        host_hours=(),
        starts=(ExplainedStart(start=since, end=Instant(since + 3600), causes=()),),
        lanes=lanes,
    )
    return troubleshoot_picture.draw(found, replace(SPEAKER, zone="Europe/Berlin", day=day))


def busy(start: int, end: int) -> Lane:
    stretch = Stretch(start=Instant(start), end=Instant(end))
    return Lane(kind=LaneKind.CALENDAR, stretches=(stretch,), calendar_name="Work")


def test_the_night_of_the_change_has_as_many_columns_as_hours() -> None:
    autumn, spring = picture_of(date(2026, 10, 25)), picture_of(date(2027, 3, 28))

    assert autumn.hours[:5] == ("00", "01", "02", "02", "03")
    assert (len(autumn.hours), autumn.width) == (25, 1500)
    assert spring.hours[:4] == ("00", "01", "03", "04")


def test_what_lies_beyond_the_day_is_cut_and_what_has_no_length_is_seen() -> None:
    since = wall_to_instant(TUESDAY, 0, BERLIN)
    picture = picture_of(TUESDAY, busy(since - 7200, since + 3600), busy(since + 60, since + 60))

    cut, point = (strip.blocks[0] for strip in picture.strips)
    assert (cut.x, cut.width) == (0, 60)
    assert point.width > 0
    assert picture.strips[1].sentence == "Work: 00:01."


def test_a_booking_is_drawn_above_its_gaps() -> None:
    since = wall_to_instant(TUESDAY, 600, BERLIN)
    stretch = Stretch(
        start=since, end=Instant(since + 3600), before=600, after=0, title="Talk: Guest"
    )
    (strip,) = picture_of(TUESDAY, Lane(kind=LaneKind.BOOKINGS, stretches=(stretch,))).strips

    assert [block.kind for block in strip.blocks] == ["gap", "booked"]
    assert strip.sentence == (
        f"Bookings: 10:00{DASH}11:00 “Talk: Guest”, with gaps 09:50{DASH}11:00."
    )
