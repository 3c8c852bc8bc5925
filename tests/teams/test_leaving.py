"""What is left of somebody who leaves a team: nothing that only members may have."""

from __future__ import annotations

from sqlalchemy import select

from booking.accounts.models import User
from booking.availability.models import Schedule
from booking.calendars.models import SelectedCalendar
from booking.db import reading, writing
from booking.eventtypes.models import EventType
from tests.availability.hosts import make_schedules, slots_version
from tests.teams.crew import Crew, add_calendar, choose_calendar


def host(*user_ids: int) -> list[dict[str, int]]:
    return [{"user_id": each} for each in user_ids]


def test_a_removed_member_hosts_nothing_of_the_team_any_more(crew: Crew) -> None:
    talk = crew.offer(
        crew.admin, scheduling="round_robin", hosts=host(crew.owner, crew.member, crew.admin)
    )

    crew.teams.remove_member(crew.admin, crew.team, crew.member)

    assert crew.hosts(talk) == [crew.owner, crew.admin]
    assert slots_version(crew.member) > 0


def test_an_event_type_without_hosts_is_its_owners(crew: Crew) -> None:
    talk = crew.offer(crew.admin, hosts=host(crew.member))

    crew.teams.remove_member(crew.owner, crew.team, crew.member)

    assert crew.hosts(talk) == [crew.admin]


def test_what_a_removed_member_owned_goes_to_the_remover(crew: Crew) -> None:
    talk = crew.offer(crew.admin)

    crew.teams.remove_member(crew.owner, crew.team, crew.admin)

    view = crew.event_types.get(crew.owner, talk.id)
    assert (view.owner.user_id, crew.hosts(talk)) == (crew.owner, [crew.owner])


def test_what_a_leaver_owned_goes_to_an_owner(crew: Crew) -> None:
    talk = crew.offer(crew.admin)
    room = crew.resources.create(crew.admin, {"name": "Room", "team_id": crew.team})

    crew.teams.remove_member(crew.admin, crew.team, crew.admin)

    assert crew.event_types.get(crew.member, talk.id).owner.user_id == crew.owner
    assert crew.resources.get(crew.member, room.id).user_id == crew.owner
    assert crew.resources.list(crew.admin) == ()


def test_the_hours_stay_when_the_owner_of_their_schedule_goes(crew: Crew) -> None:
    weekly = [{"days": ["fri"], "start": "09:00", "end": "12:00"}]
    schedule = make_schedules().create(
        crew.admin, {"name": "Fridays", "time_zone": "Asia/Tokyo", "weekly": weekly}
    )
    talk = crew.offer(crew.admin, schedule_id=schedule.id, restriction_schedule_id=schedule.id)

    crew.teams.remove_member(crew.owner, crew.team, crew.admin)

    with reading() as session:
        row = session.get_one(EventType, talk.id)
        for key in (row.schedule_id, row.restriction_schedule_id):
            copy = session.get_one(Schedule, key)
            assert (copy.user_id, copy.time_zone) == (crew.owner, "Asia/Tokyo")
            assert list(copy.weekly) == list(schedule.weekly)


def test_a_leavers_calendars_go_along(crew: Crew) -> None:
    calendar = add_calendar(crew.admin)
    talk = crew.offer(crew.admin, destination_calendar_id=calendar, use_event_type_calendars=True)
    choose_calendar(crew.admin, calendar, talk.id)

    crew.teams.remove_member(crew.admin, crew.team, crew.admin)

    with reading() as session:
        assert session.get_one(EventType, talk.id).destination_calendar_id is None
        assert session.scalars(select(SelectedCalendar)).all() == []


def test_who_shares_no_team_hosts_nothing_of_each_other(open_crew: Crew) -> None:
    crew = open_crew
    fields = {"title": "Own", "scheduling": "collective"}
    theirs = crew.event_types.create(crew.owner, {**fields, "hosts": host(crew.owner, crew.member)})
    mine = crew.event_types.create(crew.member, {**fields, "hosts": host(crew.admin)})

    crew.teams.remove_member(crew.member, crew.team, crew.member)

    assert crew.hosts(theirs) == [crew.owner]
    assert crew.hosts(mine) == [crew.member]


def test_another_shared_team_is_enough(open_crew: Crew) -> None:
    crew = open_crew
    other = crew.teams.create(crew.owner, {"name": "Other"}).id
    crew.teams.add_member(crew.owner, other, {"user_id": crew.member})
    talk = crew.event_types.create(
        crew.owner,
        {"title": "Own", "scheduling": "collective", "hosts": host(crew.owner, crew.member)},
    )

    crew.teams.remove_member(crew.owner, crew.team, crew.member)

    assert crew.hosts(talk) == [crew.owner, crew.member]


def test_who_runs_the_site_keeps_the_hosts(open_crew: Crew) -> None:
    crew = open_crew
    with writing() as session:
        session.get_one(User, crew.owner).is_admin = True
    talk = crew.event_types.create(
        crew.owner,
        {"title": "Own", "scheduling": "collective", "hosts": host(crew.owner, crew.stranger)},
    )

    crew.teams.delete(crew.owner, crew.team)

    assert crew.hosts(talk) == [crew.owner, crew.stranger]


def test_where_accounts_are_given_out_colleagues_stay_hosts(crew: Crew) -> None:
    talk = crew.event_types.create(
        crew.owner,
        {"title": "Own", "scheduling": "collective", "hosts": host(crew.owner, crew.member)},
    )

    crew.teams.remove_member(crew.member, crew.team, crew.member)

    assert crew.hosts(talk) == [crew.owner, crew.member]


def test_a_leaver_uses_no_room_of_the_team_any_more(crew: Crew) -> None:
    room = crew.resources.create(crew.admin, {"name": "Room", "team_id": crew.team}).id
    own = crew.resources.create(crew.member, {"name": "Projector"}).id
    talk = crew.event_types.create(crew.member, {"title": "Own", "resources": [own, room]})

    crew.teams.remove_member(crew.member, crew.team, crew.member)

    assert crew.event_types.get(crew.member, talk.id).resources == (own,)


def test_a_leaver_takes_their_own_things_out_of_the_teams_event_types(crew: Crew) -> None:
    own = crew.resources.create(crew.admin, {"name": "Projector"}).id
    talk = crew.offer(crew.admin, resources=[own])

    crew.teams.remove_member(crew.admin, crew.team, crew.admin)

    assert crew.event_types.get(crew.owner, talk.id).resources == ()
    assert [each.id for each in crew.resources.list(crew.admin)] == [own]


def test_a_deleted_team_takes_its_event_types_and_leaves_its_rooms(either_crew: Crew) -> None:
    crew = either_crew
    room = crew.resources.create(crew.admin, {"name": "Room", "team_id": crew.team}).id
    talk = crew.offer(crew.admin, resources=[room])

    crew.teams.delete(crew.owner, crew.team)

    with reading() as session:
        assert session.get(EventType, talk.id) is None
    assert [each.team_id for each in crew.resources.list(crew.admin)] == [None]
    assert crew.resources.list(crew.member) == ()


def test_a_deleted_team_parts_its_members(open_crew: Crew) -> None:
    crew = open_crew
    own = crew.event_types.create(
        crew.member,
        {"title": "Own", "scheduling": "round_robin", "hosts": host(crew.admin, crew.member)},
    )

    crew.teams.delete(crew.owner, crew.team)

    assert crew.hosts(own) == [crew.member]
