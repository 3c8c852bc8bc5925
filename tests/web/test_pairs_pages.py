"""The pages of a pair that runs: how it stands, and everything that can be done to it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from booking.calendars.link_models import SyncPair
from booking.calendars.models import Connection, ConnectionStatus
from booking.core.errors import Unreachable
from booking.core.ids import encode_id, new_id
from booking.db import writing
from tests.conftest import HostFactory
from tests.pairs.place import hour
from tests.web.browser import csrf_of, sign_in
from tests.web.pair_pages import PAGE, Desk, desk, words_of

__all__ = ["desk"]


@pytest.fixture
def running(desk: Desk) -> Desk:
    """A pair of both ways with five events, in step."""
    desk.fill(5)
    desk.join()
    desk.sync()
    return desk


def set_pair(pair_id: int, **values: object) -> None:
    with writing() as session:
        session.execute(update(SyncPair).where(SyncPair.id == pair_id).values(**values))


def test_the_list_says_which_way_how_it_stands_and_what_was_copied(running: Desk) -> None:
    page = running.read(PAGE)

    account = running.account.user
    assert f"Work {account} is kept the same as Private {account}" in page
    assert "Active" in page
    assert "Last synced just now · 5 events linked" in page


def test_pausing_and_resuming_say_what_happens(running: Desk) -> None:
    paused = running.follow(running.press(f"{running.path}/pause"))
    assert "Paused. Changes on both sides wait for Resume." in paused
    assert running.view().status == "paused"

    resumed = running.follow(running.press(f"{running.path}/resume"))
    assert "Resumed." in resumed
    assert running.view().status == "active"


def test_a_button_of_the_list_leads_back_to_the_list(running: Desk) -> None:
    answer = running.press(f"{running.path}/pause", PAGE, **{"from": "list"})

    assert answer.headers["Location"] == PAGE


def test_sync_now_says_what_was_copied_where(running: Desk) -> None:
    running.left.put("new", *hour("20261126T100000", "Newcomer"))
    running.right.rewrite("SUMMARY:Event 0", "SUMMARY:Renamed")

    page = running.follow(running.press(f"{running.path}/sync"))

    assert "Synced: 1 changed in “Work” and 1 created in “Private”." in page
    again = running.follow(running.press(f"{running.path}/sync"))
    assert "Synced. Nothing had changed." in again


def test_sync_now_of_a_paused_pair_is_refused_in_words(running: Desk) -> None:
    running.press(f"{running.path}/pause")

    page = running.follow(running.press(f"{running.path}/sync"))

    assert "This pair is paused. Resume it first." in page


def test_each_side_says_when_it_was_read_and_how_changes_are_found(running: Desk) -> None:
    page = running.read()

    assert page.count("Last read just now") == 2
    assert page.count("The server is asked what changed since its cursor") == 2
    assert page.count("Last error none") == 2


def test_a_first_comparison_shows_its_progress_in_a_live_region(desk: Desk) -> None:
    desk.join()

    page = desk.browser.get(desk.path).text

    assert 'role="status" aria-live="polite"' in page
    assert "Reading both calendars." in page
    assert f'data-progress="{desk.path}/progress"' in page
    assert "<progress" in desk.browser.get(f"{desk.path}/progress").text
    desk.fill(1)
    desk.sync()
    over = desk.browser.get(f"{desk.path}/progress").text
    assert "<progress" not in over
    assert "1 event is linked" in over


def test_turning_a_pair_says_which_way_it_goes_now(running: Desk) -> None:
    asked = running.browser.get(f"{running.path}/direction").text
    assert 'value="both" required checked' in asked

    page = running.follow(
        running.press(
            f"{running.path}/direction", f"{running.path}/direction", direction="left_to_right"
        )
    )

    assert "One way: “Work” is copied to “Private”." in page
    assert running.view().direction == "left_to_right"


def test_a_pair_that_hides_titles_is_not_turned_both_ways(desk: Desk) -> None:
    desk.join("left_to_right", title_mask="Busy")
    page = f"{desk.path}/direction"

    answer = desk.press(page, page, direction="both")

    assert answer.status_code == 409
    assert "This pair hides titles, so it goes one way only." in words_of(answer.text)
    assert "Nothing was changed" in words_of(answer.text)


def test_many_deletions_halt_the_pair_and_are_listed_before_they_are_approved(
    running: Desk,
) -> None:
    for number in range(5):
        running.left.delete(f"SUMMARY:Event {number}")
    running.sync()
    shown = running.read()
    assert "Halted" in shown
    assert "See what would be deleted" in shown
    held = f"{running.path}/held"

    asked = running.read(held)
    assert "Delete 5 events?" in asked
    assert "Event 3" in asked
    assert "in “Private”" in asked
    assert len(running.right.titles()) == 5

    done = running.follow(running.press(held, held))
    assert "Approved. Synced: 5 deleted in “Private”." in done
    assert running.right.titles() == []
    assert running.browser.get(held).status_code == 303


def test_held_deletions_are_put_back_with_one_press(running: Desk) -> None:
    for number in range(5):
        running.left.delete(f"SUMMARY:Event {number}")
    running.sync()
    held = f"{running.path}/held"
    assert "Put 5 events back" in running.read(held)

    done = running.follow(running.press(f"{held}/reject", held))

    assert "Nothing was deleted. Synced: 5 created in “Work”." in done
    assert len(running.left.titles()) == len(running.right.titles()) == 5
    assert running.view().status == "active"


def test_a_deleted_event_comes_back_from_the_trash_with_one_press(running: Desk) -> None:
    running.left.delete("SUMMARY:Event 2")
    running.sync()
    assert "Event 2" not in running.right.titles()
    trash = f"{running.path}/trash"
    shown = running.read(trash)
    assert "Event 2" in shown
    assert "Deleted from “Private”" in shown
    (entry,) = running.services.pairs.trash(running.host.id, running.pair_id, before=None, limit=9)

    page = running.follow(running.press(f"{trash}/{encode_id(entry.id)}/restore", trash))
    running.sync()

    assert "“Event 2” comes back with the next sync." in page
    assert "Restored just now" in page
    assert "Event 2" in running.left.titles()
    assert "Event 2" in running.right.titles()


def test_history_shows_each_field_and_brings_back_a_value_that_gave_way(running: Desk) -> None:
    running.left.rewrite("SUMMARY:Event 1", "SUMMARY:Left says")
    running.right.rewrite("SUMMARY:Event 1", "SUMMARY:Right says")
    running.sync()
    (kept,) = {"Left says", "Right says"} & set(running.left.titles())
    (lost,) = {"Left says", "Right says"} - {kept}
    history = f"{running.path}/history"

    shown = running.read(history)
    assert f"Title kept “{kept}” , set aside “{lost}”" in shown
    assert f"Title “{lost}” became → “{kept}”" in shown.replace("→ became", "became →")

    found = running.services.pairs.history(running.host.id, running.pair_id, before=None, limit=9)
    (conflict,) = [each for each in found if each.kind == "conflict"]
    page = running.follow(running.press(f"{history}/{encode_id(conflict.id)}/restore", history))
    assert "comes back with the next sync" in page
    running.sync()
    assert lost in running.left.titles()
    assert lost in running.right.titles()


def test_long_histories_go_on_page_by_page(desk: Desk) -> None:
    for each in range(32):
        day = each % 28 + 1
        desk.left.put(f"e{each}", *hour(f"202612{day:02}T{each // 28 + 10}0000", f"Event {each}"))
    desk.join()
    desk.sync()

    first = desk.browser.get(f"{desk.path}/history").text
    assert first.count('class="happening"') == 30
    following = first.partition("history?before=")[2].partition('"')[0]
    second = desk.browser.get(f"{desk.path}/history?before={following}").text
    assert second.count('class="happening"') == 2
    assert "before=" not in second
    nonsense = desk.browser.get(f"{desk.path}/history?before=x").text
    assert nonsense.count('class="happening"') == 30


def test_deleting_asks_what_becomes_of_the_copies(running: Desk) -> None:
    page = f"{running.path}/delete"
    asked = running.read(page)
    assert "Keep the copies" in asked
    assert "Copies are deleted from “Work” and “Private”" in asked

    unanswered = running.press(page, page)

    assert unanswered.status_code == 422
    assert "Choose what becomes of the copies." in unanswered.text
    assert running.view().status == "active"


@pytest.mark.parametrize(("copies", "left_over"), [("keep", 5), ("remove", 0)])
def test_a_deleted_pair_leaves_what_was_asked_for(
    running: Desk, copies: str, left_over: int
) -> None:
    page = f"{running.path}/delete"

    shown = running.follow(running.press(page, page, copies=copies))

    assert "Deleted the pair “Work” and “Private”" in shown
    assert "No pairs yet" in shown
    assert len(running.left.titles()) == 5
    assert len(running.right.titles()) == left_over


def test_the_preview_names_what_is_left_out_and_why(running: Desk) -> None:
    running.left.put("off", *hour("20261126T100000", "Called off"), "STATUS:CANCELLED")

    preview = running.read(f"{running.path}/preview")

    assert "1 left out" in preview
    assert "Called off" in preview
    assert "Cancelled or declined events are not copied." in preview


def test_a_copy_that_is_deleted_by_hand_twice_is_listed_as_left_alone(desk: Desk) -> None:
    desk.fill(2)
    desk.join("left_to_right")
    desk.sync()
    for _ in range(2):
        desk.right.delete("SUMMARY:Event 1")
        desk.sync()

    page = desk.read()
    assert "1 left out" in page
    assert "This copy was deleted twice within a day, so it is not made again." in page
    (waiting,) = desk.services.pairs.waiting(desk.host.id, desk.pair_id)

    again = desk.press(f"{desk.path}/left-out/{encode_id(waiting.id)}/retry")
    assert "“Event 1” is tried again with the next sync." in desk.follow(again)
    desk.sync()

    assert desk.right.titles() == ["Event 0", "Event 1"]
    assert "No event is left out." in desk.read()


def test_preview_of_a_pair_in_step_says_that_nothing_is_due(running: Desk) -> None:
    assert "Nothing: both calendars are in step." in running.read(f"{running.path}/preview")


def test_a_failing_account_is_shown_as_cause_and_remedy(running: Desk) -> None:
    set_pair(
        running.pair_id,
        failures=2,
        error="provider_unavailable",
        reason="The server did not answer in time or closed the connection.",
        error_at=running.clock.now(),
    )
    running.services.connections.record_failure(
        running.left.connection, Unreachable("It did not answer in time.")
    )

    page = running.read()

    assert "Active, failing" in page
    assert "The server did not answer in time" in page
    assert "Nothing is deleted meanwhile." in page
    assert "Degraded" in page


def test_a_refused_password_leads_to_reconnect(running: Desk) -> None:
    with writing() as session:
        row = session.get_one(Connection, running.left.connection)
        row.status = ConnectionStatus.RECONNECT_REQUIRED
    set_pair(running.pair_id, status="revoked", error="reconnect_required", reason="Refused.")

    page = running.browser.get(PAGE).text

    assert "Revoked" in page
    assert f"/settings/calendars/{encode_id(running.left.connection)}/reconnect" in page


@pytest.mark.parametrize(
    ("code", "remedy"),
    [("forbidden", "give you the right to change it"), ("not_found", "If the calendar is back")],
)
def test_a_calendar_that_may_no_longer_be_used_stops_the_pair_with_a_remedy(
    running: Desk, code: str, remedy: str
) -> None:
    set_pair(running.pair_id, status="stopped", error=code, reason="It may not be used.")

    page = running.read(PAGE)

    assert "Stopped" in page
    assert remedy in page
    assert "Resume" in page


def test_disconnecting_says_which_pairs_end(running: Desk) -> None:
    path = f"/settings/calendars/{encode_id(running.left.connection)}/disconnect"

    asked = running.read(path)
    running.press(path, path)

    assert "The pair of “Work” and “Private” ends; copies stay as they are." in asked
    assert running.services.pairs.list(running.host.id) == ()
    assert len(running.right.titles()) == 5


def test_strangers_find_no_pair(running: Desk, make_host: HostFactory) -> None:
    other = make_host(username="other")
    sign_in(other.client, other.email, other.password)
    token = csrf_of(other.client.get("/settings/profile"))
    paths = ("", "/start", "/preview", "/held", "/direction", "/delete", "/history", "/trash")
    acts = ("/pause", "/resume", "/sync", "/start", "/discard", "/held", "/direction", "/delete")
    entry = f"/{encode_id(new_id())}/restore"

    seen = [other.client.get(f"{running.path}{each}").status_code for each in paths]
    done = [
        other.client.post(f"{running.path}{each}", data={"csrf_token": token}).status_code
        for each in (*acts, f"/history{entry}", f"/trash{entry}")
    ]

    assert set(seen + done) == {404}
    assert running.view().status == "active"
    assert "Work" not in other.client.get(PAGE).text
