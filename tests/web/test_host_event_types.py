"""The event types pages, through their forms alone."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from booking.core.ids import encode_id
from booking.eventtypes.values import EventTypeView
from booking.wiring import Services
from tests.conftest import HostAccount
from tests.web.browser import submit
from tests.web.page_form import fields_of

PAGE = "/event-types"


@pytest.fixture
def intro(host: HostAccount, services: Services) -> str:
    """The address of an event type with something in every section."""
    view = services.event_types.create(
        host.id,
        {
            "title": "Introduction",
            "durations_minutes": [30, 60],
            "location": {"type": "link", "url": "https://meet.example.test/a"},
            "window": {"type": "rolling_days", "days": 30},
            "limits": {"bookings": {"day": 3}},
            "questions": [
                {"key": "topic", "label": "Topic?", "type": "select", "options": ["A", "B"]}
            ],
            "reminders_minutes": [60, 10],
        },
    )
    return f"{PAGE}/{encode_id(view.id)}"


def stored(services: Services, host: HostAccount) -> EventTypeView:
    return services.event_types.list(host.id)[0]


def save(browser: FlaskClient, path: str, **changed: Any) -> Any:
    """Send the form as it stands on the page, with some fields changed."""
    page = browser.get(path).text
    return browser.post(path, data={**fields_of(page, path), **changed})


def test_an_empty_page_shows_the_first_step(browser: FlaskClient) -> None:
    assert "Make an event type" in browser.get(PAGE).text


def test_a_name_and_a_length_are_enough(
    browser: FlaskClient, host: HostAccount, services: Services
) -> None:
    answer = submit(browser, f"{PAGE}/new", PAGE, title="First talk", duration_minutes="45")

    view = stored(services, host)
    assert answer.headers["Location"] == f"{PAGE}/{encode_id(view.id)}"
    assert (view.slug, view.duration_minutes) == ("first-talk", 45)
    assert f"/{host.username}/first-talk" in browser.get(PAGE).text


@pytest.mark.parametrize("length", ["", "0", "-5", "half", "99999999999999999999", "1441"])
def test_a_senseless_length_is_told_at_its_field(browser: FlaskClient, length: str) -> None:
    answer = submit(browser, f"{PAGE}/new", PAGE, title="Talk", duration_minutes=length)

    assert answer.status_code == 422
    assert 'id="f-duration_minutes-error"' in answer.text
    assert 'value="Talk"' in answer.text


def test_saving_the_page_as_it_stands_changes_nothing(
    browser: FlaskClient, host: HostAccount, services: Services, intro: str
) -> None:
    before = stored(services, host)

    answer = save(browser, intro)

    assert answer.status_code == 303, answer.text
    assert "Nothing was changed." in browser.get(intro).text
    assert stored(services, host) == before


@pytest.mark.parametrize(
    "location",
    [
        None,
        {"type": "phone"},
        {"type": "phone", "phone": "+49 30 1"},
        {"type": "in_person", "address": "Am Markt 1"},
        {
            "type": "guest_choice",
            "options": [{"type": "link", "url": "https://a.example.test/"}, {"type": "phone"}],
        },
        {
            "type": "guest_choice",
            "options": [
                {"type": "link", "url": "https://a.example.test/"},
                {"type": "link", "url": "https://b.example.test/"},
            ],
        },
    ],
)
def test_every_place_survives_the_form(
    browser: FlaskClient,
    host: HostAccount,
    services: Services,
    intro: str,
    location: dict[str, Any] | None,
) -> None:
    services.event_types.change(host.id, stored(services, host).id, {"location": location})

    assert save(browser, intro).status_code == 303

    assert stored(services, host).location == location


def test_what_was_saved_is_named(
    browser: FlaskClient, host: HostAccount, services: Services, intro: str
) -> None:
    save(browser, intro, title="Hello", minimum_notice_minutes="60", window_type="unlimited")

    assert "Saved: title, notice, how far ahead." in browser.get(intro).text
    view = stored(services, host)
    assert (view.title, view.minimum_notice_minutes) == ("Hello", 60)
    assert view.window == {"type": "unlimited"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("slug", "No Slug"),
        ("duration_minutes", "0"),
        ("durations_minutes", "15, 45"),
        ("window_days", "-1"),
        ("limits_bookings_day", "none"),
        ("location_url", "javascript:alert(1)"),
        ("confirmation_redirect_url", "javascript:alert(1)"),
        ("questions_0_options", ""),
        ("reminders_minutes", "soon"),
        ("schedule_id", "0000000000001"),
        ("destination_calendar_id", "nobody's"),
        ("color", "red"),
    ],
)
def test_a_fault_is_told_and_nothing_is_saved(
    browser: FlaskClient,
    host: HostAccount,
    services: Services,
    intro: str,
    field: str,
    value: str,
) -> None:
    before = stored(services, host)

    answer = save(browser, intro, **{field: value})

    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert stored(services, host) == before


def test_a_new_question_gets_a_key_and_a_cleared_one_goes(
    browser: FlaskClient, host: HostAccount, services: Services, intro: str
) -> None:
    save(browser, intro, questions_1_label="Your company", questions_1_type="text")
    assert [each.key for each in stored(services, host).questions] == ["topic", "your-company"]

    save(browser, intro, questions_0_label="")
    assert [each.key for each in stored(services, host).questions] == ["your-company"]


def test_one_more_question_is_offered_without_saving(
    browser: FlaskClient, host: HostAccount, services: Services, intro: str
) -> None:
    answer = save(browser, intro, title="Not yet", add_question="1")

    assert answer.status_code == 200
    assert 'name="questions_2_label"' in answer.text
    assert 'value="Not yet"' in answer.text
    assert stored(services, host).title == "Introduction"


def test_inherited_values_are_shown_as_such(
    browser: FlaskClient, host: HostAccount, services: Services, intro: str
) -> None:
    made = services.schedules.create(host.id, {"name": "Mornings", "time_zone": "Europe/Berlin"})
    services.accounts.change_profile(
        host.id, {"default_schedule_id": made.id, "buffer_minutes": 10}
    )

    page = browser.get(intro).text

    assert "Your default (Mornings)" in page
    assert "At least 10 by your profile." in page
    assert "No calendar (none is set on your Calendars page)" in page


def test_the_next_times_of_a_guest_stand_beside_the_form(browser: FlaskClient, intro: str) -> None:
    page = browser.get(intro).text

    times = re.findall(r'time-chip figures">(\d\d:\d\d)<', page)
    assert "Mon 23 November 2026" in page
    assert times[:3] == ["10:00", "10:30", "11:00"]


def test_deleting_says_what_stands_and_then_deletes(
    browser: FlaskClient, host: HostAccount, services: Services, intro: str
) -> None:
    assert "Bookings made with it stand" in browser.get(f"{intro}/delete").text

    submit(browser, f"{intro}/delete")

    assert services.event_types.list(host.id) == ()
    assert "Deleted “Introduction”" in unescape(browser.get(PAGE).text)


def test_text_of_hosts_is_never_markup(browser: FlaskClient, intro: str) -> None:
    canary = "<script>alert(1)</script>"
    save(browser, intro, title=canary, description=canary, questions_0_label=canary)

    assert canary not in browser.get(intro).text
    assert canary not in browser.get(PAGE).text
