"""Properties of collections become calendars, whatever dialect they are told in."""

from __future__ import annotations

import pytest

from booking.calendars.ports import RemoteCalendar
from booking.calendars.providers.caldav.mapping import calendars_in, color_of
from tests.calendars.providers.dav_xml import multistatus, row

HOME = "https://dav.example.org/home/"
CALENDAR = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"


def calendars(*rows: str) -> tuple[RemoteCalendar, ...]:
    return calendars_in(multistatus(*rows).rows, HOME)


def calendar(props: str, href: str = "/home/cal/") -> RemoteCalendar:
    (found,) = calendars(row(href, CALENDAR + props))
    return found


def rights(*names: str) -> str:
    each = "".join(f"<D:privilege><D:{name}/></D:privilege>" for name in names)
    return f"<D:current-user-privilege-set>{each}</D:current-user-privilege-set>"


def zone(vtimezone: str) -> str:
    return f"<C:calendar-timezone>{vtimezone}</C:calendar-timezone>"


@pytest.mark.parametrize(
    ("told", "color"),
    [
        ("#3366CC", "#3366cc"),
        ("#3366CCFF", "#3366cc"),
        ("#36c", "#3366cc"),
        ("red", None),
        ("#12345", None),
        ("#3366CC;x", None),
        ("", None),
        (None, None),
    ],
)
def test_a_colour_is_six_digits_or_none(told: str | None, color: str | None) -> None:
    assert color_of(told) == color


@pytest.mark.parametrize("names", [("all",), ("write",), ("write-content",), ("read", "bind")])
def test_any_right_to_write_events_makes_a_calendar_writable(names: tuple[str, ...]) -> None:
    assert not calendar(rights(*names)).read_only


@pytest.mark.parametrize("names", [("read",), ("read", "write-properties"), ()])
def test_other_rights_make_it_read_only(names: tuple[str, ...]) -> None:
    assert calendar(rights(*names)).read_only


def test_a_server_that_tells_no_rights_is_believed_to_allow_writing() -> None:
    assert not calendar("").read_only


@pytest.mark.parametrize(
    "lines",
    [
        "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nEND:VTIMEZONE",
        "BEGIN:VTIMEZONE\r\nTZID:Europe/\r\n Berlin\r\nEND:VTIMEZONE",
        "BEGIN:VTIMEZONE\nTZID:/citadel.org/20210210_1/Europe/Berlin\nEND:VTIMEZONE",
        "BEGIN:VTIMEZONE\nTZID:Home\nX-LIC-LOCATION:Europe/Berlin\nEND:VTIMEZONE",
    ],
)
def test_a_zone_is_found_in_its_definition(lines: str) -> None:
    assert calendar(zone(lines)).time_zone == "Europe/Berlin"


def test_a_named_zone_counts_before_its_definition() -> None:
    props = "<C:calendar-timezone-id>Asia/Kolkata</C:calendar-timezone-id>"

    assert calendar(props + zone("TZID:Europe/Berlin")).time_zone == "Asia/Kolkata"


def test_a_zone_nobody_knows_is_none() -> None:
    assert calendar(zone("BEGIN:VTIMEZONE\nTZID:Somewhere\nEND:VTIMEZONE")).time_zone is None


@pytest.mark.parametrize(
    "resourcetype",
    [
        "<D:collection/>",
        "<D:collection/><C:calendar/><C:schedule-inbox/>",
        "<D:collection/><C:calendar/><N:deleted-calendar/>",
        "<D:collection/><N:trash-bin/>",
        "<D:collection/><S:subscribed/>",
    ],
)
def test_what_is_no_calendar_to_book_in_is_left_out(resourcetype: str) -> None:
    assert calendars(row("/home/x/", f"<D:resourcetype>{resourcetype}</D:resourcetype>")) == ()


@pytest.mark.parametrize(("components", "count"), [("VTODO", 0), ("VEVENT", 1), ("vevent", 1)])
def test_only_calendars_that_hold_events_are_listed(components: str, count: int) -> None:
    props = (
        "<C:supported-calendar-component-set>"
        f'<C:comp name="{components}"/></C:supported-calendar-component-set>'
    )

    assert len(calendars(row("/home/cal/", CALENDAR + props))) == count


def test_a_calendar_without_a_name_is_called_by_its_address() -> None:
    assert calendar("", "/home/B%C3%BCro%20eins/").name == "Büro eins"


def test_a_name_is_one_clean_line() -> None:
    assert calendar("<D:displayname> Two\n lines </D:displayname>").name == "Two lines"


def test_one_calendar_in_two_spellings_is_one() -> None:
    spellings = ("/home/me%40example.org/", "/home/me@example.org", HOME + "me%40example.org/")

    found = calendars(*(row(href, CALENDAR) for href in spellings))

    assert [each.key for each in found] == [f"{HOME}me@example.org/"]


def test_a_proxys_wrong_scheme_and_port_are_put_right() -> None:
    (found,) = calendars(row("http://dav.example.org:8080/home/cal/", CALENDAR))

    assert found.key == f"{HOME}cal/"


def test_a_calendar_on_another_host_keeps_it() -> None:
    (found,) = calendars(row("https://p42-caldav.icloud.com:443/1/calendars/home/", CALENDAR))

    assert found.key == "https://p42-caldav.icloud.com/1/calendars/home/"


def test_the_twins_of_a_calendar_are_left_out() -> None:
    found = calendars(
        *(
            row(href, CALENDAR)
            for href in ("/home/p/", "/home/p.ics", "/home/p.xml", "/home/q.ics/")
        )
    )

    assert [each.key for each in found] == [f"{HOME}p/", f"{HOME}q.ics/"]


def test_properties_that_were_refused_do_not_spoil_the_others() -> None:
    refused = (
        "<D:propstat><D:prop><C:calendar-timezone/><A:calendar-color/></D:prop>"
        "<D:status>HTTP/1.1 403 Forbidden</D:status></D:propstat>"
    )

    (found,) = calendars(row("/home/cal/", CALENDAR, more=refused))

    assert found.color is None
    assert found.time_zone is None
