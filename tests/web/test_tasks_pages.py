"""The tasks pages: what they say and do, by their forms."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from booking.core.ids import decode_id, encode_id
from booking.db import writing
from booking.tasks.models import Task
from booking.wiring import Services
from tests.conftest import HostAccount
from tests.web.api.making import put_calendar
from tests.web.browser import sign_in, submit

DUE = "2026-11-24T10:00"


@pytest.fixture
def visitor(host: HostAccount) -> HostAccount:
    """A host who is signed in."""
    sign_in(host.client, host.email, host.password)
    return host


@pytest.fixture
def services(app: object) -> Services:
    found: Services = app.extensions["booking"]  # type: ignore[attr-defined]
    return found


def text_of(host: HostAccount, path: str = "/tasks") -> str:
    return " ".join(host.client.get(path).text.split())


def add(host: HostAccount, title: str = "Call back", **fields: str) -> str:
    """Add a task by its form; return the address of its page."""
    given = {"title": title, "duration_minutes": "30", "priority": "normal", **fields}
    answer = submit(host.client, "/tasks/new", **given)
    assert answer.status_code == 303, answer.text
    service = host.client.application.extensions["booking"].tasks.service
    return f"/tasks/{encode_id(max(each.id for each in service.by_due(host.id, 'all')))}"


def test_the_first_visit_shows_the_first_step(visitor: HostAccount) -> None:
    page = text_of(visitor)

    assert "No tasks yet" in page
    assert "Choose a calendar" in page
    assert "First connect an account" in text_of(visitor, "/tasks/calendar")


def test_a_task_is_added_and_changed_on_the_hosts_clocks(visitor: HostAccount) -> None:
    path = add(visitor, due_at=DUE, priority="urgent")
    assert "Tue 24 November 2026, 10:00" in text_of(visitor)
    assert 'value="2026-11-24T10:00"' in text_of(visitor, path)

    submit(
        visitor.client,
        path,
        title="Call again",
        due_at="2026-11-24T11:00",
        duration_minutes="45",
        priority="low",
    )

    page = text_of(visitor)
    assert "Call again" in page
    assert "Tue 24 November 2026, 11:00" in page


def test_a_due_time_in_the_hour_that_comes_twice_is_kept(
    visitor: HostAccount, services: Services
) -> None:
    services.accounts.change_profile(visitor.id, {"time_zone": "Europe/Berlin"})
    second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    given = {"title": "Call", "due_at": second}
    task = services.tasks.service.create(visitor.id, given)
    path = f"/tasks/{encode_id(task.id)}"
    typed = {"due_at": "2027-10-31T02:30", "duration_minutes": "30", "priority": "low"}
    assert 'value="2027-10-31T02:30"' in text_of(visitor, path)

    submit(visitor.client, path, title="Call again", **typed)

    changed = services.tasks.service.get(visitor.id, task.id)
    assert (changed.title, changed.due_at) == ("Call again", second)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": ""}, "Must not be empty."),
        ({"due_at": "soon"}, "Enter a date and a time."),
        ({"duration_minutes": "x"}, "Must be a whole number."),
    ],
)
def test_a_fault_keeps_what_was_typed(
    visitor: HostAccount, fields: dict[str, str], told: str
) -> None:
    given = {"title": "Kept title", "duration_minutes": "30", "priority": "high", **fields}

    answer = submit(visitor.client, "/tasks/new", description="Kept words", **given)

    assert answer.status_code == 422
    assert told in answer.text
    assert "Kept words" in answer.text


def test_a_switch_that_cannot_be_turned_says_why(visitor: HostAccount) -> None:
    path = add(visitor)
    assert "Choose the calendar that receives your tasks first." in text_of(visitor)

    submit(visitor.client, "/tasks/calendar", calendar_id=put_calendar(visitor))
    assert "Give the task a due date first" in text_of(visitor)
    submit(visitor.client, path, f"{path}/switch", on="1")

    page = text_of(visitor)
    assert 'class="notice notice-bad"' in page
    assert 'aria-checked="true"' not in page


def test_a_switch_is_turned_and_a_task_completed_by_buttons(visitor: HostAccount) -> None:
    submit(visitor.client, "/tasks/calendar", calendar_id=put_calendar(visitor))
    path = add(visitor, due_at=DUE)

    submit(visitor.client, path, f"{path}/switch", on="1")
    assert 'aria-checked="true"' in text_of(visitor)
    assert "0 of 1 task is on the calendar." in text_of(visitor)
    submit(visitor.client, path, f"{path}/complete", done="1")

    assert "<s>Call back</s>" in text_of(visitor)
    assert "<s>Call back</s>" in text_of(visitor, "/tasks?show=completed")


def test_a_conflict_says_in_a_sentence_what_was_kept(visitor: HostAccount) -> None:
    path = add(visitor, due_at=DUE)
    with writing() as session:
        task = session.get_one(Task, decode_id(path.rsplit("/", 1)[1]))
        task.conflict = {
            "at": "2026-11-23T07:00:00Z",
            "kept": {"due_at": "2026-11-24T09:00:00Z", "duration_minutes": 30},
            "discarded": {"due_at": "2026-11-24T10:00:00Z", "duration_minutes": 90},
        }

    page = text_of(visitor)

    assert "Both changed the due time. Kept 10:00, discarded 11:00." in page
    assert "Both changed the length. Kept 30 min, discarded 1 h 30 min." in page
    submit(visitor.client, path, f"{path}/conflict", use="own")
    assert "Both changed" not in text_of(visitor)


def test_refused_access_says_so_and_offers_the_remedy(
    visitor: HostAccount, services: Services
) -> None:
    calendar = put_calendar(visitor)
    submit(visitor.client, "/tasks/calendar", calendar_id=calendar)
    path = add(visitor, due_at=DUE)
    submit(visitor.client, path, f"{path}/switch", on="1")
    (connection,) = services.connections.list(visitor.id)
    services.connections.disconnect(visitor.id, connection.id)

    page = text_of(visitor)

    assert "You disconnected the account of" in page
    assert "1 switch went off" in page
    assert "Its event stays there as it was." in page


def test_deleting_asks_first(visitor: HostAccount) -> None:
    path = add(visitor)
    assert "Delete this task?" in text_of(visitor, f"{path}/delete")

    submit(visitor.client, f"{path}/delete")

    assert visitor.client.get(path).status_code == 404


def test_many_tasks_come_a_page_at_a_time(visitor: HostAccount) -> None:
    now = datetime(2026, 11, 23, 7, tzinfo=UTC)
    with writing() as session:
        for number in range(51):
            session.add(
                Task(user_id=visitor.id, title=f"T{number}", created_at=now, updated_at=now)
            )

    assert "Later ones" in text_of(visitor)
    second = text_of(visitor, "/tasks?skip=50")
    assert second.count('class="task-row"') == 1
    assert "Later ones" not in second
