"""What every calendar provider does, whoever is behind it.

A provider's tests subclass one of these and give it a `scene`: the provider, one of its calendars,
and the hands of another program on the same calendar.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Protocol

import pytest

from booking.calendars.ports import CalendarProvider, ChangeKind, Changes, RemoteItem
from booking.core.errors import (
    CursorExpired,
    ItemGone,
    ProviderError,
    Unsupported,
    VersionConflict,
)
from booking.core.event import CalendarEvent
from tests.calendars.providers.made import event, ics


class Hands(Protocol):
    """Another program that writes to the same calendar; objects go by their UID."""

    def put(self, uid: str, text: str) -> None: ...

    def remove(self, uid: str) -> None: ...


class Scene:
    """A provider at work on one calendar that starts empty.

    `kept`: how the two foreign lines that a test writes look in what the provider calls raw.
    `shade`: what becomes of the colour `#ff8800` there.
    """

    def __init__(
        self,
        provider: CalendarProvider,
        calendar: str,
        hands: Hands,
        *,
        kept: tuple[str, ...] = ("X-THEIRS:keep me", "CATEGORIES:work"),
        shade: str = "#ff8800",
    ) -> None:
        self.provider = provider
        self.calendar = calendar
        self.hands = hands
        self.kept = kept
        self.shade = shade

    def changes(self, cursor: str | None = None) -> Changes:
        return self.provider.changes(self.calendar, cursor)

    def cursor(self) -> str:
        cursor = self.changes().cursor
        assert cursor is not None
        return cursor

    def read(self) -> dict[str, RemoteItem]:
        """Everything there is, by UID."""
        keys = [named.key for named in self.changes().named]
        items = self.provider.fetch(self.calendar, keys).items
        return {item.event.uid if item.event else item.key: item for item in items}


class ReadingContract(ABC):
    """What can be relied on when reading."""

    @pytest.fixture
    @abstractmethod
    def scene(self, request: pytest.FixtureRequest) -> Scene: ...

    def test_the_account_has_a_key_that_stays_the_same(self, scene: Scene) -> None:
        assert scene.provider.account().key
        assert scene.provider.account() == scene.provider.account()

    def test_the_calendar_is_listed_once(self, scene: Scene) -> None:
        keys = [calendar.key for calendar in scene.provider.list_calendars()]

        assert keys.count(scene.calendar) == 1

    def test_an_empty_calendar_is_a_whole_and_empty_listing(self, scene: Scene) -> None:
        changes = scene.changes()

        assert changes.is_complete
        assert changes.named == ()
        assert changes.removed == ()

    def test_what_another_program_wrote_is_listed_and_read(self, scene: Scene) -> None:
        scene.hands.put("a@test", ics("a@test", "Some"))
        scene.hands.put("b@test", ics("b@test", "Other"))

        items = scene.read()

        titles = {uid: item.event.title for uid, item in items.items() if item.event}
        assert titles == {"a@test": "Some", "b@test": "Other"}

    def test_a_listing_names_the_versions_that_reading_finds(self, scene: Scene) -> None:
        scene.hands.put("a@test", ics("a@test"))

        (named,) = scene.changes().named
        item = scene.provider.get(scene.calendar, named.key)

        assert named.version is not None
        assert item.version == named.version
        assert item.key == named.key

    def test_nothing_new_is_an_empty_delta(self, scene: Scene) -> None:
        scene.hands.put("a@test", ics("a@test"))

        again = scene.changes(scene.cursor())

        assert again.kind is ChangeKind.DELTA
        assert again.named == ()
        assert again.removed == ()
        assert again.cursor is not None

    def test_a_change_is_named_with_another_version(self, scene: Scene) -> None:
        scene.hands.put("a@test", ics("a@test", "Before"))
        before = scene.changes()
        scene.hands.put("a@test", ics("a@test", "After"))

        after = scene.changes(before.cursor)

        assert [named.key for named in after.named] == [named.key for named in before.named]
        assert after.named[0].version != before.named[0].version

    def test_a_removal_is_a_candidate_and_reading_confirms_it(self, scene: Scene) -> None:
        scene.hands.put("a@test", ics("a@test"))
        scene.hands.put("b@test", ics("b@test"))
        before = scene.changes()
        key = next(item.key for uid, item in scene.read().items() if uid == "a@test")
        scene.hands.remove("a@test")

        after = scene.changes(before.cursor)

        assert key in after.removed or (after.is_complete and key not in keys_of(after))
        assert scene.provider.fetch(scene.calendar, [key]).gone == (key,)
        with pytest.raises(ItemGone):
            scene.provider.get(scene.calendar, key)

    def test_what_happens_after_a_calm_is_told_as_ever(self, scene: Scene) -> None:
        for uid in ("a@test", "b@test", "c@test"):
            scene.hands.put(uid, ics(uid, "Before"))
        keys = {uid: item.key for uid, item in scene.read().items()}
        cursor = scene.cursor()
        for _ in range(4):
            cursor = scene.changes(cursor).cursor or ""
        scene.hands.put("a@test", ics("a@test", "After"))
        scene.hands.remove("b@test")

        after = scene.changes(cursor)

        named = set(keys_of(after))
        assert keys["a@test"] in named
        assert keys["b@test"] in after.removed or (
            after.is_complete and keys["b@test"] not in named
        )
        assert after.is_complete or keys["c@test"] not in named
        assert all(item.event and item.event.title == "After" for item in after.read)

    def test_unknown_keys_do_not_disturb_the_known_ones(self, scene: Scene) -> None:
        scene.hands.put("a@test", ics("a@test"))
        (key,) = keys_of(scene.changes())
        unknown = key.replace("a", "zz")

        fetched = scene.provider.fetch(scene.calendar, [unknown, key, key])

        assert [item.key for item in fetched.items] == [key]
        assert fetched.gone == (unknown,)

    def test_nothing_asked_is_nothing_read(self, scene: Scene) -> None:
        fetched = scene.provider.fetch(scene.calendar, [])

        assert fetched.items == ()
        assert fetched.gone == ()

    def test_what_cannot_be_understood_is_kept_apart_and_the_rest_counts(
        self, scene: Scene
    ) -> None:
        scene.hands.put("good@test", ics("good@test"))
        scene.hands.put("odd@test", ics("odd@test", "Odd", "RRULE:FREQ=SECONDLY"))

        items = list(scene.read().values())

        assert sorted(bool(item.quarantine) for item in items) == [False, True]
        assert all((item.event is None) == bool(item.quarantine) for item in items)

    def test_another_calendar_is_gone(self, scene: Scene) -> None:
        with pytest.raises(ItemGone):
            scene.provider.changes(scene.calendar.rstrip("/") + "-not-there/", None)


class ProviderContract(ReadingContract):
    """What can be relied on when writing as well."""

    def test_a_cursor_of_another_calendar_is_refused(self, scene: Scene) -> None:
        way, _, rest = scene.cursor().partition("|")
        digest, _, token = rest.partition("|")
        foreign = "|".join((way, digest[::-1], token))

        with pytest.raises(CursorExpired):
            scene.changes(foreign)

    def test_a_cursor_that_is_no_longer_known_is_refused(self, scene: Scene) -> None:
        with pytest.raises(CursorExpired):
            scene.changes(scene.cursor()[:-4] + "beef")

    def test_what_was_created_reads_as_it_was_meant(self, scene: Scene) -> None:
        written = scene.provider.create(scene.calendar, "b-1", event("b-1@test", "Büro, 9 h"))

        item = scene.provider.get(scene.calendar, written.key)

        key = scene.provider.key_for(scene.calendar, "b-1")
        assert scene.provider.get(scene.calendar, key).key == written.key
        assert item.event is not None
        assert item.event.title == "Büro, 9 h"
        assert item.event.uid == "b-1@test"
        assert item.event.when == event("b-1@test").when
        assert written.version in {None, item.version}

    def test_a_created_item_is_listed_under_the_same_key(self, scene: Scene) -> None:
        written = scene.provider.create(scene.calendar, "b-1", event("b-1@test"))

        assert keys_of(scene.changes()) == [written.key]

    def test_a_name_is_given_once(self, scene: Scene) -> None:
        scene.provider.create(scene.calendar, "b-1", event("b-1@test", "First"))

        with pytest.raises(VersionConflict):
            scene.provider.create(scene.calendar, "b-1", event("b-1@test", "Second"))

        assert [item.event.title for item in scene.read().values() if item.event] == ["First"]

    def test_an_update_is_what_is_read_next(self, scene: Scene) -> None:
        item = created(scene)

        scene.provider.update(scene.calendar, item.key, item.version, retitled(item, "Later"))

        after = scene.provider.get(scene.calendar, item.key)
        assert after.event is not None
        assert after.event.title == "Later"
        assert after.version != item.version

    def test_an_update_keeps_the_lines_we_do_not_know(self, scene: Scene) -> None:
        scene.hands.put("a@test", ics("a@test", "Before", "X-THEIRS:keep me", "CATEGORIES:work"))
        item = scene.read()["a@test"]

        scene.provider.update(scene.calendar, item.key, item.version, retitled(item, "After"))

        after = scene.provider.get(scene.calendar, item.key)
        assert [line for line in scene.kept if line not in after.raw] == []
        assert after.event is not None
        assert after.event.title == "After"

    def test_an_update_over_a_newer_version_is_refused(self, scene: Scene) -> None:
        scene.hands.put("a@test", ics("a@test", "Read"))
        item = scene.read()["a@test"]
        scene.hands.put("a@test", ics("a@test", "Edited by a person"))

        with pytest.raises(VersionConflict):
            scene.provider.update(scene.calendar, item.key, item.version, retitled(item, "Ours"))

        assert "Edited by a person" in scene.provider.get(scene.calendar, item.key).raw

    def test_an_update_of_what_is_gone_says_so(self, scene: Scene) -> None:
        item = created(scene)
        scene.provider.delete(scene.calendar, item.key, item.version)

        with pytest.raises(ItemGone):
            scene.provider.update(scene.calendar, item.key, item.version, retitled(item, "Late"))

    def test_deleting_twice_is_done_twice(self, scene: Scene) -> None:
        item = created(scene)

        scene.provider.delete(scene.calendar, item.key, item.version)
        scene.provider.delete(scene.calendar, item.key, item.version)

        assert scene.changes().named == ()

    def test_deleting_a_newer_version_is_refused(self, scene: Scene) -> None:
        scene.hands.put("a@test", ics("a@test", "Read"))
        item = scene.read()["a@test"]
        scene.hands.put("a@test", ics("a@test", "Edited by a person"))

        with pytest.raises(VersionConflict):
            scene.provider.delete(scene.calendar, item.key, item.version)

        assert list(scene.read()) == ["a@test"]

    def test_a_new_calendar_is_listed_and_empty(self, scene: Scene) -> None:
        made = scene.provider.create_calendar("Büro & Co", "#FF8800")

        assert made in scene.provider.list_calendars()
        assert made.name == "Büro & Co"
        assert made.color == scene.shade
        assert not made.read_only
        assert scene.provider.changes(made.key, None).named == ()

    def test_many_items_are_read_in_few_requests(self, scene: Scene) -> None:
        for number in range(120):
            scene.hands.put(f"{number}@test", ics(f"{number}@test"))

        assert len(scene.read()) == 120


class ReadOnlyContract(ReadingContract):
    """A provider that cannot write says so, each time in the same way."""

    def test_every_write_is_unsupported(self, scene: Scene) -> None:
        provider, calendar = scene.provider, scene.calendar
        assert not provider.capabilities.can_write
        assert_unsupported(lambda: provider.create(calendar, "b-1", event("b-1@test")))
        assert_unsupported(lambda: provider.update(calendar, "b-1", None, event("b-1@test")))
        assert_unsupported(lambda: provider.delete(calendar, "b-1", None))
        assert_unsupported(lambda: provider.create_calendar("New", None))
        assert_unsupported(lambda: provider.key_for(calendar, "b-1"))


def assert_unsupported(call: object) -> None:
    assert callable(call)
    with pytest.raises(Unsupported) as caught:
        call()
    assert isinstance(caught.value, ProviderError)
    assert caught.value.provider


def created(scene: Scene) -> RemoteItem:
    written = scene.provider.create(scene.calendar, "b-1", event("b-1@test"))
    return scene.provider.get(scene.calendar, written.key)


def retitled(item: RemoteItem, title: str) -> CalendarEvent:
    assert item.event is not None
    return replace(item.event, title=title)


def keys_of(changes: Changes) -> list[str]:
    return [named.key for named in changes.named]
