"""Event types over HTTP: every field of the contract, changed one by one, refused by pointer."""

from __future__ import annotations

from typing import Any

import pytest

from booking.core.ids import encode_id
from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import (
    API,
    made,
    make_event_type,
    make_resource,
    make_schedule,
    pointers,
    put_calendar,
)


def full(host: HostAccount) -> dict[str, Any]:
    """Every field that a single host can set."""
    schedule = make_schedule(host)["id"]
    return {
        "slug": "deep-talk",
        "title": "Deep talk",
        "description": "An hour.\nOr two.",
        "color": "#3366cc",
        "hidden": True,
        "duration_minutes": 60,
        "durations_minutes": [60, 120],
        "slot_interval_minutes": 30,
        "slot_alignment": "clock",
        "start_offset_minutes": 5,
        "buffer_before_minutes": 10,
        "buffer_after_minutes": 15,
        "minimum_notice_minutes": 240,
        "window": {"type": "rolling_business_days", "days": 10},
        "limits": {"bookings": {"day": 2, "week": 5}, "minutes": {"month": 600}},
        "first_slot_only": True,
        "restriction_schedule_id": schedule,
        "seats": 8,
        "show_seats_left": True,
        "recurrence": {"frequency": "weekly", "interval": 2, "max_count": 6},
        "requires_confirmation": True,
        "pending_blocks": False,
        "schedule_id": schedule,
        "scheduling": "single",
        "resources": [make_resource(host, capacity=8)["id"]],
        "team_id": None,
        "use_event_type_calendars": True,
        "destination_calendar_id": put_calendar(host),
        "location": {"type": "in_person", "address": "Hauptstr. 1"},
        "questions": [
            {
                "key": "topic",
                "label": "Topic",
                "type": "select",
                "required": True,
                "options": ["a", "b"],
            }
        ],
        "confirmation_redirect_url": "https://example.test/thanks",
        "guest_can_cancel": False,
        "guest_can_reschedule": False,
        "reminders_minutes": [1440, 60],
        "time_zone_locked": "Europe/Berlin",
        "visibility": "private",
        "on_stale": "request",
    }


def test_every_field_comes_back_as_it_was_given(host: HostAccount) -> None:
    fields = full(host)

    created = made(host.call("POST", f"{API}/event-types", json=fields))

    shown = made(host.call("GET", f"{API}/event-types/{created['id']}"), 200)
    assert shown == created
    assert {name: shown[name] for name in fields} == fields
    assert shown["hosts"] == [
        {
            "user_id": encode_id(host.id),
            "fixed": False,
            "group": 0,
            "weight": 100,
            "priority": 2,
            "schedule_id": None,
        }
    ]


def test_what_is_shown_can_be_sent_back(host: HostAccount) -> None:
    created = made(host.call("POST", f"{API}/event-types", json=full(host)))
    path = f"{API}/event-types/{created['id']}"
    body = {name: value for name, value in created.items() if name not in {"id", "created_at"}}

    assert made(host.call("PATCH", path, json=body), 200) == created


def test_a_change_leaves_the_rest_and_null_clears(host: HostAccount) -> None:
    created = made(host.call("POST", f"{API}/event-types", json=full(host)))
    path = f"{API}/event-types/{created['id']}"
    changes = {"color": None, "location": None, "schedule_id": None, "durations_minutes": None}

    changed = made(host.call("PATCH", path, json=changes), 200)

    assert changed == {**created, **changes}


def test_a_taken_name_is_a_conflict(host: HostAccount) -> None:
    make_event_type(host, slug="talk")

    answer = host.call("POST", f"{API}/event-types", json={"title": "Talk", "slug": "talk"})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "slug_taken")


def test_a_stranger_finds_nothing(make_host: HostFactory) -> None:
    owner, colleague = make_host(username="owner"), make_host(username="colleague")
    path = f"{API}/event-types/{make_event_type(owner)['id']}"

    for method in ("GET", "PATCH", "DELETE"):
        body = {"title": "Mine"} if method == "PATCH" else None
        assert colleague.call(method, path, json=body).status_code == 404
    assert made(colleague.call("GET", f"{API}/event-types"), 200)["data"] == []
    assert owner.call("DELETE", path).status_code == 204


def test_what_belongs_to_others_cannot_be_named(make_host: HostFactory) -> None:
    owner, colleague = make_host(username="owner"), make_host(username="colleague")
    foreign = {
        "schedule_id": make_schedule(colleague)["id"],
        "destination_calendar_id": put_calendar(colleague),
    }

    answer = owner.call("POST", f"{API}/event-types", json={"title": "Talk", **foreign})

    assert pointers(answer) == ["/schedule_id", "/destination_calendar_id"]


def test_bookings_are_not_written_to_a_read_only_calendar(host: HostAccount) -> None:
    key = put_calendar(host, read_only=True)

    answer = host.call(
        "POST", f"{API}/event-types", json={"title": "Talk", "destination_calendar_id": key}
    )

    assert pointers(answer) == ["/destination_calendar_id"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": 5}, "/title"),
        ({"duration_minutes": "30"}, "/duration_minutes"),
        ({"duration_minutes": 0}, "/duration_minutes"),
        ({"durations_minutes": [15]}, "/durations_minutes"),
        ({"hidden": "yes"}, "/hidden"),
        ({"window": {"type": "range", "start_date": 5}}, "/window/start_date"),
        ({"window": {"type": "soon"}}, "/window/type"),
        ({"limits": {"bookings": {"day": 5, "month": 2}}}, "/limits/bookings/month"),
        ({"limits": {"bookings": {"decade": 5}}}, "/limits/bookings/decade"),
        ({"scheduling": "everybody"}, "/scheduling"),
        ({"seats": 0}, "/seats"),
        ({"seats": "5"}, "/seats"),
        ({"recurrence": {"frequency": "weekly"}}, "/recurrence/max_count"),
        ({"recurrence": []}, "/recurrence"),
        ({"hosts": [{"user_id": "me"}]}, "/hosts/0/user_id"),
        ({"hosts": [{"user_id": "0000000000001"}]}, "/hosts/0/user_id"),
        ({"hosts": [{"user_id": "0000000000001", "weight": 0.5}]}, "/hosts/0/weight"),
        ({"hosts": [{"weight": 5}]}, "/hosts/0/user_id"),
        ({"resources": ["0000000000001"]}, "/resources/0"),
        ({"team_id": "0000000000001"}, "/team_id"),
        ({"schedule_id": "none"}, "/schedule_id"),
        ({"location": {"type": "link", "url": "javascript:alert(1)"}}, "/location/url"),
        ({"location": {"type": "google_meet"}}, "/location/type"),
        ({"questions": [{"key": "a", "label": "A", "type": "radio"}]}, "/questions/0/options"),
        ({"confirmation_redirect_url": "data:text/html,x"}, "/confirmation_redirect_url"),
        ({"time_zone_locked": "CET-ish"}, "/time_zone_locked"),
        ({"colour": "#ffffff"}, "/colour"),
    ],
)
def test_a_faulty_event_type_is_refused_where_it_is_faulty(
    host: HostAccount, fields: dict[str, Any], pointer: str
) -> None:
    created = host.call("POST", f"{API}/event-types", json={"title": "Talk", **fields})
    path = f"{API}/event-types/{make_event_type(host)['id']}"
    changed = host.call("PATCH", path, json=fields)

    assert pointers(created) == [pointer]
    assert pointers(changed) == [pointer]
