"""Teams: who sees them, who may change what, who may join, and who may leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from booking.accounts.models import User
from booking.core.errors import Conflict, Forbidden, InvalidInput, NotFound, SlugTaken
from booking.db import reading, writing
from booking.security.audit import first_broken
from booking.teams import store
from booking.teams.values import Role
from tests.availability.hosts import add_user, slots_version
from tests.conftest import MONDAY
from tests.teams.crew import Crew, make_crew


def run_site(user_id: int) -> None:
    with writing() as session:
        session.get_one(User, user_id).is_admin = True


def test_who_makes_a_team_is_its_owner(crew: Crew) -> None:
    view = crew.teams.create(crew.stranger, {"name": "Küche & Co"})

    assert (view.slug, view.role, view.limits) == ("kuche-co", Role.OWNER, {})
    assert [each.user_id for each in crew.teams.members(crew.stranger, view.id)] == [crew.stranger]


def test_an_address_belongs_to_one_team_of_the_site(either_crew: Crew) -> None:
    crew = either_crew

    again = crew.teams.create(crew.stranger, {"name": "Sales"})
    with pytest.raises(SlugTaken):
        crew.teams.create(crew.stranger, {"name": "Other", "slug": "sales"})
    with pytest.raises(SlugTaken):
        crew.teams.change(crew.stranger, again.id, {"slug": "sales"})

    assert again.slug == "sales-2"
    assert crew.teams.change(crew.stranger, again.id, {"slug": "sales-2"}).slug == "sales-2"


def test_a_stranger_does_not_see_that_a_team_exists(crew: Crew) -> None:
    attempts: list[Callable[[int], object]] = [
        lambda team: crew.teams.get(crew.stranger, team),
        lambda team: crew.teams.change(crew.stranger, team, {"name": "Mine"}),
        lambda team: crew.teams.delete(crew.stranger, team),
        lambda team: crew.teams.members(crew.stranger, team),
        lambda team: crew.teams.member(crew.stranger, team, crew.owner),
        lambda team: crew.teams.find_member(crew.stranger, team, {"username": "owner"}),
        lambda team: crew.teams.add_member(crew.stranger, team, {"user_id": crew.stranger}),
        lambda team: crew.teams.set_role(crew.stranger, team, crew.owner, {"role": "member"}),
        lambda team: crew.teams.remove_member(crew.stranger, team, crew.owner),
    ]
    for attempt in attempts:
        for team in (crew.team, 5):
            with pytest.raises(NotFound):
                attempt(team)
    assert crew.teams.list(crew.stranger) == ()


def test_members_look_admins_change_owners_delete(crew: Crew) -> None:
    assert crew.teams.get(crew.member, crew.team).role is Role.MEMBER
    for forbidden in (
        lambda: crew.teams.change(crew.member, crew.team, {"name": "Mine"}),
        lambda: crew.teams.add_member(crew.member, crew.team, {"user_id": crew.stranger}),
        lambda: crew.teams.set_role(crew.member, crew.team, crew.member, {"role": "admin"}),
        lambda: crew.teams.remove_member(crew.member, crew.team, crew.admin),
        lambda: crew.teams.delete(crew.admin, crew.team),
    ):
        with pytest.raises(Forbidden):
            forbidden()

    assert crew.teams.change(crew.admin, crew.team, {"name": "Buying"}).name == "Buying"
    crew.teams.delete(crew.owner, crew.team)
    assert crew.teams.list(crew.owner) == ()


def test_only_owners_make_and_unmake_owners(crew: Crew) -> None:
    for forbidden in (
        lambda: crew.teams.set_role(crew.admin, crew.team, crew.member, {"role": "owner"}),
        lambda: crew.teams.set_role(crew.admin, crew.team, crew.owner, {"role": "member"}),
        lambda: crew.teams.remove_member(crew.admin, crew.team, crew.owner),
        lambda: crew.teams.add_member(
            crew.admin, crew.team, {"user_id": crew.stranger, "role": "owner"}
        ),
    ):
        with pytest.raises(Forbidden):
            forbidden()

    crew.teams.set_role(crew.admin, crew.team, crew.member, {"role": "admin"})
    crew.teams.set_role(crew.owner, crew.team, crew.member, {"role": "owner"})
    crew.teams.set_role(crew.member, crew.team, crew.owner, {"role": "member"})

    roles = {each.user_id: each.role for each in crew.teams.members(crew.owner, crew.team)}
    assert roles == {crew.owner: "member", crew.admin: "admin", crew.member: "owner"}


def test_the_last_owner_stays(either_crew: Crew) -> None:
    crew = either_crew
    with pytest.raises(Conflict):
        crew.teams.remove_member(crew.owner, crew.team, crew.owner)
    with pytest.raises(Conflict):
        crew.teams.set_role(crew.owner, crew.team, crew.owner, {"role": "admin"})

    assert crew.teams.get(crew.owner, crew.team).role is Role.OWNER
    crew.teams.set_role(crew.owner, crew.team, crew.admin, {"role": "owner"})
    crew.teams.remove_member(crew.owner, crew.team, crew.owner)
    assert crew.teams.list(crew.owner) == ()


def test_an_owner_whose_account_is_closed_does_not_count(crew: Crew) -> None:
    crew.teams.set_role(crew.owner, crew.team, crew.admin, {"role": "owner"})
    with writing() as session:
        session.get_one(User, crew.admin).disabled_at = MONDAY

    with pytest.raises(Conflict):
        crew.teams.remove_member(crew.owner, crew.team, crew.owner)


def test_a_member_leaves_without_being_asked(crew: Crew) -> None:
    crew.teams.remove_member(crew.member, crew.team, crew.member)

    assert crew.teams.list(crew.member) == ()


@pytest.mark.parametrize(
    "who", [{"username": "Stranger"}, {"email": " STRANGER@example.test"}], ids=str
)
def test_a_member_is_named_by_username_or_address(crew: Crew, who: dict[str, str]) -> None:
    view = crew.teams.add_member(crew.admin, crew.team, who)

    assert (view.user_id, view.role, view.joined_at) == (crew.stranger, "member", MONDAY)
    assert crew.teams.find_member(crew.member, crew.team, who) == crew.stranger


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/user_id"),
        ({"username": "stranger", "email": "stranger@example.test"}, "/email"),
        ({"user_id": 7}, "/user_id"),
        ({"user_id": "7"}, "/user_id"),
        ({"username": "nobody"}, "/username"),
        ({"email": "nobody@example.test"}, "/email"),
        ({"email": "nobody"}, "/email"),
        ({"username": "stranger", "role": "boss"}, "/role"),
        ({"username": "stranger", "age": 5}, "/age"),
    ],
)
def test_who_cannot_join_is_named_by_a_pointer(
    crew: Crew, fields: dict[str, object], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        crew.teams.add_member(crew.owner, crew.team, fields)

    assert [fault.pointer for fault in caught.value.fields] == [pointer]


def test_a_closed_account_does_not_join_and_a_member_does_not_join_again(crew: Crew) -> None:
    with writing() as session:
        session.get_one(User, crew.stranger).disabled_at = MONDAY

    with pytest.raises(InvalidInput):
        crew.teams.add_member(crew.owner, crew.team, {"user_id": crew.stranger})
    with pytest.raises(Conflict):
        crew.teams.add_member(crew.owner, crew.team, {"user_id": crew.member})


def test_on_an_open_site_strangers_and_unknown_addresses_answer_alike(app: Flask) -> None:
    crew = make_crew(signup="open")

    told = set()
    for who in ({"username": "stranger"}, {"email": "nobody@example.test"}, {"user_id": 5}):
        with pytest.raises(Forbidden) as caught:
            crew.teams.add_member(crew.owner, crew.team, who)
        told.add(caught.value.message)

    assert len(told) == 1


def test_on_an_open_site_those_join_whom_the_asker_knows(app: Flask) -> None:
    crew = make_crew(signup="open")
    other = crew.teams.create(crew.owner, {"name": "Other"}).id

    crew.teams.add_member(crew.owner, other, {"user_id": crew.member})
    run_site(crew.owner)
    crew.teams.add_member(crew.owner, other, {"user_id": crew.stranger})

    assert len(crew.teams.members(crew.owner, other)) == 3


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "T", "slug": "Two Words"}, "/slug"),
        ({"name": "T", "limits": {"people": {}}}, "/limits/people"),
        ({"name": "T", "limits": {"bookings": {"day": 5, "week": 2}}}, "/limits/bookings/week"),
        ({"name": "T", "limits": {"minutes": {"day": float("nan")}}}, "/limits/minutes/day"),
        ({"name": "T", "limits": None}, "/limits"),
        ({"name": "T", "members": []}, "/members"),
    ],
)
def test_a_faulty_team_is_refused_where_it_is_faulty(
    crew: Crew, fields: dict[str, object], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        crew.teams.create(crew.owner, fields)

    assert [fault.pointer for fault in caught.value.fields] == [pointer]


def test_a_change_voids_the_slots_of_everybody_in_the_team(crew: Crew) -> None:
    people = (crew.owner, crew.admin, crew.member)
    before = [slots_version(each) for each in (*people, crew.stranger)]

    crew.teams.change(crew.admin, crew.team, {"limits": {"bookings": {"day": 3}}})

    after = [slots_version(each) for each in (*people, crew.stranger)]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 1, 0]
    assert crew.teams.get(crew.member, crew.team).limits == {"bookings": {"day": 3}, "minutes": {}}


def test_companions_are_those_with_whom_a_team_is_shared(crew: Crew) -> None:
    add_user("nobody-knows")
    everybody = [crew.owner, crew.admin, crew.member, crew.stranger]

    with reading() as session:
        assert store.companions_among(session, crew.member, everybody) == set(everybody[:3])
        assert store.companions_among(session, crew.stranger, everybody) == set()
    around = crew.teams.people(crew.member)
    assert [each.name for each in around] == ["Admin", "Member", "Owner"]
    with_stranger = crew.teams.people(crew.member, [crew.stranger])
    assert [each.name for each in with_stranger] == ["Admin", "Member", "Owner", "Stranger"]


def test_changes_of_roles_stand_in_the_audit_log(crew: Crew) -> None:
    with reading() as session:
        assert first_broken(session) is None
        assert store.role_of(session, crew.team, crew.admin) is Role.ADMIN
        assert store.is_admin(session, crew.team, crew.owner)
        assert not store.is_admin(session, crew.team, crew.member)
        assert store.role_of(session, crew.team, crew.stranger) is None
