"""Events go to Google and come back as they were meant, series with their exceptions included."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from booking.calendars.ports import RemoteItem
from booking.calendars.providers.google.provider import GoogleProvider
from booking.core.errors import Unsupported
from booking.core.event import (
    AllDay,
    Answer,
    Attendee,
    CalendarEvent,
    EventException,
    EventStatus,
    ExtraDate,
    Recurrence,
    Timed,
    Transparency,
    Visibility,
    to_units,
)
from booking.core.zones import zone
from tests.calendars.ical_events import bodies
from tests.calendars.providers.google_scene import HOST, google_provider
from tests.calendars.providers.made import NINE, event
from tests.providersim.server import ProviderSim

ONE_SIM = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
GUEST = Attendee(address="guest@example.org", name="A guest", answer=Answer.ACCEPTED)


@pytest.fixture
def google(sim: ProviderSim) -> GoogleProvider:
    return google_provider(sim)


def written(google: GoogleProvider, one: CalendarEvent, name: str) -> RemoteItem:
    """Create an event and read it back."""
    done = google.create(HOST, name, one)
    return google.get(HOST, done.key)


def updated(google: GoogleProvider, item: RemoteItem, one: CalendarEvent) -> RemoteItem:
    google.update(HOST, item.key, item.version, one)
    return google.get(HOST, item.key)


def units(item: RemoteItem) -> dict[str, Any]:
    assert item.event is not None, item.quarantine
    return dict(to_units(item.event))


def differences(item: RemoteItem, one: CalendarEvent) -> dict[str, Any]:
    wanted = to_units(one)
    return {
        name: (value, wanted[name]) for name, value in units(item).items() if value != wanted[name]
    }


def exists(one: CalendarEvent) -> bool:
    """Tell whether its wall times name instants in the order that they have."""
    when = one.when
    if isinstance(when, AllDay):
        return True
    walls = [(when.start, when.zone), (when.end, when.end_zone or when.zone)]
    moments = []
    for wall, name in walls:
        there = wall.replace(tzinfo=zone(name or "Europe/Berlin"))
        if there.astimezone(UTC).astimezone(there.tzinfo).replace(tzinfo=None) != wall:
            return False
        moments.append(there.astimezone(UTC))
    return moments[0] <= moments[1]


class Numbers:
    """Names that were not given yet."""

    last = 0

    def name(self) -> str:
        Numbers.last += 1
        return f"{Numbers.last:032x}"


@ONE_SIM
@given(one=bodies().filter(exists), two=bodies().filter(exists))
def test_any_event_comes_back_as_it_was_meant(
    google: GoogleProvider, one: CalendarEvent, two: CalendarEvent
) -> None:
    item = written(google, one, Numbers().name())

    assert differences(item, one) == {}
    assert item.event is not None
    assert (item.event.uid, item.event.mark) == (one.uid, one.mark)
    other = replace(two, uid=one.uid, mark=one.mark)
    assert differences(updated(google, item, other), other) == {}


def weekly(**changes: Any) -> CalendarEvent:
    start = datetime(2026, 12, 7, 9, 0)  # noqa: DTZ001  (a wall time)
    when = Timed(start=start, end=start + timedelta(hours=1), zone="Europe/Berlin")
    made = CalendarEvent(
        uid="weekly@test",
        when=when,
        title="Weekly",
        recurrence=Recurrence(rules=("FREQ=WEEKLY;COUNT=30",)),
        mark="mark-1",
    )
    return replace(made, **changes)


def instance(master: CalendarEvent, week: int) -> CalendarEvent:
    assert isinstance(master.when, Timed)
    there = master.when.moved_to(master.when.start + timedelta(weeks=week))
    return replace(master, when=there, recurrence=None, exceptions=())


def gone(master: CalendarEvent, week: int) -> EventException:
    return EventException(original_start=instance(master, week).when.start, replacement=None)


def changed(master: CalendarEvent, week: int, **changes: Any) -> EventException:
    there = instance(master, week)
    return EventException(original_start=there.when.start, replacement=replace(there, **changes))


def later(one: CalendarEvent, hours: int) -> Timed:
    assert isinstance(one.when, Timed)
    return one.when.moved_to(one.when.start + timedelta(hours=hours))


def test_a_series_with_exceptions_is_one_item(google: GoogleProvider) -> None:
    master = weekly()
    # The eighteenth lies behind the change of clocks in March.
    moved = changed(master, 18, when=later(instance(master, 18), 3), title="Moved")
    one = replace(master, exceptions=(gone(master, 1), changed(master, 2, title="Other"), moved))

    item = written(google, one, "a" * 32)

    assert differences(item, one) == {}
    assert [named.key for named in google.changes(HOST, None).named] == ["a" * 32]


def test_exceptions_come_and_go(google: GoogleProvider) -> None:
    master = weekly()
    steps = [
        (gone(master, 1),),
        (gone(master, 1), changed(master, 2, title="Other")),
        (changed(master, 1, title="Back again"), changed(master, 2, location="Room")),
        (gone(master, 2),),
        (changed(master, 2, title="Once more"), gone(master, 3)),
        (),
    ]
    item = written(google, master, "a" * 32)

    for exceptions in steps:
        wanted = replace(master, exceptions=exceptions)
        item = updated(google, item, wanted)
        assert differences(item, wanted) == {}


def test_a_series_may_end_and_begin(google: GoogleProvider) -> None:
    single = replace(weekly(), recurrence=None)
    item = written(google, single, "a" * 32)

    for wanted in (weekly(), single, weekly(recurrence=Recurrence(rules=("FREQ=DAILY;COUNT=3",)))):
        item = updated(google, item, wanted)
        assert differences(item, wanted) == {}


def test_a_series_takes_extra_dates(google: GoogleProvider) -> None:
    extra = ExtraDate(start=datetime(2027, 1, 2, 9, 0))  # noqa: DTZ001
    one = weekly(recurrence=Recurrence(rules=("FREQ=WEEKLY;COUNT=3",), extra_dates=(extra,)))

    assert differences(written(google, one, "a" * 32), one) == {}


def test_floating_times_stay_floating(google: GoogleProvider) -> None:
    when = Timed(start=NINE, end=NINE + timedelta(hours=1), zone=None)
    rule = "FREQ=DAILY;UNTIL=20261201T090000"
    single = CalendarEvent(uid="f@test", when=when, title="Floating")
    series = replace(single, recurrence=Recurrence(rules=(rule,)))

    assert differences(written(google, single, "a" * 32), single) == {}
    assert differences(written(google, series, "b" * 32), series) == {}


def test_dates_repeat_as_dates(google: GoogleProvider) -> None:
    when = AllDay(start=date(2026, 12, 7), end=date(2026, 12, 9))
    master = weekly(when=when)
    there = when.moved_to(date(2026, 12, 14))
    exceptions = (
        EventException(
            original_start=there.start,
            replacement=replace(master, when=there, title="Other", recurrence=None),
        ),
        EventException(original_start=date(2026, 12, 21), replacement=None),
    )
    one = replace(master, exceptions=exceptions)

    assert differences(written(google, one, "a" * 32), one) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"recurrence": Recurrence(only_exceptions=True)},
        {
            "recurrence": Recurrence(
                extra_dates=(ExtraDate(start=NINE, end=NINE + timedelta(hours=5)),)
            )
        },
        {"exceptions": (replace(gone(weekly(), 1), and_future=True),)},
        {"attendees": tuple(Attendee(address=f"{n:040}@example.org") for n in range(900))},
    ],
)
def test_what_google_cannot_hold_is_refused_before_anything_is_written(
    google: GoogleProvider, sim: ProviderSim, change: dict[str, Any]
) -> None:
    with pytest.raises(Unsupported):
        google.create(HOST, "a" * 32, weekly(**change))

    assert sim.google.journal == []


def test_guests_are_data_and_nobody_is_invited(google: GoogleProvider, sim: ProviderSim) -> None:
    one = replace(event("b@test"), attendees=(GUEST,), description="About it")

    item = written(google, one, "b" * 32)
    updated(google, item, replace(one, title="Later"))
    google.delete(HOST, item.key, None)

    assert differences(item, one) == {}
    row = sim.google.row(HOST, item.key)
    assert "attendees" not in row
    assert "A guest <guest@example.org>" in row["description"]
    assert sim.google.mails == []
    assert {write.send_updates for write in sim.google.journal} == {"none"}


def test_attendees_of_googles_own_events_stay_googles(
    google: GoogleProvider, sim: ProviderSim
) -> None:
    people = [
        {"email": HOST, "self": True, "organizer": True, "responseStatus": "accepted"},
        {"email": "guest@example.org", "responseStatus": "tentative", "comment": "perhaps"},
    ]
    key = own_event(sim, attendees=people)["id"]
    item = google.get(HOST, key)
    assert item.event is not None

    updated(google, item, replace(item.event, title="Later"))

    row = sim.google.row(HOST, key)
    assert row["summary"] == "Later"
    assert [one.get("comment") for one in row["attendees"]] == [None, "perhaps"]
    assert "attendees" not in sim.google.journal[-1].body


def test_a_patch_names_only_what_differs(google: GoogleProvider, sim: ProviderSim) -> None:
    key = own_event(sim, description="<p>One</p><p>Two</p>", colorId="3")["id"]
    item = google.get(HOST, key)
    assert item.event is not None

    updated(google, item, replace(item.event, location="Room"))
    again = google.get(HOST, key)
    google.update(HOST, key, again.version, replace(item.event, location="Room"))

    (write,) = sim.google.journal
    assert write.body == {"location": "Room"}
    assert write.if_match == f'"{item.version}"'
    assert sim.google.row(HOST, key)["description"] == "<p>One</p><p>Two</p>"


def test_a_meeting_link_survives_our_writes(google: GoogleProvider, sim: ProviderSim) -> None:
    asked = {"createRequest": {"requestId": "r"}}
    key = own_event(sim)["id"]
    sim.google.edit_event(HOST, key, conferenceData=asked)
    item = google.get(HOST, key)
    assert item.event is not None

    updated(google, item, replace(item.event, title="Later"))

    assert sim.google.row(HOST, key)["hangoutLink"]
    assert sim.google.row(HOST, key)["conferenceData"]["entryPoints"]


def own_event(sim: ProviderSim, **fields: Any) -> dict[str, Any]:
    """Make an event as the host does at Google."""
    sim.google.user(HOST)
    start = {"dateTime": "2026-11-23T09:00:00+01:00", "timeZone": "Europe/Berlin"}
    end = {"dateTime": "2026-11-23T10:00:00+01:00", "timeZone": "Europe/Berlin"}
    return sim.google.add_event(HOST, **{"summary": "Theirs", "start": start, "end": end, **fields})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"transparency": "transparent"}, {"transparency": Transparency.TRANSPARENT}),
        ({"eventType": "workingLocation"}, {"transparency": Transparency.TRANSPARENT}),
        ({"eventType": "outOfOffice"}, {"transparency": Transparency.OPAQUE}),
        ({"eventType": "focusTime"}, {"transparency": Transparency.OPAQUE}),
        ({"status": "tentative"}, {"status": EventStatus.TENTATIVE}),
        ({"visibility": "private"}, {"visibility": Visibility.PRIVATE}),
        ({"colorId": "11"}, {"color": "#d50000"}),
        ({"description": "a &lt; b<br>c"}, {"description": "a < b\nc"}),
        ({"description": "x < y"}, {"description": "x < y"}),
        (
            {"attendees": [{"email": HOST, "self": True, "responseStatus": "declined"}]},
            {"my_answer": Answer.DECLINED},
        ),
    ],
)
def test_what_google_says_is_understood(
    google: GoogleProvider, sim: ProviderSim, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    item = google.get(HOST, own_event(sim, **fields)["id"])

    assert item.event is not None
    assert {name: getattr(item.event, name) for name in expected} == expected


def test_the_hour_that_comes_twice_is_told_in_utc(google: GoogleProvider, sim: ProviderSim) -> None:
    start = {"dateTime": "2026-10-25T02:30:00+01:00", "timeZone": "Europe/Berlin"}
    end = {"dateTime": "2026-10-25T03:30:00+01:00", "timeZone": "Europe/Berlin"}

    item = google.get(HOST, own_event(sim, start=start, end=end)["id"])

    assert item.event is not None
    first = datetime(2026, 10, 25, 1, 30)  # noqa: DTZ001
    assert item.event.when == Timed(start=first, end=first + timedelta(hours=1), zone="UTC")


def test_a_copy_that_a_person_made_is_an_event_of_its_own(
    google: GoogleProvider, sim: ProviderSim
) -> None:
    item = written(google, replace(event("b@test"), mark="mark-1"), "b" * 32)
    row = sim.google.row(HOST, item.key)

    copy = own_event(sim, extendedProperties=row["extendedProperties"])

    read = google.get(HOST, copy["id"]).event
    assert read is not None
    assert read.mark == ""
    assert read.uid == copy["iCalUID"]


def test_a_cancelled_event_takes_no_time_and_stays_cancelled(
    google: GoogleProvider, sim: ProviderSim
) -> None:
    one = replace(event("c@test"), status=EventStatus.CANCELLED)

    item = written(google, one, "c" * 32)

    assert differences(item, one) == {}
    assert sim.google.row(HOST, item.key)["transparency"] == "transparent"
