"""Out of office on the guest's pages: the colleague is named, the reason is not."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import HostAccount, HostFactory
from tests.web.guest import Guest, text_of, visit

SAID = "Away until 12 January. You can book Second instead"


@pytest.fixture
def host(make_host: HostFactory) -> HostAccount:
    make_host(username="second")
    return make_host(username="first")


@pytest.fixture
def guest(app: Flask, host: HostAccount) -> Guest:
    return visit(app, host)


def _away(host: HostAccount, start: str, end: str = "2027-01-12", **fields: str) -> None:
    sent = {"start_date": start, "end_date": end, "reason": "Surgery", "redirect_to": "second"}
    answer = host.call("POST", "/api/v1/out-of-office", json={**sent, **fields})
    assert answer.status_code == 201, answer.text


def test_a_page_that_opens_after_an_absence_names_the_colleague(
    guest: Guest, host: HostAccount
) -> None:
    _away(host, "2026-11-23")

    page = guest.look()

    assert SAID in text_of(page)
    assert '<a href="/second">book Second instead</a>' in page.text
    assert "January 2027" in text_of(page)
    assert "Surgery" not in page.text


@pytest.mark.parametrize("query", ["?month=2026-12", "?date=2026-12-15", "?month=2027-01"])
def test_dates_without_times_name_the_colleague(
    guest: Guest, host: HostAccount, query: str
) -> None:
    _away(host, "2026-12-01")

    assert SAID in text_of(guest.look(query))


@pytest.mark.parametrize("query", ["", "?date=2026-11-30", "?date=2027-01-13", "?month=2027-02"])
def test_dates_with_times_do_not(guest: Guest, host: HostAccount, query: str) -> None:
    _away(host, "2026-12-01")

    assert "Away" not in text_of(guest.look(query))


def test_an_absence_without_a_colleague_is_not_told(guest: Guest, host: HostAccount) -> None:
    sent = {"start_date": "2026-12-01", "end_date": "2027-01-12", "reason": "Surgery"}
    host.call("POST", "/api/v1/out-of-office", json=sent)

    page = guest.look("?month=2026-12")

    assert "Away" not in text_of(page)
    assert "Surgery" not in page.text


def test_who_moves_a_booking_is_not_sent_elsewhere(guest: Guest, host: HostAccount) -> None:
    address = guest.book("2026-11-24T09:00:00Z")
    _away(host, "2026-12-01")

    page = guest.client.get(address.replace("?", "/reschedule?month=2026-12&", 1))

    assert page.status_code == 200
    assert "Away" not in text_of(page)
