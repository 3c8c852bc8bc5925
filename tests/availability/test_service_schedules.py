"""Schedules: stored as they were given, refused with a pointer, owned by one host."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from booking.accounts.models import User
from booking.availability.service import ScheduleService
from booking.core.errors import InvalidInput, NotFound
from booking.db import reading, writing
from tests.availability.hosts import add_user, make_schedules, slots_version

WEEKDAYS = [{"days": ["mon", "tue"], "start": "09:00", "end": "17:00"}]


@pytest.fixture
def schedules(either_app: Flask) -> ScheduleService:
    return make_schedules()


def create(schedules: ScheduleService, user_id: int, **fields: Any) -> int:
    return schedules.create(user_id, {"name": "Work", "time_zone": "Europe/Berlin", **fields}).id


def test_a_schedule_comes_back_as_it_was_given(schedules: ScheduleService) -> None:
    user_id = add_user("owner")
    overrides = [{"date": "2026-12-24", "intervals": [{"start": "10:00", "end": "24:00"}]}]

    key = create(schedules, user_id, weekly=WEEKDAYS, overrides=overrides)

    view = schedules.get(user_id, key)
    assert (list(view.weekly), list(view.overrides)) == (WEEKDAYS, overrides)
    assert (view.name, view.time_zone) == ("Work", "Europe/Berlin")


def test_a_change_leaves_other_fields_alone(schedules: ScheduleService) -> None:
    user_id = add_user("owner")
    key = create(schedules, user_id, weekly=WEEKDAYS)

    view = schedules.change(user_id, key, {"name": "Summer"})

    assert (view.name, list(view.weekly)) == ("Summer", WEEKDAYS)


def test_every_change_raises_the_hosts_slots_version(schedules: ScheduleService) -> None:
    user_id = add_user("owner")
    key = create(schedules, user_id)
    schedules.change(user_id, key, {"name": "Summer"})
    schedules.delete(user_id, key)

    assert slots_version(user_id) == 3


def test_a_refused_change_raises_nothing(schedules: ScheduleService) -> None:
    user_id = add_user("owner")

    with pytest.raises(NotFound):
        schedules.change(user_id, 1, {"name": "Summer"})

    assert slots_version(user_id) == 0


def test_deleting_the_default_lets_the_host_fall_back(schedules: ScheduleService) -> None:
    user_id = add_user("owner")
    key = create(schedules, user_id)
    with writing() as session:
        session.get_one(User, user_id).default_schedule_id = key

    schedules.delete(user_id, key)

    with reading() as session:
        assert session.get_one(User, user_id).default_schedule_id is None
    assert schedules.list(user_id) == ()


def test_a_foreign_schedule_is_not_found(schedules: ScheduleService) -> None:
    key = create(schedules, add_user("owner"))
    stranger = add_user("colleague")

    for attempt in (
        lambda: schedules.get(stranger, key),
        lambda: schedules.change(stranger, key, {"name": "Mine"}),
        lambda: schedules.delete(stranger, key),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_lists_continue_after_an_id(schedules: ScheduleService) -> None:
    user_id = add_user("owner")
    keys = [create(schedules, user_id, name=name) for name in "abc"]

    page = schedules.list(user_id, after=keys[0], limit=1)

    assert [view.id for view in page] == [keys[1]]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": None}, "/name"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"colour": "red"}, "/colour"),
        ({"weekly": "always"}, "/weekly"),
        ({"weekly": [{"days": ["mon"], "start": "17:00", "end": "09:00"}]}, "/weekly/0/end"),
        ({"weekly": [{"days": ["sol"], "start": "09:00", "end": "17:00"}]}, "/weekly/0/days/0"),
        ({"weekly": [{"days": ["mon"], "start": "9", "end": "17:00"}]}, "/weekly/0/start"),
        ({"weekly": [{"days": [], "start": "09:00", "end": "17:00"}]}, "/weekly/0/days"),
        ({"weekly": [{"days": ["mon"], "start": "09:00"}]}, "/weekly/0/end"),
        ({"overrides": [{"date": "2026-02-30", "intervals": []}]}, "/overrides/0/date"),
        (
            {
                "overrides": [
                    {"date": "2026-12-24", "intervals": []},
                    {"date": "2026-12-24", "intervals": []},
                ]
            },
            "/overrides/1/date",
        ),
    ],
)
def test_a_fault_is_refused_where_it_stands(
    app: Flask, fields: dict[str, Any], pointer: str
) -> None:
    schedules = make_schedules()
    user_id = add_user("owner")

    with pytest.raises(InvalidInput) as caught:
        create(schedules, user_id, **fields)

    assert [fault.pointer for fault in caught.value.fields] == [pointer]


def test_missing_fields_are_all_named(app: Flask) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_schedules().create(add_user("owner"), {})

    assert [fault.pointer for fault in caught.value.fields] == ["/name", "/time_zone"]
