"""The calendar server goes away, or talks nonsense: guests do not notice, nothing is lost."""

from __future__ import annotations

import time

import pytest
import requests

from tests.servers.radicale_server import Radicale
from tests.site import Site

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]


def _seconds(site: Site) -> float:
    """Return the median time of five requests for slots."""
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        assert site.get("/sitehost/intro").status_code == 200
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[2]


def _put_event(site: Site, start: str) -> None:
    """Put an event into the conflict calendar, as any calendar program does."""
    stamp = start.replace("-", "").replace(":", "")
    site.account.put(
        site.conflict_url,
        "plain.ics",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:plain\r\n"
        f"DTSTAMP:20261121T000000Z\r\nDTSTART:{stamp}\r\nDURATION:PT30M\r\n"
        "SUMMARY:Plain client\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    )


def test_bookings_are_taken_while_the_calendar_server_is_away_and_written_when_it_is_back(
    site: Site, radicale: Radicale
) -> None:
    starts = site.starts()
    before = _seconds(site)

    with radicale.outage():
        answers = [site.book(start, guest=f"guest{n}") for n, start in enumerate(starts[:6:2])]
        during = _seconds(site)
        uids = [answer.json()["uid"] for answer in answers]
        path = f"/api/v1/bookings/{uids[0]}"
        site.wait_for(
            lambda: (
                site.get(path, headers=site.as_host).json()["calendar_state"]
                in {"failing", "pending"}
            ),
            20,
            "the host sees that the calendar is behind",
        )

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert during < before * 3 + 0.2
    site.wait_for(lambda: len(site.calendar_events()) == 3, 90, "the events have appeared")


def test_a_minute_without_the_calendar_server_costs_no_booking_and_half_a_minute_at_most(
    site: Site, radicale: Radicale
) -> None:
    starts = site.starts()[::2]
    before = _seconds(site)
    answers: list[requests.Response] = []
    pages: list[float] = []

    with radicale.outage():
        begun = time.monotonic()
        for n, start in enumerate(starts[:12]):
            answers.append(site.book(start, guest=f"guest{n}"))
            pages.append(_seconds(site))
            time.sleep(max(0.0, begun + 5 * (n + 1) - time.monotonic()))

    assert [answer.status_code for answer in answers] == [201] * 12
    assert sorted(pages)[6] < before * 3 + 0.2
    site.wait_for(lambda: len(site.calendar_events()) == 12, 45, "the events have appeared")


def test_an_event_put_into_a_conflict_calendar_takes_its_times_off_an_open_page(
    site: Site,
) -> None:
    start = site.starts()[8]
    site.wait_for(lambda: start in site.starts(), 15, "the page shows the time")

    _put_event(site, start)

    site.wait_for(lambda: start not in site.starts(), 15, "the time is gone")


def test_a_refresh_that_is_asked_for_takes_at_most_two_seconds(site: Site) -> None:
    start = site.starts()[4]
    _put_event(site, start)

    answer = site.post(f"/api/v1/calendars/{site.conflict_id}/refresh", {}, headers=site.as_host)

    assert answer.status_code in {200, 202}, answer.text
    site.wait_for(lambda: start not in site.starts(), 2, "the time is gone")
