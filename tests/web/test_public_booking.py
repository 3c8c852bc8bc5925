"""From a pressed time to a booking: hold, form, answers, faults kept, no booking twice."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.core.clock import FrozenClock
from tests.conftest import HostAccount, HostFactory
from tests.web.guest import MONDAY_NINE, MONDAY_TEN, Guest, hidden_of, starts_of, text_of, visit

MONDAY_THREE = "2026-11-23T14:00:00Z"
_QUESTIONS = [
    {"key": "topic", "label": "Topic", "type": "text", "required": True},
    {"key": "size", "label": "Size", "type": "select", "options": ["small", "large"]},
    {"key": "days", "label": "Days", "type": "checkbox", "options": ["Mon", "Tue"]},
    {"key": "terms", "label": "Terms", "type": "checkbox"},
]


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    return make_host(username="teacher")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    return visit(app, host)


def _bookings(host: HostAccount) -> list[dict[str, object]]:
    found: list[dict[str, object]] = host.call("GET", "/api/v1/bookings").get_json()["data"]
    return found


def test_a_pressed_time_is_held_and_leads_to_the_form(guest: Guest) -> None:
    answer = guest.press(MONDAY_TEN)

    assert answer.status_code == 303
    assert f"start={MONDAY_TEN.replace(':', '%3A')}" in answer.headers["Location"]
    assert MONDAY_TEN not in starts_of(guest.look())


def test_the_holder_still_sees_the_held_time(guest: Guest) -> None:
    form = guest.open_form(MONDAY_TEN)

    assert MONDAY_TEN in starts_of(guest.look(f"?hold={hidden_of(form)['hold']}"))


def test_pressing_another_time_gives_the_first_one_up(guest: Guest) -> None:
    form = guest.open_form(MONDAY_TEN)

    guest.press("2026-11-23T11:00:00Z", hold=hidden_of(form)["hold"])

    assert MONDAY_TEN in starts_of(guest.look())


def test_looking_at_the_form_changes_nothing(guest: Guest) -> None:
    guest.client.get(f"{guest.path}/details?start={MONDAY_TEN}")

    assert MONDAY_TEN in starts_of(guest.look())


def test_booking_leads_to_the_bookings_page(guest: Guest, host: HostAccount) -> None:
    page = guest.client.get(guest.book(MONDAY_TEN))

    assert "You're booked" in text_of(page)
    assert "10:00 \N{EN DASH} 11:00 Monday 23 November 2026 Berlin (UTC+1)" in text_of(page)
    assert [entry["start"] for entry in _bookings(host)] == [MONDAY_TEN]


def test_the_hosts_clock_stands_beside_the_guests(guest: Guest) -> None:
    page = guest.client.get(guest.book(MONDAY_TEN, tz="Asia/Tokyo"))

    assert "18:00 \N{EN DASH} 19:00 Monday 23 November 2026 Tokyo (UTC+9)" in text_of(page)
    assert "For Teacher: 10:00 \N{EN DASH} 11:00, Berlin (UTC+1)" in text_of(page)


def test_the_same_form_sent_twice_books_once(guest: Guest, host: HostAccount) -> None:
    form = guest.open_form(MONDAY_TEN)

    first, second = guest.send(form), guest.send(form)

    assert first.headers["Location"] == second.headers["Location"]
    assert len(_bookings(host)) == 1


def test_a_form_without_its_hidden_fields_books_too(guest: Guest, host: HostAccount) -> None:
    answer = guest.client.post(f"{guest.path}/details", data={"start": MONDAY_TEN, **guest.details})

    assert answer.status_code == 303
    assert len(_bookings(host)) == 1


def test_faults_are_listed_and_linked_and_values_are_kept(guest: Guest) -> None:
    form = guest.open_form(MONDAY_TEN)

    page = guest.send(form, name="Some", email="not an address")

    assert page.status_code == 422
    assert '<a href="#f-email">Enter an email address like name@example.com.</a>' in page.text
    assert 'value="Some"' in page.text
    assert 'value="not an address"' in page.text
    assert 'aria-invalid="true"' in page.text


def test_a_form_with_faults_keeps_its_hold_and_key(guest: Guest) -> None:
    form = guest.open_form(MONDAY_TEN)

    page = guest.send(form, name="")

    kept = hidden_of(page)
    assert {name: kept[name] for name in ("hold", "idempotency_key", "start")} == {
        name: hidden_of(form)[name] for name in ("hold", "idempotency_key", "start")
    }


def test_the_trap_for_robots_books_nothing(guest: Guest, host: HostAccount) -> None:
    form = guest.open_form(MONDAY_TEN)

    page = guest.send(form, website="https://spam.example")

    assert page.status_code == 422
    assert _bookings(host) == []


def test_questions_are_asked_and_answered(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, slug="asks", questions=_QUESTIONS)
    form = guest.open_form(MONDAY_TEN)

    answer = guest.send(
        form, **{"q-topic": "Plans", "q-size": "large", "q-days": ["Mon", "Tue"], "q-terms": "1"}
    )

    assert answer.status_code == 303, text_of(answer)
    page = guest.client.get(answer.headers["Location"])
    assert "Topic Plans Size large Days Mon, Tue Terms Yes" in text_of(page)


def test_a_missing_answer_is_named_at_its_question(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, slug="asks", questions=_QUESTIONS)
    form = guest.open_form(MONDAY_TEN)

    page = guest.send(form, **{"q-size": "large", "q-days": "Tue"})

    assert page.status_code == 422
    assert '<a href="#f-q-topic">' in page.text
    assert '<option value="large" selected>' in page.text
    assert 'value="Tue" checked' in page.text


def test_more_people_can_be_invited(guest: Guest) -> None:
    answer = guest.send(
        guest.open_form(MONDAY_TEN), guests="noa@example.test,\n kim@example.test noa@example.test"
    )

    page = guest.client.get(answer.headers["Location"])
    assert "noa@example.test kim@example.test" in text_of(page)


@pytest.mark.parametrize(
    ("guests", "message"),
    [
        ("nobody", "“nobody” is not an email address."),
        (" ".join(f"a{n}@example.test" for n in range(11)), "Invite up to 10 people."),
    ],
)
def test_bad_invitations_are_refused(guest: Guest, guests: str, message: str) -> None:
    page = guest.send(guest.open_form(MONDAY_TEN), guests=guests)

    assert page.status_code == 422
    assert message in text_of(page)


def test_a_place_is_chosen_and_a_number_asked_where_the_host_calls(
    app: Flask, host: HostAccount
) -> None:
    options = [{"type": "in_person", "address": "Main Street 1"}, {"type": "phone"}]
    guest = visit(app, host, slug="any", location={"type": "guest_choice", "options": options})
    form = guest.open_form(MONDAY_TEN)

    without = guest.send(form, place="1")
    page = guest.client.get(guest.send(form, place="0").headers["Location"])

    assert "The host calls you: give your phone number." in text_of(without)
    assert "In person: Main Street 1" in text_of(page)


def test_a_taken_time_names_the_nearest_ones(guest: Guest) -> None:
    guest.book(MONDAY_TEN)

    page = guest.press(MONDAY_TEN)

    assert page.status_code == 409
    assert "10:00 was just taken. Nearest: 11:00 12:00 13:00" in text_of(page)


def test_a_taken_time_leaves_its_day_open(guest: Guest) -> None:
    guest.book("2026-11-25T09:00:00Z")

    page = guest.press("2026-11-25T09:00:00Z")

    assert "Wednesday 25 November" in text_of(page)
    assert 'data-here="?date=2026-11-25"' in page.text


def test_a_time_taken_while_typing_keeps_the_form(guest: Guest, clock: FrozenClock) -> None:
    form = guest.open_form(MONDAY_THREE)
    clock.advance(minutes=6)
    guest.book(MONDAY_THREE, name="Somebody faster")

    page = guest.send(form, name="First Guest")

    assert page.status_code == 409
    assert "15:00 was just taken." in text_of(page)
    assert 'value="First Guest"' in page.text


def test_the_nearest_time_can_be_taken_with_the_form_as_it_is(
    guest: Guest, clock: FrozenClock, host: HostAccount
) -> None:
    form = guest.open_form(MONDAY_THREE)
    clock.advance(minutes=6)
    guest.book(MONDAY_THREE)
    taken = guest.send(form)

    page = guest.send(taken, start_instead="2026-11-23T15:00:00Z", name="Some")

    assert page.status_code == 200
    assert "16:00 \N{EN DASH} 17:00" in text_of(page)
    assert guest.send(page, name="Some").status_code == 303
    assert "2026-11-23T15:00:00Z" in {entry["start"] for entry in _bookings(host)}


def test_a_hold_that_lapsed_is_no_obstacle_while_the_time_is_free(
    guest: Guest, clock: FrozenClock
) -> None:
    form = guest.open_form(MONDAY_THREE)

    clock.advance(minutes=6)

    assert guest.send(form).status_code == 303


def test_a_time_too_close_is_told_so(guest: Guest) -> None:
    page = guest.press(MONDAY_NINE)

    assert page.status_code == 409
    assert "09:00 is now too soon to book." in text_of(page)


def test_a_hold_is_renewed_until_it_may_not_be(guest: Guest, clock: FrozenClock) -> None:
    hold = hidden_of(guest.open_form(MONDAY_TEN))["hold"]

    clock.advance(minutes=4)
    renewed = guest.client.post(f"{guest.path}/renew", data={"hold": hold})
    clock.advance(minutes=20)
    lapsed = guest.client.post(f"{guest.path}/renew", data={"hold": hold})

    assert int(renewed.text) == int(clock.now().timestamp()) - 20 * 60 + 5 * 60
    assert lapsed.status_code == 409


def test_a_request_waits_for_the_hosts_word(app: Flask, host: HostAccount) -> None:
    guest = visit(app, host, slug="asked", requires_confirmation=True)
    form = guest.open_form("2026-11-27T09:00:00Z")

    page = guest.client.get(guest.send(form).headers["Location"])

    assert "Request this time" in text_of(form)
    assert "Requested" in text_of(page)
    assert "Teacher has until Wed 08:00; the time is kept for you." in text_of(page)


def test_prefill_fills_and_never_sends(guest: Guest, host: HostAccount) -> None:
    page = guest.client.get(f"{guest.path}/details?start={MONDAY_TEN}&name=Some&email=a@b.example")

    assert 'value="Some"' in page.text
    assert 'value="a@b.example"' in page.text
    assert _bookings(host) == []


@pytest.mark.parametrize(
    "start", ["", "now", "2026-11-23T09:00:00", "9" * 400, "2026-13-01T00:00Z"]
)
def test_a_form_without_a_time_leads_back(guest: Guest, start: str) -> None:
    answer = guest.client.get(f"{guest.path}/details", query_string={"start": start})

    assert answer.status_code == 303
    assert guest.path in answer.headers["Location"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"start": "x"},
        {"start": MONDAY_TEN, "name": "\x01\x02", "email": "a@b.example"},
        {"start": "1900-01-01T00:00:00Z", "name": "A", "email": "a@b.example"},
        {"start": MONDAY_TEN, "name": "A" * 5000, "email": "a@b.example"},
        {"start": MONDAY_TEN, "name": "A", "email": "a@b.example", "place": "999999999999"},
        {"start": MONDAY_TEN, "name": "A", "email": "a@b.example", "idempotency_key": "k" * 9999},
        {"start": MONDAY_TEN, "name": "A", "email": "a@b.example", "phone": "\ud800"},
        {"start_instead": "2199-01-01T00:00:00Z"},
    ],
)
def test_hostile_forms_are_refused_calmly(guest: Guest, data: dict[str, str]) -> None:
    encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in data.items()}

    answer = guest.client.post(f"{guest.path}/details", data=encoded)

    assert answer.status_code in {303, 409, 422}


@pytest.mark.parametrize("start", ["", "x", "2150-01-01T00:00:00Z", "1900-01-01T00:00:00Z"])
def test_hostile_presses_are_refused_calmly(guest: Guest, start: str) -> None:
    assert guest.press(start).status_code in {409, 422}
