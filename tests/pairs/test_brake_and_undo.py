"""Many deletions at once, what is removed and overruled, and how it comes back."""

from __future__ import annotations

from email import message_from_string
from email.policy import default

import pytest
from sqlalchemy import select

from booking.core.errors import Conflict
from booking.core.ids import encode_id
from booking.db import reading
from booking.mail.models import MailMessage
from booking.mail.outbox import content_place
from booking.pairs.runner import PairPaused
from tests.pairs.place import Place, hour


def filled(place: Place, count: int = 10) -> Place:
    for number in range(count):
        place.left.put(f"e{number}", *hour(f"202612{10 + number}T100000", f"Event {number}"))
    place.join()
    place.sync()
    return place


def test_a_mass_deletion_halts_until_it_is_confirmed(either_place: Place) -> None:
    place = filled(either_place)
    for number in range(7):
        place.left.delete(f"SUMMARY:Event {number}")
    report = place.sync()

    assert (report.status, report.held) == ("halted", 7)
    assert (place.view().status, place.view().code) == ("halted", "mass_deletion")
    assert len(place.right.titles()) == 10
    place.left.put("new", *hour("20261201T100000", "New"))
    place.sync()
    assert "New" in place.right.titles()

    place.services.pairs.confirm(place.user, place.pair)

    assert place.same()
    assert len(place.right.titles()) == 4
    assert place.view().status == "active"


def test_its_owner_is_told_once_that_a_pair_is_halted(either_place: Place) -> None:
    place = filled(either_place, 8)
    webhooks = place.services.webhooks.service
    hook = webhooks.create(place.user, {"url": "https://hooks.example/"}).webhook
    for number in range(6):
        place.left.delete(f"SUMMARY:Event {number}")
    for _ in range(2):
        place.sync()

    with reading() as session:
        (told,) = session.scalars(select(MailMessage))
    assert (told.kind, told.user_id) == ("attention", place.user)
    assert told.content is not None
    mail = message_from_string(
        place.services.cipher.open(told.content, content_place(told.id)), policy=default
    )
    words = mail.get_body(("plain",))
    assert words is not None
    assert f"/pairs/{encode_id(place.pair)}" in words.get_content()
    (announced,) = webhooks.deliveries(place.user, hook.id)
    assert announced.event == "pair.halted"
    assert '"reason":"6 deletions wait' in (announced.request or "")


def test_held_deletions_are_undone_with_one_call(either_place: Place) -> None:
    place = filled(either_place)
    for number in range(7):
        place.left.delete(f"SUMMARY:Event {number}")
    assert place.sync().held == 7

    report = place.services.pairs.reject(place.user, place.pair)

    assert (report.status, report.held, report.finished) == ("active", 0, True)
    assert place.same()
    assert len(place.left.titles()) == 10
    place.sync()
    assert place.written() == 0


def test_a_removed_event_comes_back_on_both_sides_with_one_call(either_place: Place) -> None:
    place = filled(either_place, 3)
    place.left.delete("SUMMARY:Event 1")
    place.sync()
    (entry,) = place.services.pairs.trash(place.user, place.pair, before=None, limit=10)

    restored = place.services.pairs.restore_item(place.user, place.pair, entry.id)
    place.sync()
    place.sync()

    assert restored.restored_at is not None
    assert place.left.titles() == ["Event 0", "Event 1", "Event 2"]
    assert place.same()
    assert place.written() == 0
    with pytest.raises(Conflict):
        place.services.pairs.restore_item(place.user, place.pair, entry.id)


def test_a_value_that_gave_way_comes_back_with_one_call(either_place: Place) -> None:
    place = filled(either_place, 1)
    place.left.rewrite("SUMMARY:Event 0", "SUMMARY:From left")
    place.right.rewrite("SUMMARY:Event 0", "SUMMARY:From right")
    place.sync()
    kept = place.left.titles()
    found = place.services.pairs.history(place.user, place.pair, before=None, limit=10)
    (conflict,) = [entry for entry in found if entry.kind == "conflict"]
    ((field, (told_kept, told_lost)),) = conflict.changes.items()
    assert (field, [told_kept]) == ("title", kept)

    place.services.pairs.restore_value(place.user, place.pair, conflict.id)
    place.sync()

    assert place.left.titles() == place.right.titles() == [told_lost]
    assert {*kept, told_lost} == {"From left", "From right"}


def test_a_preview_tells_what_comes_and_writes_nothing(place: Place) -> None:
    filled(place)
    place.left.put("new", *hour("20261201T100000", "New"))
    place.left.rewrite("SUMMARY:Event 1", "SUMMARY:Renamed")
    place.left.delete("SUMMARY:Event 2")
    before = place.right.account.listing(place.right.url)

    preview = place.services.pairs.preview(place.user, place.pair)

    assert (preview.create, preview.change, preview.delete) == (1, 1, 1)
    assert {item.title for item in preview.items} == {"New", "Renamed", "Event 2"}
    assert place.right.account.listing(place.right.url) == before


def test_a_preview_of_a_pair_that_was_never_synced_lists_everything(place: Place) -> None:
    place.left.put("one", *hour("20261124T100000", "One"))
    place.left.put("off", *hour("20261124T100000", "Off"), "STATUS:CANCELLED")
    place.right.put("two", *hour("20261125T100000", "Two"))
    place.right.put("same", *hour("20261126T100000", "Same"))
    place.left.put("same", *hour("20261126T100000", "Same"))
    place.join(is_paused=True)

    preview = place.services.pairs.preview(place.user, place.pair)

    assert (preview.create, preview.link, preview.skip) == (2, 1, 1)
    assert place.right.titles() == ["Same", "Two"]


def test_a_paused_pair_is_left_alone_and_goes_on_where_it_was(place: Place) -> None:
    filled(place, 2)
    place.services.pairs.change(place.user, place.pair, is_paused=True)
    place.left.rewrite("SUMMARY:Event 1", "SUMMARY:Renamed")
    with pytest.raises(PairPaused):
        place.sync()
    assert place.view().status == "paused"

    place.services.pairs.change(place.user, place.pair, is_paused=False)
    place.sync()

    assert place.same()


def test_copies_stay_or_go_with_the_pair_and_originals_stay(place: Place) -> None:
    filled(place, 3)
    place.right.put("own", *hour("20261130T100000", "Own"))
    place.sync()
    place.right.rewrite("SUMMARY:Event 2", "SUMMARY:Edited since")

    assert place.services.pairs.delete(place.user, place.pair, remove_copies=True)

    assert place.left.titles() == ["Event 0", "Event 1", "Event 2"]
    assert place.right.titles() == ["Edited since", "Own"]


def test_a_pair_that_is_made_again_finds_the_copies_it_kept(place: Place) -> None:
    filled(place, 3)
    assert place.services.pairs.delete(place.user, place.pair, remove_copies=False)
    assert len(place.right.titles()) == 3

    place.join()
    place.sync()

    assert place.written() == 0
    assert len(place.left.titles()) == len(place.right.titles()) == 3


def test_titles_are_kept_only_while_a_pair_needs_them(place: Place) -> None:
    services = place.services
    services.selection.select(place.user, place.left.calendar)
    filled(place, 2)
    services.pairs.delete(place.user, place.pair, remove_copies=False)

    services.refresher.refresh(place.left.calendar)

    assert all("title" not in content for content in place.kept_of(place.left))
    assert place.kept_of(place.left)
    assert not place.kept_of(place.right)


def test_a_calendar_that_blocks_no_more_still_is_one_of_a_pair(place: Place) -> None:
    selection = place.services.selection.select(place.user, place.left.calendar)
    filled(place, 3)

    place.services.selection.unselect(place.user, selection.id)
    place.sync()

    assert place.written() == 0
    assert len(place.left.titles()) == len(place.right.titles()) == 3
