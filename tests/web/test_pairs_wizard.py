"""Making a pair through the wizard's forms alone, with a real CalDAV server behind it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from booking.calendars.models import Calendar, Connection
from booking.core.ids import encode_id
from booking.db import writing
from booking.sync.ports import Side
from tests.conftest import HostAccount
from tests.pairs.place import hour
from tests.web.browser import csrf_of, sign_in, submit
from tests.web.pair_pages import PAGE, Desk, desk, words_of

__all__ = ["desk"]
LEFT, RIGHT = Side.LEFT, Side.RIGHT


def step(name: str, **chosen: str) -> str:
    """Return the address of a step with what was chosen before."""
    return f"{PAGE}/new/{name}?{urlencode(chosen)}"


def preview_of(desk: Desk, **fields: str) -> str:
    """Choose both calendars and a direction; return the preview's address."""
    ends = {"left": desk.key(LEFT), "right": desk.key(RIGHT)}
    page = step("direction", **ends)
    answer = submit(desk.browser, page, f"{PAGE}/new/direction", **ends, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def set_calendar(calendar_id: int, **values: object) -> None:
    with writing() as session:
        session.execute(update(Calendar).where(Calendar.id == calendar_id).values(**values))


def test_without_an_account_the_first_step_is_to_connect_one(host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)

    page = host.client.get(PAGE).text

    assert "First connect an account" in page
    assert 'href="/settings/calendars/connect"' in page


def test_without_a_pair_the_first_step_is_to_make_one(desk: Desk) -> None:
    page = desk.browser.get(PAGE).text

    assert "No pairs yet" in page
    assert f'href="{PAGE}/new"' in page


def test_from_two_calendars_to_a_pair_that_copies(desk: Desk) -> None:
    desk.fill(2)
    desk.right.put("own", *hour("20261125T090000", "Dentist"))

    start = preview_of(desk, direction="both")
    preview = desk.read(start)
    assert "3 to create" in preview
    assert "Dentist" in preview
    assert desk.right.titles() == ["Dentist"]

    desk.press(start, start)
    (view,) = desk.services.pairs.list(desk.host.id)
    desk.pair_id = view.id
    desk.sync()
    assert desk.left.titles() == desk.right.titles() == ["Dentist", "Event 0", "Event 1"]


def test_each_step_offers_the_calendars_under_their_account(desk: Desk) -> None:
    page = desk.browser.get(f"{PAGE}/new").text

    assert f'<optgroup label="{desk.account.user}">' in page
    assert ">Work</option>" in page
    assert "+ Create new calendar" in page
    second = desk.browser.get(step("right", left=desk.key(LEFT))).text
    assert ">Work</option>" not in second
    assert ">Private</option>" in second


@pytest.mark.parametrize("nonsense", ["", "0000000000001", "' OR 1=1"])
def test_a_calendar_that_is_not_the_hosts_is_asked_for_again(desk: Desk, nonsense: str) -> None:
    first = desk.browser.get(step("right", left=nonsense))
    second = desk.browser.get(step("direction", left=desk.key(LEFT), right=nonsense))

    assert (first.status_code, second.status_code) == (422, 422)
    assert 'id="f-left-error"' in first.text
    assert 'id="f-right-error"' in second.text


def test_the_same_calendar_twice_is_refused_where_it_was_chosen(desk: Desk) -> None:
    answer = desk.browser.get(step("direction", left=desk.key(LEFT), right=desk.key(LEFT)))

    assert answer.status_code == 422
    assert "This is the calendar of the other side." in answer.text


def test_a_new_calendar_is_made_chosen_and_the_wizard_goes_on(desk: Desk) -> None:
    new = f"new-{encode_id(desk.left.connection)}"
    asked = desk.browser.get(step("direction", left=desk.key(LEFT), right=new))
    assert asked.status_code == 303

    answer = submit(desk.browser, asked.headers["Location"], name="Copies", color="#112233")

    page = desk.follow(answer)
    assert "step 3 of 4" in page
    assert "Created “Copies”" in page
    assert "Copies ← Work" not in page
    made = desk.services.connections.calendars(desk.host.id, desk.left.connection)
    assert "Copies" in {each.name for each in made}


def test_a_refused_new_calendar_leads_back_to_the_existing_ones(desk: Desk) -> None:
    with writing() as session:
        row = session.get_one(Connection, desk.left.connection)
        row.url = "http://127.0.0.1:9/"
        row.details = {**row.details, "home": "http://127.0.0.1:9/host/"}
    path = step("calendar", side="left", connection=encode_id(desk.left.connection))

    answer = submit(desk.browser, path, name="Copies", color="#112233")

    assert answer.status_code == 424
    assert "or choose a calendar that exists" in words_of(answer.text)
    assert f'href="{PAGE}/new"' in answer.text
    assert 'value="Copies"' in answer.text


def test_where_a_server_makes_no_calendars_none_is_offered(desk: Desk) -> None:
    with writing() as session:
        row = session.get_one(Connection, desk.left.connection)
        row.details = {**row.details, "can_create_calendar": False}

    page = desk.browser.get(f"{PAGE}/new").text

    assert "+ Create new calendar" not in page
    assert "create it there, then press Refresh" in page
    path = step("calendar", side="left", connection=encode_id(desk.left.connection))
    answer = submit(desk.browser, path, name="Copies", color="#112233")
    assert answer.status_code == 422
    assert "cannot be created on this server" in answer.text


def test_a_read_only_calendar_can_only_be_copied_from(desk: Desk) -> None:
    set_calendar(desk.right.calendar, read_only=True)

    page = desk.browser.get(step("direction", left=desk.key(LEFT), right=desk.key(RIGHT))).text

    assert 'value="right_to_left" required checked' in page
    assert page.count("Not possible: a calendar that would be written can only be read.") == 2
    ends = {"left": desk.key(LEFT), "right": desk.key(RIGHT)}
    forced = submit(
        desk.browser,
        step("direction", **ends),
        f"{PAGE}/new/direction",
        **ends,
        direction="both",
    )
    assert forced.status_code == 422
    assert 'id="f-direction-error"' in forced.text


def test_two_read_only_calendars_are_no_pair(desk: Desk) -> None:
    for hands in (desk.left, desk.right):
        set_calendar(hands.calendar, read_only=True)

    answer = desk.browser.get(step("direction", left=desk.key(LEFT), right=desk.key(RIGHT)))

    assert answer.status_code == 422
    assert "Both calendars can only be read." in answer.text


def test_hidden_titles_need_one_direction(desk: Desk) -> None:
    ends = {"left": desk.key(LEFT), "right": desk.key(RIGHT)}
    page = step("direction", **ends)
    fields = {**ends, "title_mask": "Busy"}

    refused = submit(desk.browser, page, f"{PAGE}/new/direction", **fields, direction="both")
    assert refused.status_code == 422
    assert 'id="f-title_mask-error"' in refused.text
    assert 'value="Busy"' in refused.text

    start = preview_of(desk, direction="left_to_right", title_mask="Busy")
    assert "Copies are titled “Busy”." in desk.read(start)


def test_the_preview_leads_back_to_the_direction_with_what_was_chosen(desk: Desk) -> None:
    start = preview_of(desk, direction="left_to_right", title_mask="Busy")

    answer = desk.press(start.replace("/start", "/discard"), start)

    assert answer.status_code == 303
    page = desk.browser.get(answer.headers["Location"]).text
    assert 'value="left_to_right" required checked' in page
    assert 'value="Busy"' in page
    assert desk.services.pairs.list(desk.host.id) == ()


def test_choosing_again_after_a_preview_replaces_the_pair_that_never_started(desk: Desk) -> None:
    preview_of(desk, direction="both")

    preview_of(desk, direction="right_to_left")

    (view,) = desk.services.pairs.list(desk.host.id)
    assert view.direction == "right_to_left"


def test_two_calendars_are_one_pair_at_most(desk: Desk) -> None:
    desk.join()
    desk.sync()
    ends = {"left": desk.key(LEFT), "right": desk.key(RIGHT)}

    answer = submit(
        desk.browser,
        step("direction", **ends),
        f"{PAGE}/new/direction",
        **ends,
        direction="both",
    )

    assert answer.status_code == 409
    assert "These two calendars are a pair already." in words_of(answer.text)


def test_a_pair_that_never_started_is_listed_as_such_and_copies_nothing(desk: Desk) -> None:
    desk.fill(1)
    start = preview_of(desk, direction="both")

    page = desk.read(PAGE)

    assert "Not started" in page
    assert "See the preview" in page
    assert desk.browser.get(start.removesuffix("/start")).headers["Location"] == start
    assert desk.right.titles() == []


def test_a_started_pair_is_not_discarded(desk: Desk) -> None:
    desk.join()
    desk.sync()

    page = desk.follow(desk.press(f"{desk.path}/discard"))

    assert "This pair was started already." in page
    assert desk.view().status == "active"


def test_a_server_that_does_not_answer_is_told_in_place_of_the_preview(desk: Desk) -> None:
    start = preview_of(desk, direction="both")
    with writing() as session:
        session.get_one(Connection, desk.left.connection).url = "http://127.0.0.1:9/"
        set_key = update(Calendar).where(Calendar.id == desk.left.calendar)
        session.execute(set_key.values(remote_key="http://127.0.0.1:9/gone/"))

    answer = desk.browser.get(start)

    assert answer.status_code == 424
    assert "The calendars could not be compared" in answer.text
    assert f'href="{start}"' in answer.text
    assert csrf_of(answer)
