"""Event types: defaults, changes, names in addresses, owners, what the public sees."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from booking.accounts.hosts import AccountHosts
from booking.accounts.models import User
from booking.availability.models import Schedule
from booking.core.clock import FrozenClock
from booking.core.errors import InvalidInput, NotFound, SlugTaken
from booking.db import reading, writing
from booking.eventtypes.models import EventType
from booking.eventtypes.service import EventTypeService
from tests.availability.hosts import add_user, make_schedules, slots_version
from tests.conftest import MONDAY


@pytest.fixture
def event_types(either_app: Flask) -> EventTypeService:
    return EventTypeService(clock=FrozenClock(MONDAY), hosts=AccountHosts(), signup="closed")


def test_a_title_is_enough(event_types: EventTypeService) -> None:
    view = event_types.create(add_user("owner"), {"title": "First talk"})

    assert (view.slug, view.duration_minutes, view.minimum_notice_minutes) == (
        "first-talk",
        30,
        120,
    )
    assert view.window == {"type": "unlimited"}
    assert view.offered_minutes == (30,)
    assert [host.user_id for host in view.hosts] == [view.owner.user_id]


def test_what_was_given_comes_back(event_types: EventTypeService) -> None:
    user_id = add_user("owner")
    given: dict[str, Any] = {
        "title": "Talk",
        "slug": "talk",
        "color": "#3366cc",
        "durations_minutes": (30, 60),
        "window": {"type": "range", "start_date": "2026-12-01", "end_date": "2026-12-24"},
        "limits": {"bookings": {"day": 2, "week": 5}, "minutes": {}},
        "location": {"type": "link", "url": "https://meet.example.test/owner"},
        "reminders_minutes": (60,),
        "time_zone_locked": "Asia/Kolkata",
        "on_stale": "hide",
    }

    key = event_types.create(user_id, given).id

    view = event_types.get(user_id, key)
    assert {name: getattr(view, name) for name in given} == given


def test_a_change_touches_only_the_given_fields(event_types: EventTypeService) -> None:
    user_id = add_user("owner")
    key = event_types.create(user_id, {"title": "Talk", "slot_interval_minutes": 15}).id

    view = event_types.change(user_id, key, {"slot_interval_minutes": None, "title": "Chat"})

    assert (view.slot_interval_minutes, view.title, view.slug) == (None, "Chat", "talk")
    assert slots_version(user_id) == 2


def test_a_name_is_unique_for_its_host_alone(event_types: EventTypeService) -> None:
    owner, colleague = add_user("owner"), add_user("colleague")
    event_types.create(owner, {"title": "Talk", "slug": "talk"})
    other = event_types.create(owner, {"title": "Other"})

    with pytest.raises(SlugTaken):
        event_types.create(owner, {"title": "Talk", "slug": "talk"})
    with pytest.raises(SlugTaken):
        event_types.change(owner, other.id, {"slug": "talk"})
    event_types.change(owner, other.id, {"slug": "other"})

    assert event_types.create(colleague, {"title": "Talk", "slug": "talk"}).slug == "talk"


def test_a_name_made_from_the_title_avoids_taken_ones(event_types: EventTypeService) -> None:
    user_id = add_user("owner")

    slugs = [
        event_types.create(user_id, {"title": title}).slug for title in ("Tälk!", "talk", "☕")
    ]

    assert slugs == ["talk", "talk-2", "meeting"]


def test_the_usual_duration_stays_in_the_list(event_types: EventTypeService) -> None:
    user_id = add_user("owner")
    key = event_types.create(user_id, {"title": "Talk", "durations_minutes": [30, 60]}).id

    with pytest.raises(InvalidInput) as on_change:
        event_types.change(user_id, key, {"duration_minutes": 45})
    with pytest.raises(InvalidInput) as on_list:
        event_types.change(user_id, key, {"durations_minutes": [60]})

    assert on_change.value.fields[0].pointer == "/duration_minutes"
    assert on_list.value.fields[0].pointer == "/durations_minutes"
    assert event_types.get(user_id, key).duration_minutes == 30


def test_only_own_schedules_can_be_named(event_types: EventTypeService) -> None:
    owner, colleague = add_user("owner"), add_user("colleague")
    schedules = make_schedules()
    own = schedules.create(owner, {"name": "Own", "time_zone": "Europe/Berlin"}).id
    foreign = schedules.create(colleague, {"name": "Foreign", "time_zone": "Europe/Berlin"}).id

    view = event_types.create(owner, {"title": "Talk", "schedule_id": own})
    with pytest.raises(InvalidInput) as caught:
        event_types.change(
            owner, view.id, {"schedule_id": foreign, "restriction_schedule_id": foreign}
        )

    assert view.schedule_id == own
    assert [fault.pointer for fault in caught.value.fields] == [
        "/schedule_id",
        "/restriction_schedule_id",
    ]


def test_a_deleted_schedule_leaves_its_event_types(event_types: EventTypeService) -> None:
    owner = add_user("owner")
    schedules = make_schedules()
    own = schedules.create(owner, {"name": "Own", "time_zone": "Europe/Berlin"}).id
    key = event_types.create(owner, {"title": "Talk", "schedule_id": own}).id

    schedules.delete(owner, own)

    with reading() as session:
        assert session.get(Schedule, own) is None
        assert session.get_one(EventType, key).schedule_id is None


def test_a_foreign_event_type_is_not_found(event_types: EventTypeService) -> None:
    key = event_types.create(add_user("owner"), {"title": "Talk"}).id
    stranger = add_user("colleague")

    for attempt in (
        lambda: event_types.get(stranger, key),
        lambda: event_types.change(stranger, key, {"title": "Mine"}),
        lambda: event_types.delete(stranger, key),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_hidden_event_types_open_by_address_but_are_not_listed(
    event_types: EventTypeService,
) -> None:
    user_id = add_user("owner")
    shown = event_types.create(user_id, {"title": "Shown"})
    hidden = event_types.create(user_id, {"title": "Hidden", "hidden": True})

    assert [view.id for view in event_types.public_list("Owner")] == [shown.id]
    assert event_types.public("Owner", "hidden").id == hidden.id
    assert event_types.public_by_id(hidden.id).owner.username == "owner"


def test_an_unknown_host_is_not_one_without_event_types(event_types: EventTypeService) -> None:
    add_user("owner")

    assert event_types.public_list("owner") == ()
    with pytest.raises(NotFound):
        event_types.public_list("nobody")


def test_a_closed_account_offers_nothing(event_types: EventTypeService) -> None:
    user_id = add_user("owner")
    key = event_types.create(user_id, {"title": "Talk"}).id
    with writing() as session:
        session.get_one(User, user_id).disabled_at = MONDAY

    with pytest.raises(NotFound):
        event_types.public("owner", "talk")
    with pytest.raises(NotFound):
        event_types.public_by_id(key)
