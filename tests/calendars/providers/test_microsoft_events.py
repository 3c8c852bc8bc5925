"""Events go to Microsoft and come back as they were meant, as far as Graph can say them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from booking.calendars.ports import RemoteItem
from booking.calendars.providers.microsoft.patterns import pattern_of, recurrence_of
from booking.calendars.providers.microsoft.provider import MicrosoftProvider
from booking.core.errors import (
    CursorExpired,
    ProviderError,
    Throttled,
    Unreachable,
    Unsupported,
    VersionConflict,
)
from booking.core.event import CalendarEvent, Recurrence, to_units
from booking.core.recurrence import canonical_rule
from tests.calendars.ical_events import bodies
from tests.calendars.providers.graph_scene import HOST, microsoft_provider
from tests.calendars.providers.made import event
from tests.calendars.providers.test_google_events import changed, exists, gone, weekly
from tests.providersim.faults import Act
from tests.providersim.graph_server import GraphSim

ONE_SIM = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
WEEKLY = weekly()
WHEN = ("start", "end")


@pytest.fixture
def place(graph: GraphSim) -> tuple[MicrosoftProvider, str]:
    return microsoft_provider(graph), graph.add_calendar(HOST, "Work")


def differences(item: RemoteItem, one: CalendarEvent) -> dict[str, Any]:
    assert item.event is not None, item.quarantine
    found, wanted = to_units(item.event), to_units(one)
    return {name: (found[name], wanted[name]) for name in wanted if found[name] != wanted[name]}


def written(place: tuple[MicrosoftProvider, str], one: CalendarEvent, name: str) -> RemoteItem:
    provider, calendar = place
    return provider.get(calendar, provider.create(calendar, name, one).key)


def updated(
    place: tuple[MicrosoftProvider, str], item: RemoteItem, one: CalendarEvent
) -> RemoteItem:
    provider, calendar = place
    provider.update(calendar, item.key, item.version, one)
    return provider.get(calendar, item.key)


class Numbers:
    """Names that were not given yet."""

    last = 0

    def name(self) -> str:
        Numbers.last += 1
        return f"{Numbers.last:032x}"


@ONE_SIM
@given(one=bodies().filter(exists), two=bodies().filter(exists))
def test_any_event_comes_back_as_it_was_meant(
    place: tuple[MicrosoftProvider, str], one: CalendarEvent, two: CalendarEvent
) -> None:
    item = written(place, one, Numbers().name())

    assert differences(item, one) == {}
    assert item.event is not None
    assert (item.event.uid, item.event.mark) == (one.uid, one.mark)
    other = replace(two, uid=one.uid, mark=one.mark)
    assert differences(updated(place, item, other), other) == {}


def test_exceptions_come_and_go(place: tuple[MicrosoftProvider, str]) -> None:
    first = (gone(WEEKLY, 1), changed(WEEKLY, 2, title="Other"), changed(WEEKLY, 18, title="Far"))
    steps = [
        (changed(WEEKLY, 2, location="Room"),),
        (gone(WEEKLY, 2), gone(WEEKLY, 3)),
        (changed(WEEKLY, 3, title="Back again"),),
        (),
    ]
    item = written(place, replace(WEEKLY, exceptions=first), "a" * 32)
    assert differences(item, replace(WEEKLY, exceptions=first)) == {}

    for exceptions in steps:
        wanted = replace(WEEKLY, exceptions=exceptions)
        item = updated(place, item, wanted)
        assert differences(item, wanted) == {}


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=5",
        "FREQ=WEEKLY;BYDAY=MO,WE",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=7",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=7",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
    ],
)
def test_a_rule_is_a_pattern_and_a_pattern_a_rule(rule: str) -> None:
    text = canonical_rule(rule, WEEKLY.when)
    recurrence = Recurrence(rules=(text,))

    pattern = pattern_of(recurrence, WEEKLY.when, "Europe/Berlin")

    assert recurrence_of(pattern, WEEKLY.when) == recurrence


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYDAY=5MO",
        "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,2",
    ],
)
def test_what_no_pattern_can_say_is_refused(
    place: tuple[MicrosoftProvider, str], graph: GraphSim, rule: str
) -> None:
    one = weekly(recurrence=Recurrence(rules=(canonical_rule(rule, WEEKLY.when),)))

    with pytest.raises(Unsupported):
        written(place, one, "a" * 32)

    assert graph.world.journal == []


@pytest.mark.parametrize("act", [Act.DROP_AFTER_WRITE, Act.APPLY_THEN_STATUS])
def test_a_write_whose_answer_was_lost_is_not_repeated(
    place: tuple[MicrosoftProvider, str], graph: GraphSim, act: Act
) -> None:
    provider, calendar = place
    graph.fail_next("events.create", act)
    with pytest.raises(Unreachable):
        provider.create(calendar, "a" * 32, event("b@test"))

    with pytest.raises(VersionConflict):
        provider.create(calendar, "a" * 32, event("b@test"))

    assert len(graph.rows(HOST, calendar)) == 1
    assert provider.get(calendar, provider.key_for(calendar, "a" * 32)).event is not None


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("act", [Act.DROP_BEFORE, Act.DROP_AFTER_WRITE])
def test_a_series_is_there_whole_or_not_at_all(
    place: tuple[MicrosoftProvider, str], graph: GraphSim, act: Act, skip: int
) -> None:
    provider, calendar = place
    one = replace(WEEKLY, exceptions=(changed(WEEKLY, 2, title="Other"),))
    graph.fail_next("events.patch", act, skip=skip)
    with pytest.raises(Unreachable):
        provider.create(calendar, "a" * 32, one)
    was_finished = act is Act.DROP_AFTER_WRITE and skip == 1

    assert bool(provider.changes(calendar, None).named) == was_finished
    if not was_finished:
        provider.create(calendar, "a" * 32, one)

    item = provider.get(calendar, provider.key_for(calendar, "a" * 32))
    assert differences(item, one) == {}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "TooManyRequests", Throttled),
        (503, "ServiceUnavailable", Unreachable),
        (410, "syncStateNotFound", CursorExpired),
        (400, "syncStateInvalid", CursorExpired),
    ],
)
def test_refusals_have_their_meaning(
    place: tuple[MicrosoftProvider, str],
    graph: GraphSim,
    status: int,
    code: str,
    kind: type[ProviderError],
) -> None:
    provider, calendar = place
    cursor = provider.changes(calendar, None).cursor
    graph.fail_next("delta", status=status, reason=code, retry_after="9")

    with pytest.raises(kind) as caught:
        provider.changes(calendar, cursor)

    assert getattr(caught.value, "retry_after", 9) == 9


def test_leaving_the_window_is_no_removal(
    place: tuple[MicrosoftProvider, str], graph: GraphSim
) -> None:
    provider, calendar = place
    key = graph.add_event(HOST, calendar, subject="Soon", **_at("2026-11-24"))["id"]
    cursor = provider.changes(calendar, None).cursor
    graph.edit_event(HOST, calendar, key, **_at("2036-11-24"))

    changes = provider.changes(calendar, cursor)

    assert changes.removed == (key,)
    fetched = provider.fetch(calendar, [key])
    assert fetched.gone == ()
    assert [item.key for item in fetched.items] == [key]


def test_a_changed_instance_names_its_series(
    place: tuple[MicrosoftProvider, str], graph: GraphSim
) -> None:
    provider, calendar = place
    item = written(place, WEEKLY, "a" * 32)
    cursor = provider.changes(calendar, None).cursor
    graph.edit_event(HOST, calendar, f"{item.key}.occ.2026-12-21", subject="A person's")

    changes = provider.changes(calendar, cursor)

    assert [one.key for one in changes.named] == [item.key]
    (read,) = provider.fetch(calendar, [item.key]).items
    assert read.version != item.version
    assert (
        differences(read, replace(WEEKLY, exceptions=(changed(WEEKLY, 2, title="A person's"),)))
        == {}
    )


def _at(day: str) -> dict[str, Any]:
    return {
        "start": {"dateTime": f"{day}T09:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": f"{day}T10:00:00", "timeZone": "Europe/Berlin"},
    }


def test_meetings_that_others_attend_are_left_to_their_organizer(
    place: tuple[MicrosoftProvider, str], graph: GraphSim
) -> None:
    provider, calendar = place
    moments = {name: {"dateTime": "2026-11-24T10:00:00", "timeZone": "UTC"} for name in WHEN}
    guest = {"emailAddress": {"address": "guest@example.test"}, "type": "required"}
    made = graph.add_event(HOST, calendar, subject="Lunch", attendees=[guest], **moments)
    item = provider.get(calendar, made["id"])
    assert item.event is not None

    for write in (
        lambda: provider.update(
            calendar, item.key, item.version, replace(item.event, title="Dinner")
        ),
        lambda: provider.delete(calendar, item.key, item.version),
    ):
        with pytest.raises(Unsupported) as caught:
            write()
        assert caught.value.reason == "attendees"

    assert [row["subject"] for row in graph.rows(HOST, calendar)] == ["Lunch"]
    assert graph.world.mails == []
