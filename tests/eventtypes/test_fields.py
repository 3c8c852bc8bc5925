"""Each field of an event type refuses what it cannot mean, at its own place."""

from __future__ import annotations

from typing import Any

import pytest

from booking.core.errors import InvalidInput
from booking.core.intake import read_object
from booking.eventtypes.fields import DEFAULTS, FIELDS, NOT_STORED
from booking.eventtypes.models import EventType

LINK = {"type": "link", "url": "https://meet.example.test/a"}
QUESTION = {"key": "topic", "label": "Topic", "type": "text"}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "/title"),
    ({"title": "x" * 201}, "/title"),
    ({"title": None}, "/title"),
    ({"slug": "Two Words"}, "/slug"),
    ({"slug": "-edge"}, "/slug"),
    ({"color": "red"}, "/color"),
    ({"hidden": "yes"}, "/hidden"),
    ({"duration_minutes": 0}, "/duration_minutes"),
    ({"duration_minutes": 1441}, "/duration_minutes"),
    ({"duration_minutes": 30.5}, "/duration_minutes"),
    ({"duration_minutes": "30"}, "/duration_minutes"),
    ({"duration_minutes": True}, "/duration_minutes"),
    ({"duration_minutes": None}, "/duration_minutes"),
    ({"durations_minutes": []}, "/durations_minutes"),
    ({"durations_minutes": [30, 0]}, "/durations_minutes/1"),
    ({"durations_minutes": [30, 30]}, "/durations_minutes"),
    ({"slot_interval_minutes": 0}, "/slot_interval_minutes"),
    ({"slot_alignment": "loose"}, "/slot_alignment"),
    ({"start_offset_minutes": -1}, "/start_offset_minutes"),
    ({"buffer_before_minutes": 1441}, "/buffer_before_minutes"),
    ({"buffer_after_minutes": -5}, "/buffer_after_minutes"),
    ({"minimum_notice_minutes": -1}, "/minimum_notice_minutes"),
    ({"window": "always"}, "/window"),
    ({"window": {}}, "/window/type"),
    ({"window": {"type": "rolling_days"}}, "/window/days"),
    ({"window": {"type": "rolling_days", "days": -1}}, "/window/days"),
    ({"window": {"type": "unlimited", "days": 3}}, "/window/days"),
    ({"window": {"type": "range", "start_date": "2026-12-01"}}, "/window/end_date"),
    (
        {"window": {"type": "range", "start_date": "2026-12-02", "end_date": "2026-12-01"}},
        "/window/end_date",
    ),
    ({"limits": {"people": {}}}, "/limits/people"),
    ({"limits": {"bookings": {"hour": 1}}}, "/limits/bookings/hour"),
    ({"limits": {"bookings": {"day": 0}}}, "/limits/bookings/day"),
    ({"limits": {"bookings": {"day": 3, "week": 2}}}, "/limits/bookings/week"),
    ({"limits": {"minutes": {"week": 90, "year": 60}}}, "/limits/minutes/year"),
    ({"seats": 0}, "/seats"),
    ({"seats": 1001}, "/seats"),
    ({"seats": 2.5}, "/seats"),
    ({"seats": float("nan")}, "/seats"),
    ({"show_seats_left": 1}, "/show_seats_left"),
    ({"recurrence": "weekly"}, "/recurrence"),
    ({"recurrence": {"frequency": "weekly"}}, "/recurrence/max_count"),
    ({"recurrence": {"max_count": 4}}, "/recurrence/frequency"),
    ({"recurrence": {"frequency": "hourly", "max_count": 4}}, "/recurrence/frequency"),
    ({"recurrence": {"frequency": "daily", "max_count": 51}}, "/recurrence/max_count"),
    ({"recurrence": {"frequency": "daily", "max_count": 1}}, "/recurrence/max_count"),
    (
        {"recurrence": {"frequency": "daily", "max_count": 2, "interval": 0}},
        "/recurrence/interval",
    ),
    ({"recurrence": {"frequency": "daily", "max_count": 2, "until": 5}}, "/recurrence/until"),
    ({"scheduling": "lottery"}, "/scheduling"),
    ({"scheduling": None}, "/scheduling"),
    ({"hosts": []}, "/hosts"),
    ({"hosts": None}, "/hosts"),
    ({"hosts": [{"user_id": 1}] * 101}, "/hosts"),
    ({"hosts": [5]}, "/hosts/0"),
    ({"hosts": [{"fixed": True}]}, "/hosts/0/user_id"),
    ({"hosts": [{"user_id": 1}, {"user_id": 1 << 63}]}, "/hosts/1/user_id"),
    ({"hosts": [{"user_id": 1, "fixed": "no"}]}, "/hosts/0/fixed"),
    ({"hosts": [{"user_id": 1, "group": 100}]}, "/hosts/0/group"),
    ({"hosts": [{"user_id": 1, "weight": 0}]}, "/hosts/0/weight"),
    ({"hosts": [{"user_id": 1, "weight": 1001}]}, "/hosts/0/weight"),
    ({"hosts": [{"user_id": 1, "priority": 5}]}, "/hosts/0/priority"),
    ({"hosts": [{"user_id": 1, "schedule_id": 0}]}, "/hosts/0/schedule_id"),
    ({"hosts": [{"user_id": 1, "shift": "late"}]}, "/hosts/0/shift"),
    ({"resources": [0]}, "/resources/0"),
    ({"resources": list(range(1, 22))}, "/resources"),
    ({"team_id": "sales"}, "/team_id"),
    ({"schedule_id": 0}, "/schedule_id"),
    ({"location": "Berlin"}, "/location"),
    ({"location": {"type": "moon"}}, "/location/type"),
    ({"location": {"type": "link"}}, "/location/url"),
    ({"location": {"type": "link", "url": "javascript:alert(1)"}}, "/location/url"),
    ({"location": {"type": "link", "url": "https://"}}, "/location/url"),
    ({"location": {"type": "in_person"}}, "/location/address"),
    ({"location": {**LINK, "room": 5}}, "/location/room"),
    ({"location": {"type": "guest_choice", "options": []}}, "/location/options"),
    (
        {"location": {"type": "guest_choice", "options": [LINK, {"type": "guest_choice"}]}},
        "/location/options/1/type",
    ),
    ({"questions": [QUESTION, QUESTION]}, "/questions/1/key"),
    ({"questions": [{**QUESTION, "type": "drawing"}]}, "/questions/0/type"),
    ({"questions": [{**QUESTION, "key": "a b"}]}, "/questions/0/key"),
    ({"questions": [{**QUESTION, "type": "select"}]}, "/questions/0/options"),
    ({"questions": [{**QUESTION, "options": ["a"]}]}, "/questions/0/options"),
    ({"questions": [{**QUESTION, "type": "radio", "options": ["a", "a"]}]}, "/questions/0/options"),
    ({"questions": [{"key": "topic", "type": "text"}]}, "/questions/0/label"),
    ({"confirmation_redirect_url": "ftp://example.test"}, "/confirmation_redirect_url"),
    ({"confirmation_redirect_url": "https://a:b@example.test"}, "/confirmation_redirect_url"),
    ({"confirmation_redirect_url": "http://[bad"}, "/confirmation_redirect_url"),
    ({"reminders_minutes": [60, 60]}, "/reminders_minutes"),
    ({"reminders_minutes": [-1]}, "/reminders_minutes/0"),
    ({"time_zone_locked": "Berlin"}, "/time_zone_locked"),
    ({"visibility": "secret"}, "/visibility"),
    ({"on_stale": "ignore"}, "/on_stale"),
    ({"price": 10}, "/price"),
]


@pytest.mark.parametrize(("fields", "pointer"), REFUSED)
def test_a_fault_is_refused_where_it_stands(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_object(FIELDS, {"title": "Talk", **fields})

    assert [fault.pointer for fault in caught.value.fields] == [pointer]


def test_a_window_of_no_days_is_today_alone() -> None:
    window = {"type": "rolling_days", "days": 0}

    assert read_object(FIELDS, {"window": window}, change=True) == {"window": window}


def test_limits_that_are_null_are_none() -> None:
    limits = {"bookings": {"day": 2, "week": None}, "minutes": None}

    read = read_object(FIELDS, {"limits": limits}, change=True)

    assert read == {"limits": {"bookings": {"day": 2}, "minutes": {}}}


def test_a_series_recurs_every_time_unless_said_otherwise() -> None:
    recurrence = {"frequency": "weekly", "max_count": 10}

    read = read_object(FIELDS, {"recurrence": recurrence}, change=True)

    assert read == {"recurrence": {**recurrence, "interval": 1}}


def test_text_is_put_in_one_form() -> None:
    read = read_object(FIELDS, {"title": " A\u0308rger \x00\n now "}, change=True)

    assert read == {"title": "Ärger now"}


def test_every_field_but_the_names_has_a_default_and_a_column() -> None:
    assert set(FIELDS) - set(DEFAULTS) == {"slug", "title", *NOT_STORED}
    assert set(FIELDS) - set(NOT_STORED) <= set(EventType.__table__.columns.keys())


def test_defaults_pass_their_own_checks() -> None:
    assert read_object(FIELDS, dict(DEFAULTS), change=True) == dict(DEFAULTS)
