"""What goes wrong at Google is told as it is, writes nothing twice and proves nothing gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booking.calendars.ports import ChangeKind
from booking.calendars.providers.google.provider import GoogleProvider
from booking.core.errors import (
    BadAnswer,
    CursorExpired,
    ItemGone,
    PermissionDenied,
    ProviderError,
    ReconnectRequired,
    Throttled,
    Unreachable,
    Unsupported,
    VersionConflict,
)
from booking.core.event import EventException, Recurrence, Timed
from tests.calendars.providers.google_scene import HOST, google_provider
from tests.calendars.providers.made import event
from tests.providersim.faults import Act
from tests.providersim.server import ProviderSim

NINE = {"dateTime": "2026-11-23T09:00:00+01:00", "timeZone": "Europe/Berlin"}
TEN = {"dateTime": "2026-11-23T10:00:00+01:00", "timeZone": "Europe/Berlin"}
NAME = "a" * 32


@pytest.fixture
def google(sim: ProviderSim) -> GoogleProvider:
    return google_provider(sim)


def add(sim: ProviderSim, **fields: Any) -> str:
    return str(sim.google.add_event(HOST, **{"start": NINE, "end": TEN, **fields})["id"])


def named(google: GoogleProvider, cursor: str | None = None) -> list[str]:
    return sorted(one.key for one in google.changes(HOST, cursor).named)


def cursor_of(google: GoogleProvider) -> str:
    cursor = google.changes(HOST, None).cursor
    assert cursor is not None
    return cursor


@pytest.mark.parametrize("act", [Act.DROP_AFTER_WRITE, Act.APPLY_THEN_STATUS, Act.TRUNCATE])
def test_a_write_whose_answer_was_lost_is_not_repeated(
    google: GoogleProvider, sim: ProviderSim, act: Act
) -> None:
    sim.google.fail_next("events.insert", act)

    with pytest.raises((Unreachable, BadAnswer)):
        google.create(HOST, NAME, event("b@test"))

    assert sim.calls.count("events.insert") == 1
    with pytest.raises(VersionConflict):
        google.create(HOST, NAME, event("b@test"))
    assert len(sim.google.rows(HOST)) == 1
    assert google.get(HOST, google.key_for(HOST, NAME)).key == NAME


@pytest.mark.parametrize("act", [Act.DROP_BEFORE, Act.RESET, Act.STATUS])
def test_a_write_that_did_not_arrive_may_be_sent_again(
    google: GoogleProvider, sim: ProviderSim, act: Act
) -> None:
    sim.google.fail_next("events.insert", act)
    with pytest.raises(Unreachable):
        google.create(HOST, NAME, event("b@test"))

    google.create(HOST, NAME, event("b@test"))

    assert len(sim.google.rows(HOST)) == 1


def series() -> Any:
    master = replace(
        event("s@test", zone="Europe/Berlin"), recurrence=Recurrence(rules=("FREQ=DAILY;COUNT=9",))
    )
    assert isinstance(master.when, Timed)
    exceptions = []
    for day in (2, 4):
        when = master.when.moved_to(master.when.start + timedelta(days=day))
        body = replace(master, when=when, title="Other", recurrence=None)
        exceptions.append(EventException(original_start=when.start, replacement=body))
    return replace(master, exceptions=tuple(exceptions))


@pytest.mark.parametrize("skip", [0, 1, 2])
@pytest.mark.parametrize("act", [Act.DROP_BEFORE, Act.DROP_AFTER_WRITE])
def test_a_series_is_there_whole_or_not_at_all(
    google: GoogleProvider, sim: ProviderSim, act: Act, skip: int
) -> None:
    sim.google.fail_next("events.patch", act, skip=skip)
    with pytest.raises(Unreachable):
        google.create(HOST, NAME, series())
    was_finished = act is Act.DROP_AFTER_WRITE and skip == 2

    assert bool(named(google)) == was_finished
    assert bool(google.fetch(HOST, [NAME]).items) == was_finished
    if not was_finished:
        google.create(HOST, NAME, series())

    read = google.get(HOST, NAME).event
    assert read is not None
    assert [one.replacement.title for one in read.exceptions if one.replacement] == ["Other"] * 2


@pytest.mark.parametrize(
    ("status", "reason", "retry_after", "kind", "seconds"),
    [
        (429, "rateLimitExceeded", "7", Throttled, 7),
        (403, "rateLimitExceeded", None, Throttled, 30),
        (403, "userRateLimitExceeded", "99999", Throttled, 3600),
        (403, "quotaExceeded", "Sat, 21 Nov 2026 08:01:00 GMT", Throttled, 61),
        (403, "forbidden", None, PermissionDenied, None),
        (403, "insufficientPermissions", None, PermissionDenied, None),
        (404, "notFound", None, ItemGone, None),
        (401, "authError", None, ReconnectRequired, None),
        (500, "backendError", None, Unreachable, None),
        (503, "backendError", "5", Unreachable, None),
        (302, "odd", None, BadAnswer, None),
    ],
)
def test_refusals_have_their_meaning(
    google: GoogleProvider,
    sim: ProviderSim,
    status: int,
    reason: str,
    retry_after: str | None,
    kind: type[ProviderError],
    seconds: int | None,
) -> None:
    sim.google.fail_next(
        "events.list", status=status, reason=reason, retry_after=retry_after, times=None
    )

    with pytest.raises(kind) as caught:
        google.changes(HOST, None)

    assert caught.value.provider == "google"
    assert caught.value.step
    assert getattr(caught.value, "retry_after", None) == seconds


@pytest.mark.parametrize("act", [Act.HTML, Act.EMPTY, Act.CUT_JSON, Act.TRUNCATE, Act.ENDLESS])
def test_half_an_answer_is_none(google: GoogleProvider, sim: ProviderSim, act: Act) -> None:
    add(sim)
    sim.google.fail_next("events.list", act, times=None)

    with pytest.raises(BadAnswer):
        google.changes(HOST, None)


def test_an_old_cursor_is_told_and_a_listing_finds_all_once(
    google: GoogleProvider, sim: ProviderSim
) -> None:
    keys = sorted(add(sim) for _ in range(3))
    cursor = cursor_of(google)
    sim.google.expire_cursors(HOST)

    with pytest.raises(CursorExpired):
        google.changes(HOST, cursor)

    assert named(google) == keys


@pytest.mark.parametrize("act", [Act.EMPTY_PAGE, Act.DUPLICATES, Act.REVERSED])
def test_odd_pages_hold_everything_once(google: GoogleProvider, sim: ProviderSim, act: Act) -> None:
    sim.google.limit_pages(2)
    keys = sorted(add(sim) for _ in range(5))
    sim.google.fail_next("events.list", act)

    changes = google.changes(HOST, None)

    assert sorted(one.key for one in changes.named) == keys
    assert changes.cursor is not None


def test_without_a_token_the_next_question_is_a_listing(
    google: GoogleProvider, sim: ProviderSim
) -> None:
    add(sim)
    sim.google.fail_next("events.list", Act.NO_SYNC_TOKEN)

    changes = google.changes(HOST, None)

    assert (changes.kind, changes.cursor) == (ChangeKind.LISTING, None)


def test_an_edit_between_our_reading_and_writing_is_not_overwritten(
    google: GoogleProvider, sim: ProviderSim
) -> None:
    key = add(sim, summary="Read")
    item = google.get(HOST, key)
    assert item.event is not None
    sim.google.fail_next(
        "events.patch",
        Act.MEANWHILE,
        hook=lambda: sim.google.edit_event(HOST, key, summary="A person's"),
    )

    with pytest.raises(VersionConflict):
        google.update(HOST, key, item.version, replace(item.event, title="Ours"))

    assert sim.google.row(HOST, key)["summary"] == "A person's"


def test_a_grant_that_dies_in_the_middle_is_told(google: GoogleProvider, sim: ProviderSim) -> None:
    add(sim)
    google.changes(HOST, None)
    sim.google.revoke(HOST)

    with pytest.raises(ReconnectRequired):
        google.changes(HOST, None)


def test_nothing_is_gone_while_its_calendar_cannot_be_read(
    google: GoogleProvider, sim: ProviderSim
) -> None:
    calendar = sim.google.add_calendar(HOST, "Team")
    key = sim.google.add_event(calendar, start=NINE, end=TEN)["id"]
    sim.google.unshare(calendar, HOST)

    with pytest.raises(Unreachable):
        google.fetch(calendar, [key])
    with pytest.raises(Unreachable):
        google.get(calendar, key)
    with pytest.raises(ItemGone):
        google.changes(calendar, None)


def test_a_changed_instance_names_its_series(google: GoogleProvider, sim: ProviderSim) -> None:
    key = add(sim, recurrence=["RRULE:FREQ=DAILY;COUNT=5"])
    cursor, before = cursor_of(google), google.get(HOST, key)
    sim.google.edit_event(HOST, f"{key}_20261125T080000Z", summary="Other")
    sim.google.delete_event(HOST, f"{key}_20261126T080000Z")

    changes = google.changes(HOST, cursor)

    assert [one.key for one in changes.named] == [key]
    assert changes.removed == ()
    (item,) = google.fetch(HOST, [key]).items
    assert item.version != before.version
    assert item.event is not None
    assert [bool(one.replacement) for one in item.event.exceptions] == [True, False]


def test_a_series_that_is_deleted_is_gone(google: GoogleProvider, sim: ProviderSim) -> None:
    key = add(sim, recurrence=["RRULE:FREQ=DAILY;COUNT=5"])
    sim.google.edit_event(HOST, f"{key}_20261125T080000Z", summary="Other")
    cursor = cursor_of(google)
    sim.google.delete_event(HOST, key)

    changes = google.changes(HOST, cursor)

    assert key in changes.removed
    assert changes.named == ()
    assert google.fetch(HOST, [key]).gone == (key,)


def test_single_instances_of_a_strangers_series_are_items(
    google: GoogleProvider, sim: ProviderSim
) -> None:
    lone = add(sim, recurringEventId="theirs", originalStartTime=NINE, summary="Invited to one")

    assert named(google) == [lone]
    event = google.get(HOST, lone).event
    assert event is not None
    assert (event.title, event.recurrence) == ("Invited to one", None)
    cursor = cursor_of(google)
    sim.google.edit_event(HOST, lone, summary="Later")
    assert named(google, cursor) == [lone]


def test_no_change_costs_one_request(google: GoogleProvider, sim: ProviderSim) -> None:
    add(sim)
    cursor = cursor_of(google)
    sim.calls.clear()

    google.changes(HOST, cursor)

    assert sim.calls == ["events.list"]


def test_a_listing_is_not_read_twice(google: GoogleProvider, sim: ProviderSim) -> None:
    keys = [add(sim, recurrence=["RRULE:FREQ=DAILY;COUNT=5"]) for _ in range(3)]
    google.changes(HOST, None)
    sim.calls.clear()

    assert len(google.fetch(HOST, keys).items) == 3
    assert sim.calls == []
    assert len(google.fetch(HOST, keys).items) == 3
    assert sim.calls != []


@pytest.mark.parametrize("hides", [False, True])
def test_a_calendar_of_free_and_busy_alone_blocks(
    google: GoogleProvider, sim: ProviderSim, hides: bool
) -> None:
    calendar = sim.google.add_calendar("boss@example.org", "Boss")
    sim.google.share(calendar, HOST, "freeBusyReader")
    if hides:
        sim.google.hide_busy_events()
    sim.google.add_event(calendar, summary="Secret", start=NINE, end=TEN)

    listed = {one.key: one for one in google.list_calendars()}
    changes = google.changes(calendar, None)
    (item,) = google.fetch(calendar, [one.key for one in changes.named]).items

    assert listed[calendar].read_only
    assert changes.is_complete
    assert item.event is not None
    assert item.event.title == ""
    assert isinstance(item.event.when, Timed)
    assert item.event.when.end - item.event.when.start == timedelta(hours=1)


def test_a_stretch_that_is_free_again_is_gone(google: GoogleProvider, sim: ProviderSim) -> None:
    calendar = sim.google.add_calendar("boss@example.org", "Boss")
    sim.google.share(calendar, HOST, "freeBusyReader")
    sim.google.hide_busy_events()
    key = sim.google.add_event(calendar, start=NINE, end=TEN)["id"]
    (stretch,) = google.changes(calendar, None).named
    sim.google.delete_event(calendar, key)

    assert google.changes(calendar, None).named == ()
    assert google.fetch(calendar, [stretch.key]).gone == (stretch.key,)
    with pytest.raises(ItemGone):
        google.get(calendar, stretch.key)


def test_a_reader_is_told_that_it_may_not_write(google: GoogleProvider, sim: ProviderSim) -> None:
    calendar = sim.google.add_calendar(HOST, "Team", role="reader")

    with pytest.raises(PermissionDenied) as caught:
        google.create(calendar, NAME, event("b@test"))

    assert "read-only" in caught.value.message


def test_contents_that_google_refuses_are_unsupported(
    google: GoogleProvider, sim: ProviderSim
) -> None:
    sim.google.fail_next("events.insert", status=400, reason="invalid")

    with pytest.raises(Unsupported):
        google.create(HOST, NAME, event("b@test"))
