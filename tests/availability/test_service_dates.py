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
    anna, bert = add_user("anna"), add_user("bert")

    by_name = schedules.add_absence(anna, {**CHRISTMAS, "reason": "Away", "redirect_to": "bert"})
    by_id = schedules.add_absence(anna, {**CHRISTMAS, "redirect_to": encode_id(bert)})

    assert (by_name.start_date, by_name.end_date) == (date(2026, 12, 24), date(2026, 12, 26))
    assert (by_name.redirect_to, by_name.reason) == ("bert", "Away")
    assert by_id.redirect_to == "bert"
    assert schedules.list_absences(anna) == (by_name, by_id)


def test_an_absence_is_deleted_by_its_owner_alone(schedules: ScheduleService) -> None:
    anna, bert = add_user("anna"), add_user("bert")
    absence = schedules.add_absence(anna, CHRISTMAS)

    with pytest.raises(NotFound):
        schedules.delete_absence(bert, absence.id)
    schedules.delete_absence(anna, absence.id)

    assert schedules.list_absences(anna) == ()
    assert slots_version(anna) == 2


def test_a_journey_keeps_its_zone(schedules: ScheduleService) -> None:
    anna = add_user("anna")

    travel = schedules.add_travel(anna, {**CHRISTMAS, "time_zone": "Asia/Tokyo"})

    assert schedules.list_travels(anna) == (schedules.get_travel(anna, travel.id),) == (travel,)
    assert travel.time_zone == "Asia/Tokyo"


def test_two_journeys_may_not_share_a_date(schedules: ScheduleService) -> None:
    anna = add_user("anna")
    schedules.add_travel(anna, {**CHRISTMAS, "time_zone": "Asia/Tokyo"})

    with pytest.raises(InvalidInput) as caught:
        schedules.add_travel(
            anna,
            {"start_date": "2026-12-26", "end_date": "2026-12-31", "time_zone": "Asia/Seoul"},
        )

    assert caught.value.fields[0].pointer == "/start_date"


def test_first_and_last_date_belong_to_a_range(schedules: ScheduleService) -> None:
    anna = add_user("anna")
    schedules.add_absence(anna, CHRISTMAS)
    schedules.add_travel(anna, {**CHRISTMAS, "time_zone": "Asia/Tokyo"})

    with reading() as session:
        for day, found in ((23, 0), (24, 1), (26, 1), (27, 0)):
            asked = date(2026, 12, day)
            assert len(absences_between(session, [anna], asked, asked)) == found
            assert len(travels_between(session, [anna], asked, asked)) == found


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"end_date": "2026-12-23"}, "/end_date"),
        ({"end_date": "2033-12-23"}, "/end_date"),
        ({"start_date": "24.12.2026"}, "/start_date"),
        ({"start_date": "2026-12-24T00:00:00Z"}, "/start_date"),
        ({"redirect_to": "nobody"}, "/redirect_to"),
        ({"redirect_to": "anna"}, "/redirect_to"),
        ({"redirect_to": 7}, "/redirect_to"),
        ({"reason": "x" * 201}, "/reason"),
        ({"until": "2026-12-26"}, "/until"),
    ],
)
def test_a_faulty_absence_is_refused_where_it_is_faulty(
    app: Flask, fields: dict[str, Any], pointer: str
) -> None:
    anna = add_user("anna")

    with pytest.raises(InvalidInput) as caught:
        make_schedules().add_absence(anna, {**CHRISTMAS, **fields})

    assert [fault.pointer for fault in caught.value.fields] == [pointer]


def test_a_journey_needs_a_real_zone(app: Flask) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_schedules().add_travel(add_user("anna"), {**CHRISTMAS, "time_zone": "Berlin"})

    assert caught.value.fields[0].pointer == "/time_zone"
