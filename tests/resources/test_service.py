"""Rooms and equipment: who sees and changes them, what blocks them, who needs them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from booking.calendars import connection_rows
from booking.calendars import store as calendars
from booking.calendars.cursor_rows import due_calendars, forget_busy
from booking.calendars.models import Calendar, SelectedCalendar
from booking.calendars.selection import SelectionService, calendars_for
from booking.calendars.sync_models import Cursor
from booking.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from booking.db import reading, writing
from booking.resources.models import Resource
from tests.conftest import MONDAY
from tests.teams.crew import Crew, add_calendar, choose_calendar


def version(resource_id: int) -> int:
    with reading() as session:
        return session.get_one(Resource, resource_id).slots_version


def read_once(calendar_id: int) -> None:
    """Pretend that a calendar was read."""
    with writing() as session:
        session.add(Cursor(calendar_id=calendar_id, synced_at=MONDAY, changed_at=MONDAY))


def is_remembered(calendar_id: int) -> bool:
    with reading() as session:
        return session.scalar(select(Cursor).where(Cursor.calendar_id == calendar_id)) is not None


def test_a_name_is_enough(crew: Crew) -> None:
    view = crew.resources.create(crew.owner, {"name": "Blue  room"})

    assert (view.name, view.kind, view.capacity, view.calendar_id, view.team_id) == (
        "Blue room",
        "room",
        None,
        None,
        None,
    )
    assert view.may_change


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "R", "kind": ""}, "/kind"),
        ({"name": "R", "kind": 5}, "/kind"),
        ({"name": "R", "capacity": 0}, "/capacity"),
        ({"name": "R", "capacity": 2.5}, "/capacity"),
        ({"name": "R", "capacity": float("inf")}, "/capacity"),
        ({"name": "R", "calendar_id": 7}, "/calendar_id"),
        ({"name": "R", "team_id": 7}, "/team_id"),
        ({"name": "R", "colour": "blue"}, "/colour"),
    ],
)
def test_a_faulty_resource_is_refused_where_it_is_faulty(
    crew: Crew, fields: dict[str, object], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        crew.resources.create(crew.owner, fields)

    assert [fault.pointer for fault in caught.value.fields] == [pointer]


def test_members_see_what_admins_and_the_owner_change(crew: Crew) -> None:
    room = crew.resources.create(crew.admin, {"name": "Room", "team_id": crew.team}).id

    assert [each.id for each in crew.resources.list(crew.member)] == [room]
    assert not crew.resources.get(crew.member, room).may_change
    with pytest.raises(Forbidden):
        crew.resources.change(crew.member, room, {"name": "Mine"})
    with pytest.raises(Forbidden):
        crew.resources.delete(crew.member, room)
    assert crew.resources.change(crew.owner, room, {"name": "Red"}).may_change
    with pytest.raises(Forbidden):
        crew.resources.change(crew.owner, room, {"team_id": None})


def test_a_foreign_resource_is_not_there(crew: Crew) -> None:
    own = crew.resources.create(crew.member, {"name": "Projector"}).id
    shared = crew.resources.create(crew.owner, {"name": "Room", "team_id": crew.team}).id

    for key in (own, shared, 7):
        with pytest.raises(NotFound):
            crew.resources.get(crew.stranger, key)
        with pytest.raises(NotFound):
            crew.resources.change(crew.stranger, key, {"name": "Mine"})
        with pytest.raises(NotFound):
            crew.resources.delete(crew.stranger, key)
    assert crew.resources.list(crew.stranger) == ()
    assert [each.id for each in crew.resources.list(crew.owner)] == [shared]


def test_only_who_runs_a_team_gives_it_a_resource(crew: Crew) -> None:
    own = crew.resources.create(crew.member, {"name": "Projector"}).id

    attempts: list[Callable[[], object]] = [
        lambda: crew.resources.create(crew.member, {"name": "R", "team_id": crew.team}),
        lambda: crew.resources.change(crew.member, own, {"team_id": crew.team}),
        lambda: crew.resources.create(crew.stranger, {"name": "R", "team_id": crew.team}),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert caught.value.fields[0].pointer == "/team_id"


def test_a_change_raises_its_version(crew: Crew) -> None:
    room = crew.resources.create(crew.owner, {"name": "Room"}).id

    crew.resources.change(crew.owner, room, {"capacity": 4})

    assert version(room) == 1


def test_its_calendar_is_one_of_the_askers_own(crew: Crew) -> None:
    foreign, gone = add_calendar(crew.member), add_calendar(crew.owner)
    with writing() as session:
        session.get_one(Calendar, gone).gone_at = MONDAY

    for calendar_id in (foreign, gone):
        with pytest.raises(InvalidInput) as caught:
            crew.resources.create(crew.owner, {"name": "Room", "calendar_id": calendar_id})
        assert caught.value.fields[0].pointer == "/calendar_id"


def test_an_admin_sends_back_a_calendar_that_is_anothers(crew: Crew) -> None:
    calendar = add_calendar(crew.admin)
    room = crew.resources.create(
        crew.admin, {"name": "Room", "team_id": crew.team, "calendar_id": calendar}
    ).id

    changed = crew.resources.change(crew.owner, room, {"name": "Red", "calendar_id": calendar})

    assert (changed.name, changed.calendar_id) == ("Red", calendar)
    with reading() as session:
        assert session.scalars(select(SelectedCalendar.user_id)).all() == [crew.admin]


def test_its_calendar_is_read_like_every_selected_one(either_crew: Crew) -> None:
    crew = either_crew
    calendar = add_calendar(crew.owner)

    crew.resources.create(crew.owner, {"name": "Room", "calendar_id": calendar})

    with reading() as session:
        assert due_calendars(session, MONDAY + timedelta(hours=1)) == [calendar]
        assert calendars.is_selected(session, calendar)
        assert calendars.selected_among(session, [calendar]) == {calendar}


def test_its_calendar_blocks_no_host_and_is_not_listed_as_selected(crew: Crew) -> None:
    calendar = add_calendar(crew.owner)
    room = crew.resources.create(crew.owner, {"name": "Room", "calendar_id": calendar}).id
    selection = SelectionService(
        clock=crew.clock,
        owns_event_type=lambda *_names: True,
        forget_busy=forget_busy,
    )
    with reading() as session:
        row = session.scalars(select(SelectedCalendar)).one()
        connection = session.get_one(Calendar, calendar).connection_id

    assert selection.list(crew.owner) == ()
    for attempt in (
        lambda: selection.get(crew.owner, row.id),
        lambda: selection.change(crew.owner, row.id, True),
        lambda: selection.unselect(crew.owner, row.id),
    ):
        with pytest.raises(NotFound):
            attempt()
    with reading() as session:
        assert calendars_for(session, crew.owner) == ()
        shown = connection_rows.calendar_views(session, crew.owner, connection)
    assert [each.selected for each in shown] == [False]
    assert crew.resources.get(crew.owner, room).calendar_id == calendar


def test_one_calendar_blocks_a_room_and_its_host_independently(either_crew: Crew) -> None:
    crew = either_crew
    calendar = add_calendar(crew.owner)
    choose_calendar(crew.owner, calendar)
    rooms = [
        crew.resources.create(crew.owner, {"name": name, "calendar_id": calendar}).id
        for name in ("Room", "Hall")
    ]
    read_once(calendar)

    for room in rooms:
        crew.resources.change(crew.owner, room, {"calendar_id": None})

    assert is_remembered(calendar)
    with reading() as session:
        assert [each.calendar_id for each in calendars_for(session, crew.owner)] == [calendar]


def test_a_calendar_that_blocks_nothing_any_more_is_forgotten(crew: Crew) -> None:
    first, second = add_calendar(crew.owner), add_calendar(crew.owner)
    room = crew.resources.create(crew.owner, {"name": "Room", "calendar_id": first}).id
    read_once(first)
    read_once(second)

    crew.resources.change(crew.owner, room, {"calendar_id": second})
    assert (is_remembered(first), is_remembered(second)) == (False, True)

    crew.resources.delete(crew.owner, room)
    assert not is_remembered(second)


def test_unselecting_a_hosts_calendar_keeps_it_for_the_room(crew: Crew) -> None:
    calendar = add_calendar(crew.owner)
    crew.resources.create(crew.owner, {"name": "Room", "calendar_id": calendar})
    selection = SelectionService(
        clock=crew.clock, owns_event_type=lambda *_names: True, forget_busy=forget_busy
    )
    chosen = selection.select(crew.owner, calendar)
    read_once(calendar)

    selection.unselect(crew.owner, chosen.id)

    assert is_remembered(calendar)


def test_a_gone_calendar_is_shown_while_a_room_hangs_on_it(crew: Crew) -> None:
    calendar = add_calendar(crew.owner)
    room = crew.resources.create(crew.owner, {"name": "Room", "calendar_id": calendar}).id
    with writing() as session:
        row = session.get_one(Calendar, calendar)
        row.gone_at = MONDAY
        connection = row.connection_id

    with reading() as session:
        assert len(connection_rows.calendar_views(session, crew.owner, connection)) == 1
    crew.resources.change(crew.owner, room, {"calendar_id": None})
    with reading() as session:
        assert connection_rows.calendar_views(session, crew.owner, connection) == ()


def test_a_resource_that_is_needed_is_not_deleted(either_crew: Crew) -> None:
    crew = either_crew
    room = crew.resources.create(crew.owner, {"name": "Room"}).id
    talk = crew.event_types.create(crew.owner, {"title": "Deep talk", "resources": [room]})

    with pytest.raises(Conflict, match="“Deep talk” of owner"):
        crew.resources.delete(crew.owner, room)
    crew.event_types.change(crew.owner, talk.id, {"resources": []})
    crew.resources.delete(crew.owner, room)

    with pytest.raises(NotFound):
        crew.resources.get(crew.owner, room)


def test_a_room_does_not_shrink_below_the_seats_that_are_offered(crew: Crew) -> None:
    room = crew.resources.create(crew.owner, {"name": "Room", "capacity": 10}).id
    crew.event_types.create(crew.owner, {"title": "Course", "seats": 8, "resources": [room]})

    assert crew.resources.change(crew.owner, room, {"capacity": 8}).capacity == 8
    with pytest.raises(InvalidInput) as caught:
        crew.resources.change(crew.owner, room, {"capacity": 7})
    assert caught.value.fields[0].pointer == "/capacity"


def test_a_room_stays_in_the_team_while_others_need_it(crew: Crew) -> None:
    room = crew.resources.create(crew.admin, {"name": "Room", "team_id": crew.team}).id
    talk = crew.event_types.create(crew.member, {"title": "Talk", "resources": [room]})

    with pytest.raises(Conflict, match="“Talk” of member"):
        crew.resources.change(crew.admin, room, {"team_id": None})
    crew.event_types.delete(crew.member, talk.id)

    assert crew.resources.change(crew.admin, room, {"team_id": None}).team_id is None
