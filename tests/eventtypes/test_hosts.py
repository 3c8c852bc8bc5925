"""Hosts, teams, seats and resources of an event type: who may be named, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from booking.accounts.models import User
from booking.core.errors import Forbidden, InvalidInput, NotFound, SlugTaken
from booking.db import reading, writing
from booking.eventtypes import store
from tests.availability.hosts import make_schedules, slots_version
from tests.conftest import MONDAY
from tests.teams.crew import Crew, make_crew


@pytest.fixture
def crew(app: Flask) -> Crew:
    return make_crew()


@pytest.fixture
def open_crew(app: Flask) -> Crew:
    """A crew on a site where anybody may sign up."""
    return make_crew(signup="open")


@pytest.fixture
def either_crew(either_app: Flask) -> Crew:
    return make_crew()


def hosts(*user_ids: int) -> list[dict[str, int]]:
    return [{"user_id": each} for each in user_ids]


def close(user_id: int) -> None:
    with writing() as session:
        session.get_one(User, user_id).disabled_at = MONDAY


def pointers(caught: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [fault.pointer for fault in caught.value.fields]


def test_the_owner_is_the_host_where_none_is_named(crew: Crew) -> None:
    views = [
        crew.event_types.create(crew.member, {"title": "Talk", "scheduling": scheduling})
        for scheduling in ("single", "round_robin", "collective")
    ]

    assert [[host.user_id for host in view.hosts] for view in views] == [[crew.member]] * 3
    assert [crew.hosts(view) for view in views] == [[], [crew.member], [crew.member]]


def test_hosts_come_back_in_their_order_with_all_that_was_said(crew: Crew) -> None:
    schedule = make_schedules().create(crew.member, {"name": "Hours", "time_zone": "UTC"}).id
    wanted = [
        {
            "user_id": crew.member,
            "fixed": True,
            "group": 3,
            "weight": 50,
            "priority": 4,
            "schedule_id": schedule,
        },
        {"user_id": crew.owner, "fixed": False, "group": 0, "weight": 100, "priority": 2},
    ]

    view = crew.event_types.create(
        crew.owner, {"title": "Talk", "scheduling": "round_robin", "hosts": wanted}
    )

    shown = crew.event_types.get(crew.owner, view.id).hosts
    assert [
        {name: getattr(host, name) for name in given}
        for host, given in zip(shown, wanted, strict=True)
    ] == wanted


def test_who_stays_a_host_keeps_the_moment_of_joining(crew: Crew) -> None:
    talk = crew.event_types.create(
        crew.owner, {"title": "Talk", "scheduling": "round_robin", "hosts": hosts(crew.owner)}
    )
    single = crew.event_types.create(crew.owner, {"title": "Single"})
    crew.clock.moment += timedelta(days=3)

    for view in (talk, single):
        crew.event_types.change(
            crew.owner,
            view.id,
            {"scheduling": "collective", "hosts": hosts(crew.admin, crew.owner)},
        )
        with reading() as session:
            since = {row.user_id: row.since for row in store.hosts_of(session, view.id)}
        assert since == {crew.admin: MONDAY + timedelta(days=3), crew.owner: MONDAY}


def test_where_accounts_are_given_out_everybody_is_a_colleague(crew: Crew) -> None:
    wanted = hosts(crew.owner, crew.stranger)

    view = crew.event_types.create(
        crew.owner, {"title": "Talk", "scheduling": "round_robin", "hosts": wanted}
    )

    assert crew.hosts(view) == [crew.owner, crew.stranger]


def test_where_anybody_may_sign_up_only_companions_may_be_named(open_crew: Crew) -> None:
    crew = open_crew
    wanted = hosts(crew.member, crew.stranger, 7)

    with pytest.raises(InvalidInput) as caught:
        crew.event_types.create(
            crew.owner, {"title": "Talk", "scheduling": "collective", "hosts": wanted}
        )

    assert pointers(caught) == ["/hosts/1/user_id", "/hosts/2/user_id"]
    assert len({fault.detail for fault in caught.value.fields}) == 1


def test_who_runs_the_site_may_name_anybody(open_crew: Crew) -> None:
    crew = open_crew
    with writing() as session:
        session.get_one(User, crew.owner).is_admin = True
    fields = {"title": "Talk", "scheduling": "collective"}

    view = crew.event_types.create(crew.owner, {**fields, "hosts": hosts(crew.stranger)})
    with pytest.raises(InvalidInput):
        crew.event_types.create(crew.owner, {**fields, "hosts": hosts(7)})

    assert crew.hosts(view) == [crew.stranger]


def test_a_teams_hosts_are_its_members(crew: Crew) -> None:
    with writing() as session:
        session.get_one(User, crew.owner).is_admin = True

    with pytest.raises(InvalidInput) as caught:
        crew.offer(crew.owner, hosts=hosts(crew.stranger))
    view = crew.offer(crew.owner, hosts=hosts(crew.member))

    assert pointers(caught) == ["/hosts/0/user_id"]
    assert (crew.hosts(view), view.team_slug) == ([crew.member], "sales")
    assert view.public_path == "/team/sales/talk"


def test_a_closed_account_is_no_new_host_and_stays_an_old_one(crew: Crew) -> None:
    talk = crew.offer(crew.owner, scheduling="collective", hosts=hosts(crew.owner, crew.member))
    close(crew.member)
    both = hosts(crew.member, crew.owner)

    assert crew.event_types.change(crew.owner, talk.id, {"hosts": both}).hosts[0].user_id
    with pytest.raises(InvalidInput):
        crew.offer(crew.owner, scheduling="collective", hosts=both)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"hosts": "both"}, "/hosts"),
        ({"hosts": "other"}, "/hosts/0/user_id"),
        ({"hosts": "twice", "scheduling": "round_robin"}, "/hosts/1/user_id"),
        ({"hosts": "hours", "scheduling": "round_robin"}, "/hosts/0/schedule_id"),
    ],
)
def test_hosts_that_do_not_fit_are_refused_where_they_stand(
    crew: Crew, given: dict[str, Any], pointer: str
) -> None:
    foreign = make_schedules().create(crew.owner, {"name": "Hours", "time_zone": "UTC"}).id
    kinds: dict[str, list[dict[str, int]]] = {
        "both": hosts(crew.owner, crew.member),
        "other": hosts(crew.member),
        "twice": hosts(crew.owner, crew.owner),
        "hours": [{"user_id": crew.member, "schedule_id": foreign}],
    }
    fields = {**given, "hosts": kinds[given["hosts"]]}

    with pytest.raises(InvalidInput) as created:
        crew.event_types.create(crew.owner, {"title": "Talk", **fields})
    talk = crew.event_types.create(crew.owner, {"title": "Talk"})
    with pytest.raises(InvalidInput) as changed:
        crew.event_types.change(crew.owner, talk.id, fields)

    assert pointers(created) == pointers(changed) == [pointer]


def test_a_change_that_the_present_hosts_do_not_fit_is_refused(crew: Crew) -> None:
    both = {"scheduling": "collective", "hosts": hosts(crew.owner, crew.member)}
    talk = crew.event_types.create(crew.owner, {"title": "Talk", **both})
    other = crew.teams.create(crew.owner, {"name": "Other"}).id

    for field, value in (("scheduling", "single"), ("team_id", other)):
        with pytest.raises(InvalidInput) as caught:
            crew.event_types.change(crew.owner, talk.id, {field: value})
        assert pointers(caught) == [f"/{field}"]
    assert crew.hosts(talk) == [crew.owner, crew.member]


def test_back_to_single_with_its_one_host(crew: Crew) -> None:
    both = {"scheduling": "collective", "hosts": hosts(crew.owner, crew.member)}
    talk = crew.event_types.create(crew.owner, {"title": "Talk", **both})

    view = crew.event_types.change(
        crew.owner, talk.id, {"scheduling": "single", "hosts": hosts(crew.owner)}
    )

    assert ([host.user_id for host in view.hosts], crew.hosts(view)) == ([crew.owner], [])


def test_a_change_voids_the_slots_of_old_and_new_hosts(crew: Crew) -> None:
    people = (crew.owner, crew.admin, crew.member)
    talk = crew.event_types.create(
        crew.owner, {"title": "Talk", "scheduling": "collective", "hosts": hosts(crew.admin)}
    )
    before = [slots_version(each) for each in people]

    crew.event_types.change(crew.owner, talk.id, {"hosts": hosts(crew.member)})
    crew.event_types.change(crew.owner, talk.id, {"title": "Chat"})
    crew.event_types.delete(crew.owner, talk.id)

    after = [slots_version(each) for each in people]
    assert [new - old for new, old in zip(after, before, strict=True)] == [3, 1, 3]


def test_a_name_is_unique_on_its_page(either_crew: Crew) -> None:
    crew = either_crew
    crew.offer(crew.owner, slug="talk")
    own = crew.event_types.create(crew.owner, {"title": "Talk"})
    other = crew.offer(crew.admin)

    with pytest.raises(SlugTaken):
        crew.offer(crew.admin, slug="talk")
    with pytest.raises(SlugTaken):
        crew.event_types.change(crew.owner, own.id, {"team_id": crew.team})

    assert (own.slug, other.slug) == ("talk", "talk-2")
    moved = crew.event_types.change(crew.owner, own.id, {"team_id": crew.team, "slug": "own"})
    assert (moved.team_id, crew.hosts(moved)) == (crew.team, [crew.owner])


def test_admins_change_members_read_strangers_find_nothing(crew: Crew) -> None:
    talk = crew.offer(crew.admin)

    assert crew.event_types.change(crew.owner, talk.id, {"title": "Chat"}).title == "Chat"
    assert crew.event_types.get(crew.member, talk.id).title == "Chat"
    with pytest.raises(NotFound):
        crew.event_types.get_managed(crew.member, talk.id)
    for asker, error in ((crew.member, Forbidden), (crew.stranger, NotFound)):
        with pytest.raises(error):
            crew.event_types.change(asker, talk.id, {"title": "Mine"})
        with pytest.raises(error):
            crew.event_types.delete(asker, talk.id)
    with pytest.raises(NotFound):
        crew.event_types.get(crew.stranger, talk.id)


def test_the_list_has_what_the_asker_may_change(crew: Crew) -> None:
    talk, own = crew.offer(crew.admin), crew.event_types.create(crew.member, {"title": "Own"})

    listed = {
        user_id: [view.id for view in crew.event_types.list(user_id)]
        for user_id in (crew.owner, crew.admin, crew.member, crew.stranger)
    }

    assert listed == {
        crew.owner: [talk.id],
        crew.admin: [talk.id],
        crew.member: [own.id],
        crew.stranger: [],
    }
    with reading() as session:
        assert store.may_manage(session, crew.owner, talk.id)
        assert not store.may_manage(session, crew.member, talk.id)


def test_only_who_runs_a_team_offers_something_in_its_name(crew: Crew) -> None:
    own = crew.event_types.create(crew.member, {"title": "Own"})

    attempts: list[Callable[[], object]] = [
        lambda: crew.offer(crew.member),
        lambda: crew.offer(crew.stranger),
        lambda: crew.event_types.change(crew.member, own.id, {"team_id": crew.team}),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert pointers(caught) == ["/team_id"]


def test_only_the_owner_takes_an_event_type_out_of_the_team(crew: Crew) -> None:
    talk = crew.offer(crew.admin)

    with pytest.raises(InvalidInput) as caught:
        crew.event_types.change(crew.owner, talk.id, {"team_id": None})
    view = crew.event_types.change(crew.admin, talk.id, {"team_id": None})

    assert pointers(caught) == ["/team_id"]
    assert (view.team_id, view.team_slug, crew.hosts(view)) == (None, None, [])


def test_an_admin_sends_back_what_is_anothers(crew: Crew) -> None:
    schedule = make_schedules().create(crew.admin, {"name": "Hours", "time_zone": "UTC"}).id
    own = crew.resources.create(crew.admin, {"name": "Projector"}).id
    talk = crew.offer(crew.admin, schedule_id=schedule, resources=[own])
    fresh = make_schedules().create(crew.admin, {"name": "Other", "time_zone": "UTC"}).id

    same = {"schedule_id": schedule, "resources": [own], "title": "Chat"}
    assert crew.event_types.change(crew.owner, talk.id, same).title == "Chat"
    with pytest.raises(InvalidInput) as caught:
        crew.event_types.change(crew.owner, talk.id, {"schedule_id": fresh})
    assert pointers(caught) == ["/schedule_id"]


def test_resources_come_back_in_their_order(crew: Crew) -> None:
    rooms = [crew.resources.create(crew.owner, {"name": name}).id for name in "abc"]
    talk = crew.event_types.create(crew.owner, {"title": "Talk", "resources": rooms})
    wanted = [rooms[2], rooms[0]]

    view = crew.event_types.change(crew.owner, talk.id, {"resources": wanted})

    assert view.resources == tuple(wanted)
    with reading() as session:
        assert [each.id for each in store.resources_of(session, talk.id)] == wanted


def test_resources_that_are_not_the_askers_are_refused_where_they_stand(crew: Crew) -> None:
    own = crew.resources.create(crew.member, {"name": "Projector"}).id
    foreign = crew.resources.create(crew.owner, {"name": "Safe"}).id
    shared = crew.resources.create(crew.owner, {"name": "Room", "team_id": crew.team}).id

    with pytest.raises(InvalidInput) as caught:
        crew.event_types.create(
            crew.member, {"title": "Talk", "resources": [own, foreign, shared, 7, own]}
        )

    assert pointers(caught) == ["/resources/1", "/resources/3", "/resources/4"]


def test_there_are_no_more_seats_than_fit_into_the_room(crew: Crew) -> None:
    small = crew.resources.create(crew.owner, {"name": "Small", "capacity": 4}).id
    wide = crew.resources.create(crew.owner, {"name": "Wide"}).id
    course = crew.event_types.create(
        crew.owner, {"title": "Course", "seats": 4, "resources": [wide, small]}
    )
    free = crew.event_types.create(crew.owner, {"title": "Free", "seats": 5})

    for view, fields, pointer in (
        (course, {"seats": 5}, "/seats"),
        (free, {"resources": [wide, small]}, "/resources/1"),
        (free, {"seats": 6, "resources": [small]}, "/seats"),
    ):
        with pytest.raises(InvalidInput) as caught:
            crew.event_types.change(crew.owner, view.id, fields)
        assert pointers(caught) == [pointer]
    assert crew.event_types.change(crew.owner, course.id, {"seats": None}).seats is None


def test_seats_and_series_go_together(crew: Crew) -> None:
    recurrence = {"frequency": "weekly", "interval": 1, "max_count": 10}

    view = crew.event_types.create(
        crew.owner,
        {"title": "Course", "seats": 12, "show_seats_left": True, "recurrence": recurrence},
    )

    assert (view.seats, view.show_seats_left, view.recurrence) == (12, True, recurrence)
    assert crew.event_types.change(crew.owner, view.id, {"recurrence": None}).recurrence is None


def test_a_teams_event_type_outlives_the_account_of_its_owner(crew: Crew) -> None:
    talk = crew.offer(crew.admin, scheduling="round_robin", hosts=hosts(crew.admin, crew.member))

    close(crew.admin)
    assert crew.event_types.public_by_id(talk.id).id == talk.id
    assert crew.event_types.public_team_id("Sales", "Talk") == talk.id

    close(crew.member)
    for missing in (
        lambda: crew.event_types.public_by_id(talk.id),
        lambda: crew.event_types.public_team_id("sales", "talk"),
    ):
        with pytest.raises(NotFound):
            missing()


def test_a_teams_event_type_does_not_stand_on_its_owners_page(crew: Crew) -> None:
    crew.offer(crew.admin)

    assert crew.event_types.public_list("admin") == ()
    for missing in (
        lambda: crew.event_types.public("admin", "talk"),
        lambda: crew.event_types.public_id("admin", "talk"),
        lambda: crew.event_types.public_team_id("admin", "talk"),
        lambda: crew.event_types.public_team_id("sales", "chat"),
    ):
        with pytest.raises(NotFound):
            missing()


def test_hosts_choose_their_own_calendars_for_an_event_type(crew: Crew) -> None:
    talk = crew.offer(crew.admin, hosts=hosts(crew.member))

    with reading() as session:
        takers = [
            user_id
            for user_id in (crew.owner, crew.admin, crew.member, crew.stranger)
            if store.takes_part(session, user_id, talk.id)
        ]

    assert takers == [crew.admin, crew.member]
