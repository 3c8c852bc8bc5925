"""What tasks on a calendar promise, whichever provider the calendar is at."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest

from booking.core.errors import Conflict, InvalidInput
from booking.core.ids import encode_id
from booking.jobs.calendars import hint
from booking.tasks.values import Show
from tests.tasks.place import BASE, DUE, Place

LATER = DUE + timedelta(hours=3)


class TaskStories:
    """The contract; a subclass gives `place`."""

    colors: ClassVar[dict[str, tuple[str, ...]]] = {}

    # 2. Per-task switch

    def test_a_new_task_is_switched_off_and_asks_nothing_of_the_calendar(
        self, place: Place
    ) -> None:
        task = place.add(sync_enabled=False)
        place.tick()

        assert not task.sync_enabled
        assert place.events() == []

    def test_switched_on_the_event_is_created_at_once_at_the_due_time(self, place: Place) -> None:
        task = place.add(sync_enabled=False, duration_minutes=45)
        assert place.due_jobs() == 0
        place.change(task, sync_enabled=True)
        assert place.due_jobs() == 1
        assert place.now(task).sync.state == "pending"

        place.tick()

        event = place.only()
        assert (event.start, event.minutes) == (DUE, 45)
        assert place.now(task).sync.state == "written"

    def test_title_mirrors_and_the_description_ends_with_a_deep_link(self, place: Place) -> None:
        task = place.written("Call back", description="Ask for\nthe size.")

        event = place.only()
        assert event.title == "Call back"
        assert event.text == f"Ask for\nthe size.\n\n{BASE}/tasks/{encode_id(task.id)}"

    def test_the_colour_follows_the_priority(self, place: Place) -> None:
        task = place.written(priority="low")
        shown = {"low": place.only().paint}
        for priority in ("normal", "high", "urgent"):
            place.change(task, priority=priority)
            place.tick()
            shown[priority] = place.only().paint

        assert shown == self.colors

    def test_switched_off_the_event_is_deleted_and_the_task_stays(self, place: Place) -> None:
        task = place.written()
        place.change(task, sync_enabled=False)
        place.tick()

        assert place.events() == []
        assert place.now(task).title == "Write the offer"
        assert place.now(task).sync.state == "off"

    def test_switched_on_again_it_gets_an_event_again(self, place: Place) -> None:
        task = place.written()
        for is_on in (False, True):
            place.change(task, sync_enabled=is_on)
            place.tick()

        assert place.only().title == "Write the offer"

    def test_without_a_due_date_it_cannot_be_switched_on_and_says_why(self, place: Place) -> None:
        task = place.add(due_at=None, sync_enabled=False)
        assert "due date" in task.why_not
        with pytest.raises(InvalidInput) as refused:
            place.change(task, sync_enabled=True)

        assert refused.value.fields[0].pointer == "/sync_enabled"
        assert "due date" in refused.value.fields[0].detail

    def test_clearing_the_due_date_switches_off(self, place: Place) -> None:
        task = place.written()
        cleared = place.change(task, due_at=None)
        place.tick()

        assert not cleared.sync_enabled
        assert cleared.sync.ended == "no_due_date"
        assert place.events() == []

    # 3. Editing, completing, deleting

    def test_editing_title_due_date_or_description_updates_the_event(self, place: Place) -> None:
        task = place.written()
        key = place.only().key
        place.change(task, title="Send it", due_at=LATER, description="By mail")
        place.tick()

        event = place.only()
        assert (event.key, event.title, event.start) == (key, "Send it", LATER)
        assert event.text.startswith("By mail\n\n")

    def test_completing_strikes_the_title_through_and_reopening_undoes_it(
        self, place: Place
    ) -> None:
        task = place.written("Pay")
        place.change(task, completed=True)
        place.tick()
        assert place.only().title in {"P\u0336a\u0336y\u0336", "✓ Pay"}
        place.minute()
        assert place.now(task).title == "Pay"

        place.change(task, completed=False)
        place.tick()
        assert place.only().title == "Pay"

    def test_a_completed_task_leaves_upcoming_after_the_due_date_and_its_history_stays(
        self, place: Place
    ) -> None:
        task = place.written()
        place.change(task, completed=True)
        service = place.services.tasks.service
        assert len(service.by_due(place.user, Show.UPCOMING)) == 1
        place.clock.advance(days=2)

        assert service.by_due(place.user, Show.UPCOMING) == ()
        assert [each.id for each in service.by_due(place.user, Show.COMPLETED)] == [task.id]
        place.tick()
        assert len(place.events()) == 1

    def test_deleting_the_task_deletes_the_event(self, place: Place) -> None:
        task = place.written()
        place.services.tasks.service.delete(place.user, task.id)
        place.tick()

        assert place.events() == []

    # 4. Both ways

    def test_renamed_in_the_calendar_the_task_changes_on_the_next_tick(self, place: Place) -> None:
        task = place.written()
        place.rename(place.only(), "Write the contract")
        place.minute()

        assert place.now(task).title == "Write the contract"
        assert place.only().title == "Write the contract"

    def test_moved_in_the_calendar_the_task_changes_on_the_next_tick(self, place: Place) -> None:
        task = place.written()
        place.move(place.only(), LATER)
        place.minute()

        assert place.now(task).due_at == LATER
        assert place.now(task).sync.conflict is None

    def test_with_push_the_task_changes_at_once(self, place: Place) -> None:
        task = place.written()
        place.rename(place.only(), "Write the contract")
        place.tick()
        assert place.now(task).title == "Write the offer"

        hint(place.services)({"calendar_id": place.calendar})
        assert place.due_jobs() == 1
        place.tick()

        assert place.now(task).title == "Write the contract"

    def test_words_added_around_the_link_reach_the_task_without_it(self, place: Place) -> None:
        task = place.written(description="First")
        place.rewrite(place.only(), f"{place.only().text}\n\nSecond")
        place.minute()

        assert place.now(task).description == "First\n\nSecond"

    def test_a_link_or_a_stroke_taken_away_by_hand_comes_back(self, place: Place) -> None:
        task = place.written(description="Words", completed=True)
        struck = place.only().title
        place.rewrite(place.only(), "Words")
        place.rename(place.only(), "Renamed")
        place.minute()

        event = place.only()
        assert event.text == f"Words\n\n{BASE}/tasks/{encode_id(task.id)}"
        assert event.title != "Renamed"
        assert struck not in {"", "Write the offer"}
        assert (place.now(task).title, place.now(task).completed) == ("Renamed", True)

    def test_both_changed_before_a_sync_the_task_wins_and_carries_a_conflict(
        self, place: Place
    ) -> None:
        task = place.written()
        place.move(place.only(), LATER)
        place.rename(place.only(), "Theirs")
        earlier = DUE - timedelta(hours=1)
        place.change(task, due_at=earlier)
        place.minute()

        event, conflict = place.only(), place.now(task).sync.conflict
        assert (event.start, event.title) == (earlier, "Theirs")
        assert conflict is not None
        assert conflict.fields == ("due_at",)
        assert conflict.kept == {"due_at": "2026-11-24T08:00:00Z"}
        assert conflict.discarded == {"due_at": "2026-11-24T12:00:00Z"}
        assert conflict.at == place.clock.now()

    def test_a_conflict_is_shown_until_it_is_dismissed(self, place: Place) -> None:
        task = place.written()
        place.rename(place.only(), "Theirs")
        place.change(task, title="Ours")
        place.minute()
        place.minute()
        assert place.now(task).sync.conflict is not None

        place.services.tasks.service.dismiss(place.user, task.id)
        place.minute()

        assert place.now(task).sync.conflict is None
        assert place.only().title == "Ours"

    def test_the_other_side_of_a_conflict_can_be_taken_after_all(self, place: Place) -> None:
        task = place.written()
        place.rename(place.only(), "Theirs")
        place.change(task, title="Ours")
        place.minute()

        place.services.tasks.service.use_other(place.user, task.id)
        place.tick()

        assert place.only().title == place.now(task).title == "Theirs"
        assert place.now(task).sync.conflict is None

    def test_after_both_ways_a_quiet_minute_writes_nothing(self, place: Place) -> None:
        task = place.written()
        place.rename(place.only(), "Renamed")
        place.minute()
        before = place.now(task).updated_at
        for _ in range(3):
            place.minute()

        assert place.now(task).updated_at == before
        assert place.only().title == "Renamed"

    # 5. Deleting the event

    def test_deleting_the_event_only_turns_the_switch_off(self, place: Place) -> None:
        task = place.written()
        place.remove(place.only())
        place.minute()

        now = place.now(task)
        assert (now.title, now.sync_enabled) == ("Write the offer", False)
        assert now.sync.ended == "event_deleted"
        place.minute()
        assert place.events() == []

    # 6. Disconnecting, revoking

    def test_disconnecting_leaves_static_copies_and_turns_the_switches_off(
        self, place: Place
    ) -> None:
        tasks = [place.written("One"), place.written("Two")]
        place.disconnect()

        assert sorted(event.title for event in place.events()) == ["One", "Two"]
        assert not any(place.now(task).sync_enabled for task in tasks)
        view = place.services.tasks.switches.calendar(place.user)
        assert (view.calendar_id, view.ended_why, view.ended_count) == (None, "disconnected", 2)
        with pytest.raises(Conflict):
            place.change(tasks[0], sync_enabled=True)

    def test_revoked_access_is_noticed_on_the_next_sync_and_ends_the_same_way_with_one_notice(
        self, place: Place
    ) -> None:
        tasks = [place.written("One"), place.written("Two")]
        place.refuse_access()
        for _ in range(3):
            place.minute()

        assert sorted(event.title for event in place.events()) == ["One", "Two"]
        assert [place.now(task).sync.ended for task in tasks] == ["revoked", "revoked"]
        assert not any(place.now(task).sync_enabled for task in tasks)
        assert place.notices() == 1

    @pytest.mark.parametrize("how", ["disconnected", "revoked"])
    def test_reconnected_and_switched_on_again_the_copy_is_taken_up(
        self, place: Place, how: str
    ) -> None:
        task = place.written("One")
        key = place.only().key
        if how == "disconnected":
            place.disconnect()
        else:
            place.refuse_access()
            place.minute()
        place.rename(place.only(), "Renamed meanwhile")

        calendar = place.connect_again()
        place.services.tasks.switches.set_calendar(place.user, calendar)
        place.change(task, sync_enabled=True)
        place.minute()
        place.minute()

        assert place.only().key == key
        assert place.now(task).title == "Renamed meanwhile"
        assert place.now(task).sync.state == "written"

    # 7. Privacy

    def test_other_events_are_never_read_and_never_change_anything(self, place: Place) -> None:
        for number in range(8):
            place.add_foreign(f"Private {number}")
        task = place.written()
        before = len(place.said())
        place.change(task, title="Changed")
        place.minute()
        place.rename(place.only(), "Renamed")
        place.minute()
        place.remove(place.only())
        place.minute()

        assert len(place.said()) > before
        assert not any("Private" in text for text in place.said())
        assert len(place.services.tasks.service.page(place.user, Show.ALL)) == 1

    # 8. Another calendar, workers, crashes, throttling, tokens

    def test_changing_the_target_calendar_moves_the_events(self, place: Place) -> None:
        task = place.written()
        old = place.only().key
        second = place.second_calendar()
        place.services.tasks.switches.set_calendar(place.user, second)
        assert place.due_jobs() >= 2
        place.tick(second)
        place.tick()

        assert place.only().key != old
        assert place.now(task).sync.state == "written"

    def test_a_lost_answer_makes_no_second_event(self, place: Place) -> None:
        task = place.add()
        place.lose_answer()
        assert place.troubled() is not None
        assert place.now(task).sync.state == "failing"
        place.settle()

        assert place.only().title == "Write the offer"
        assert place.now(task).sync.state == "written"

    def test_a_lost_answer_to_a_deletion_leaves_nothing(self, place: Place) -> None:
        task = place.written()
        place.change(task, sync_enabled=False)
        place.lose_answer()
        place.troubled()
        place.settle()

        assert place.events() == []

    def test_a_throttled_calendar_is_asked_again_when_its_patience_is_over(
        self, place: Place
    ) -> None:
        task = place.add()
        place.throttle(120)
        assert place.troubled() is not None
        view = place.services.tasks.switches.calendar(place.user)
        assert view.retry_at is not None
        assert view.retry_at - place.clock.now() >= timedelta(seconds=120)
        place.settle()

        assert place.now(task).sync.state == "written"

    def test_an_expired_token_is_renewed_and_nothing_is_lost(self, place: Place) -> None:
        task = place.written()
        place.expire_token()
        place.change(task, title="Later")
        place.tick()

        assert place.only().title == "Later"

    # 9. Bulk

    def test_many_switched_on_at_once_are_written_in_the_background_with_progress(
        self, place: Place
    ) -> None:
        for number in range(12):
            place.add(f"Task {number}", sync_enabled=False)
        place.add("Without a date", due_at=None, sync_enabled=False)
        view = place.services.tasks.switches.switch(place.user, place.open_tasks, enabled=True)
        assert (view.progress.total, view.progress.waiting) == (12, 12)

        place.tick()

        progress = place.services.tasks.switches.calendar(place.user).progress
        assert (progress.total, progress.written, progress.waiting) == (12, 12, 0)
        assert len(place.events()) == 12
