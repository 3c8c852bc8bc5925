"""Several hosts on the guest's pages: a team's pages, and who is named when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests.conftest import HostAccount, HostFactory
from tests.web.guest import Guest, hidden_of, starts_of, text_of

AFTERNOON = "2026-11-24T15:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A team of three, of whom the last lives in New York."""

    app: Flask
    hosts: tuple[HostAccount, ...]
    team_id: int

    def offer(self, *, in_team: bool = True, **fields: Any) -> Guest:
        """Let the first of the three offer something with all of them."""
        wanted = {
            "title": "Intro call",
            "slug": "intro",
            "duration_minutes": 60,
            "scheduling": "collective",
            "hosts": [{"user_id": host.id} for host in self.hosts],
            **({"team_id": self.team_id} if in_team else {}),
            **fields,
        }
        made = self.app.extensions["booking"].event_types.create(self.hosts[0].id, wanted)
        return Guest(client=self.app.test_client(), path=made.public_path)


@pytest.fixture
def site(app: Flask, make_host: HostFactory) -> Site:
    hosts = (
        make_host(username="first"),
        make_host(username="second"),
        make_host(username="third", time_zone="America/New_York"),
    )
    teams = app.extensions["booking"].teams
    team = teams.create(hosts[0].id, {"name": "Sales team", "slug": "sales"})
    for host in hosts[1:]:
        teams.add_member(hosts[0].id, team.id, {"user_id": host.id})
    return Site(app=app, hosts=hosts, team_id=team.id)


def test_a_teams_page_lists_its_event_types_and_hides_hidden_ones(site: Site) -> None:
    guest = site.offer()
    site.offer(slug="secret", title="Secret", hidden=True)
    site.offer(in_team=False, slug="own", title="Own call")

    page = guest.client.get("/team/sales")

    assert "Sales team Choose what you would like to meet about. Intro call" in text_of(page)
    assert 'href="/team/sales/intro"' in page.text
    assert "Secret" not in page.text
    assert "Own call" not in page.text


def test_a_team_without_event_types_has_a_page(site: Site) -> None:
    page = site.app.test_client().get("/team/sales")

    assert "No meetings on offer" in page.text


def test_a_teams_event_type_is_not_on_its_owners_page(site: Site) -> None:
    guest = site.offer()

    assert guest.client.get("/first/intro").status_code == 404
    assert "Intro call" not in guest.client.get("/first").text


@pytest.mark.parametrize(
    "path",
    ["/team", "/team/nobody", "/team/sales/nothing", "/team/nobody/intro", "/team/sales/intro/x"],
)
def test_an_unknown_address_of_a_team_is_not_found(site: Site, path: str) -> None:
    guest = site.offer()

    assert guest.client.get(path).status_code == 404


@pytest.mark.parametrize("below", ["", "/details", "/renew"])
def test_nothing_can_be_sent_to_an_unknown_team(site: Site, below: str) -> None:
    answer = site.app.test_client().post(f"/team/nobody/intro{below}", data={"start": AFTERNOON})

    assert answer.status_code == 404


def test_an_event_type_called_like_a_page_of_ours_stands_on_the_teams_page(site: Site) -> None:
    guest = site.offer(slug="details", title="All the details")

    assert "All the details" in text_of(guest.look())


def test_a_guest_books_on_a_teams_page(site: Site) -> None:
    guest = site.offer()
    assert AFTERNOON in starts_of(guest.look("?date=2026-11-24"))

    form = guest.open_form(AFTERNOON)
    page = guest.client.get(guest.send(form).headers["Location"])

    assert "You're booked" in text_of(page)
    assert re.search(r'href="/team/sales/intro\?[^"]*date=2026-11-24"', form.text)


def test_a_hold_on_a_teams_page_is_renewed_there(site: Site) -> None:
    guest = site.offer()
    hold = hidden_of(guest.open_form(AFTERNOON))["hold"]

    answer = guest.client.post(f"{guest.path}/renew", data={"hold": hold})

    assert answer.status_code == 200


def test_all_hosts_are_named_where_all_take_part(site: Site) -> None:
    guest = site.offer()

    assert "Sales team Intro call 1 hour With First, Second and Third" in text_of(guest.look())
    booked = text_of(guest.client.get(guest.book(AFTERNOON)))
    assert "Hosts First, Second and Third" in booked
    assert "For Third: 10:00 \N{EN DASH} 11:00, New York" in booked


def test_all_hosts_are_named_outside_a_team_too(app: Flask, site: Site) -> None:
    guest = site.offer(in_team=False)

    page = guest.look()

    assert "<title>Intro call with First, Second and Third</title>" in page.text
    assert "First, Second and Third see what you enter here." in text_of(guest.open_form(AFTERNOON))


def test_before_booking_the_team_stands_for_the_host_who_is_chosen_after(site: Site) -> None:
    guest = site.offer(scheduling="round_robin", requires_confirmation=True)

    page = text_of(guest.look())
    form = text_of(guest.open_form(AFTERNOON))
    booked = text_of(guest.client.get(guest.book(AFTERNOON)))

    assert "Your host is chosen when you book" in page
    assert "Sales team confirms each request" in page
    assert not any(name in page + form for name in ("First", "Second", "Third"))
    chosen = [name for name in ("First", "Second", "Third") if f"Host {name} Who" in booked]
    assert len(chosen) == 1
    assert f"{chosen[0]} has until" in booked


def test_without_a_team_nobody_is_named_before_the_host_is_chosen(site: Site) -> None:
    guest = site.offer(in_team=False, scheduling="round_robin")

    page = guest.look()

    assert "<title>Intro call</title>" in page.text
    assert "First" not in text_of(page)
    assert "Your host sees what you enter here." in text_of(guest.open_form(AFTERNOON))


def test_hosts_who_always_take_part_are_named(site: Site) -> None:
    hosts = [{"user_id": host.id, "fixed": host is site.hosts[0]} for host in site.hosts]
    guest = site.offer(scheduling="round_robin", hosts=hosts)

    assert "With First and one more, chosen when you book" in text_of(guest.look())


def test_moving_and_booking_again_stay_on_the_teams_page(site: Site) -> None:
    guest = site.offer()
    address = guest.book(AFTERNOON)

    moving = guest.client.get(address.replace("?", "/reschedule?", 1))
    guest.client.post(address.replace("?", "/cancel?", 1))
    gone = guest.client.get(address)

    assert "Booked now" in text_of(moving)
    assert 'href="/team/sales/intro' in gone.text
