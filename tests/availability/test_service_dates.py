"""Days out of office and journeys: ranges of dates, first and last included."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from booking.availability.service import ScheduleService
from booking.availability.store import absences_between, travels_between
from booking.core.errors import InvalidInput, NotFound
from booking.core.ids import encode_id
from booking.db import reading
from tests.availability.hosts import add_user, make_schedules, slots_version

CHRISTMAS = {"start_date": "2026-12-24", "end_date": "2026-12-26"}


@pytest.fixture
def schedules(either_app: Flask) -> ScheduleService:
    return make_schedules()


def test_an_absence_keeps_its_dates_and_its_colleague(schedules: ScheduleService) -> None:
    owner, colleague = add_user("owner"), add_user("colleague")

    by_name = schedules.add_absence(
        owner, {**CHRISTMAS, "reason": "Away", "redirect_to": "colleague"}
    )
    by_id = schedules.add_absence(owner, {**CHRISTMAS, "redirect_to": encode_id(colleague)})

    assert (by_name.start_date, by_name.end_date) == (date(2026, 12, 24), date(2026, 12, 26))
    assert (by_name.redirect_to, by_name.reason) == ("colleague", "Away")
    assert by_id.redirect_to == "colleague"
    assert schedules.list_absences(owner) == (by_name, by_id)


def test_an_absence_is_deleted_by_its_owner_alone(schedules: ScheduleService) -> None:
    owner, colleague = add_user("owner"), add_user("colleague")
    absence = schedules.add_absence(owner, CHRISTMAS)

    with pytest.raises(NotFound):
        schedules.delete_absence(colleague, absence.id)
    schedules.delete_absence(owner, absence.id)

    assert schedules.list_absences(owner) == ()
    assert slots_version(owner) == 2


def test_a_journey_keeps_its_zone(schedules: ScheduleService) -> None:
    owner = add_user("owner")

    travel = schedules.add_travel(owner, {**CHRISTMAS, "time_zone": "Asia/Tokyo"})

    assert schedules.list_travels(owner) == (schedules.get_travel(owner, travel.id),) == (travel,)
    assert travel.time_zone == "Asia/Tokyo"


def test_two_journeys_may_not_share_a_date(schedules: ScheduleService) -> None:
    owner = add_user("owner")
    schedules.add_travel(owner, {**CHRISTMAS, "time_zone": "Asia/Tokyo"})

    with pytest.raises(InvalidInput) as caught:
        schedules.add_travel(
            owner,
            {"start_date": "2026-12-26", "end_date": "2026-12-31", "time_zone": "Asia/Seoul"},
        )

    assert caught.value.fields[0].pointer == "/start_date"


def test_first_and_last_date_belong_to_a_range(schedules: ScheduleService) -> None:
    owner = add_user("owner")
    schedules.add_absence(owner, CHRISTMAS)
    schedules.add_travel(owner, {**CHRISTMAS, "time_zone": "Asia/Tokyo"})

    with reading() as session:
        for day, found in ((23, 0), (24, 1), (26, 1), (27, 0)):
            asked = date(2026, 12, day)
            assert len(absences_between(session, [owner], asked, asked)) == found
            assert len(travels_between(session, [owner], asked, asked)) == found


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"end_date": "2026-12-23"}, "/end_date"),
        ({"end_date": "2033-12-23"}, "/end_date"),
        ({"start_date": "24.12.2026"}, "/start_date"),
        ({"start_date": "2026-12-24T00:00:00Z"}, "/start_date"),
        ({"redirect_to": "nobody"}, "/redirect_to"),
        ({"redirect_to": "owner"}, "/redirect_to"),
        ({"redirect_to": 7}, "/redirect_to"),
        ({"reason": "x" * 201}, "/reason"),
        ({"until": "2026-12-26"}, "/until"),
    ],
)
def test_a_faulty_absence_is_refused_where_it_is_faulty(
    app: Flask, fields: dict[str, Any], pointer: str
) -> None:
    owner = add_user("owner")

    with pytest.raises(InvalidInput) as caught:
        make_schedules().add_absence(owner, {**CHRISTMAS, **fields})

    assert [fault.pointer for fault in caught.value.fields] == [pointer]


def test_a_journey_needs_a_real_zone(app: Flask) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_schedules().add_travel(add_user("owner"), {**CHRISTMAS, "time_zone": "Berlin"})

    assert caught.value.fields[0].pointer == "/time_zone"
