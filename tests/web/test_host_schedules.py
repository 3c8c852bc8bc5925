"""The schedules pages, through their forms alone."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from booking.availability.values import ScheduleView
from booking.core.ids import encode_id
from booking.wiring import Services
from tests.conftest import HostAccount
from tests.web.browser import submit

PAGE = "/schedules"
WEEK = {"name": "Hours", "time_zone": "Europe/Berlin", "mon-0-start": "09:00", "mon-0-end": "12:00"}


@pytest.fixture
def schedule(browser: FlaskClient, host: HostAccount, services: Services) -> str:
    """The address of a schedule with office hours."""
    submit(browser, PAGE, name="Hours", time_zone="Europe/Berlin")
    return f"{PAGE}/{encode_id(services.schedules.list(host.id)[0].id)}"


def stored(services: Services, host: HostAccount) -> ScheduleView:
    return services.schedules.list(host.id)[0]


def overrides(services: Services, host: HostAccount) -> list[Any]:
    return list(stored(services, host).overrides)


@pytest.mark.parametrize(
    ("time_zone", "is_shown"), [("Pacific/Honolulu", True), ("Pacific/Auckland", False)]
)
def test_dates_away_are_shown_until_they_are_over_where_the_host_is(
    browser: FlaskClient, services: Services, host: HostAccount, time_zone: str, is_shown: bool
) -> None:
    services.accounts.change_profile(host.id, {"time_zone": time_zone})
    dates = {"start_date": "2026-11-22", "end_date": "2026-11-22", "reason": "A long Sunday"}
    services.schedules.add_absence(host.id, dates)

    assert ("A long Sunday" in browser.get(PAGE).text) == is_shown


def test_without_a_schedule_the_page_says_which_hours_count(browser: FlaskClient) -> None:
    page = browser.get(PAGE).text

    assert "You keep office hours" in page
    assert "Europe/Berlin" in page


def test_the_first_schedule_becomes_the_default(
    browser: FlaskClient, host: HostAccount, services: Services, schedule: str
) -> None:
    assert services.accounts.get(host.id).default_schedule_id == stored(services, host).id
    assert "open on weekdays from 09:00 to 17:00" in browser.get(schedule).text


def test_a_schedule_needs_a_name_and_a_zone(browser: FlaskClient) -> None:
    answer = submit(browser, PAGE, name=" ", time_zone="Nowhere")

    assert answer.status_code == 422
    assert 'href="#f-time_zone"' in answer.text


def test_saved_hours_are_told_back(
    browser: FlaskClient, host: HostAccount, services: Services, schedule: str
) -> None:
    answer = submit(browser, schedule, **WEEK)

    assert answer.status_code == 303
    assert "Open Mon 09:00" in browser.get(schedule).text
    assert stored(services, host).weekly == ({"days": ["mon"], "start": "09:00", "end": "12:00"},)


def test_the_last_minute_of_a_day_means_midnight(
    browser: FlaskClient, host: HostAccount, services: Services, schedule: str
) -> None:
    submit(browser, schedule, **{**WEEK, "mon-0-end": "23:59"})

    assert stored(services, host).weekly[0]["end"] == "24:00"
    assert 'value="23:59"' in browser.get(schedule).text


def test_a_faulty_interval_is_named_at_its_row_and_nothing_is_saved(
    browser: FlaskClient, host: HostAccount, services: Services, schedule: str
) -> None:
    before = stored(services, host)

    answer = submit(browser, schedule, **WEEK, **{"fri-0-start": "18:00", "fri-0-end": "08:00"})

    assert answer.status_code == 422
    assert 'href="#f-fri-0-end"' in answer.text
    assert 'value="18:00"' in answer.text
    assert stored(services, host) == before


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ({"add": "tue"}, 'name="tue-0-start"'),
        ({"copy": "mon", "copy-mon": "sun"}, 'name="sun-0-start" value="09:00"'),
        ({"remove": "mon-0"}, "Days without hours are closed."),
    ],
)
def test_buttons_inside_the_form_change_it_without_saving(
    browser: FlaskClient,
    host: HostAccount,
    services: Services,
    schedule: str,
    button: dict[str, str],
    expected: str,
) -> None:
    before = stored(services, host)

    answer = submit(browser, schedule, **WEEK, **button)

    assert answer.status_code == 200
    assert expected in answer.text
    assert ('name="mon-0-start"' in answer.text) == ("remove" not in button)
    assert stored(services, host) == before


@pytest.mark.parametrize(
    "nonsense", ["mon", "mon-", "mon--1", f"mon-{'9' * 20}", f"mon-{'9' * 5000}", "x-0"]
)
def test_buttons_that_do_not_exist_do_nothing(
    browser: FlaskClient, schedule: str, nonsense: str
) -> None:
    assert submit(browser, schedule, **WEEK, remove=nonsense).status_code == 200
    assert submit(browser, schedule, **WEEK, add=nonsense).status_code == 200
    assert submit(browser, schedule, **WEEK, copy=nonsense).status_code == 200


def test_a_date_is_closed_and_opened_again(
    browser: FlaskClient, host: HostAccount, services: Services, schedule: str
) -> None:
    answer = submit(browser, schedule, f"{schedule}/overrides", date="2026-12-24", kind="closed")

    assert answer.headers["Location"].endswith("week=2026-12-21")
    assert overrides(services, host) == [{"date": "2026-12-24", "intervals": []}]
    assert "Thu 24 December 2026 is closed." in browser.get(schedule).text

    submit(browser, schedule, f"{schedule}/overrides/2026-12-24/delete")
    assert overrides(services, host) == []


def test_a_date_gets_hours_of_its_own(
    browser: FlaskClient, host: HostAccount, services: Services, schedule: str
) -> None:
    fields = {"date": "2026-12-24", "kind": "hours", "start-0": "10:00", "end-0": "12:00"}

    submit(browser, schedule, f"{schedule}/overrides", **fields)
    submit(browser, schedule, f"{schedule}/overrides", **{**fields, "end-0": "13:00"})

    assert overrides(services, host) == [
        {"date": "2026-12-24", "intervals": [{"start": "10:00", "end": "13:00"}]}
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"date": "", "kind": "closed"},
        {"date": "2026-13-45", "kind": "closed"},
        {"date": "2026-12-24", "kind": "hours", "start-0": "12:00", "end-0": "10:00"},
        {"date": "2026-12-24", "kind": "hours", "start-1": "x", "end-1": "y"},
    ],
)
def test_a_faulty_date_is_told_and_not_stored(
    browser: FlaskClient,
    host: HostAccount,
    services: Services,
    schedule: str,
    fields: dict[str, str],
) -> None:
    answer = submit(browser, schedule, f"{schedule}/overrides", **fields)

    assert answer.status_code == 422
    assert overrides(services, host) == []


def test_days_off_and_journeys_come_and_go(
    browser: FlaskClient, host: HostAccount, services: Services
) -> None:
    dates = {"away_start_date": "2026-12-24", "away_end_date": "2026-12-31"}
    submit(browser, PAGE, f"{PAGE}/out-of-office", **dates, away_reason="Holidays")
    trip = {"travel_start_date": "2027-01-10", "travel_end_date": "2027-01-12"}
    submit(browser, PAGE, f"{PAGE}/travel", **trip, travel_time_zone="Asia/Tokyo")

    page = browser.get(PAGE).text
    assert "Holidays" in page
    assert "Asia/Tokyo" in page

    absence = encode_id(services.schedules.list_absences(host.id)[0].id)
    travel = encode_id(services.schedules.list_travels(host.id)[0].id)
    submit(browser, PAGE, f"{PAGE}/out-of-office/{absence}/delete")
    submit(browser, PAGE, f"{PAGE}/travel/{travel}/delete")

    assert services.schedules.list_absences(host.id) == ()
    assert services.schedules.list_travels(host.id) == ()


def test_dates_in_the_wrong_order_are_told_at_their_field(browser: FlaskClient) -> None:
    dates = {"away_start_date": "2026-12-31", "away_end_date": "2026-12-24"}

    answer = submit(browser, PAGE, f"{PAGE}/out-of-office", **dates)

    assert answer.status_code == 422
    assert 'href="#f-away_end_date"' in answer.text


def test_deleting_names_what_falls_back(
    browser: FlaskClient, host: HostAccount, services: Services, schedule: str
) -> None:
    own = stored(services, host).id
    services.event_types.create(host.id, {"title": "Introduction", "schedule_id": own})

    asked = browser.get(f"{schedule}/delete").text
    assert "Introduction will use your default schedule" in asked
    assert "It is your default." in asked

    submit(browser, f"{schedule}/delete")
    assert services.schedules.list(host.id) == ()


@pytest.mark.parametrize("week", ["2026-12-24", "1066-10-14", "9999-12-31", "nonsense", ""])
def test_any_week_is_shown_or_this_one(browser: FlaskClient, schedule: str, week: str) -> None:
    assert "week-picture" in browser.get(f"{schedule}?week={week}").text


def test_the_next_change_of_clocks_is_told(browser: FlaskClient, schedule: str) -> None:
    assert "Clocks change on 28 March in Berlin." in browser.get(schedule).text
