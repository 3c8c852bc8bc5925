"""Tasks over HTTP: fields, switches, lists by pages, and the calendar that receives them."""

from __future__ import annotations

from typing import Any

import pytest

from booking.core.ids import decode_id
from booking.db import writing
from booking.tasks.models import Task
from tests.conftest import HostAccount, HostFactory
from tests.web.api.making import API, made, pointers, put_calendar

TASKS = f"{API}/tasks"
CALENDAR = f"{API}/task-calendar"
DUE = "2026-11-24T09:00:00Z"


def make_task(host: HostAccount, title: str = "Call back", **fields: Any) -> dict[str, Any]:
    return made(host.call("POST", TASKS, json={"title": title, **fields}))


def with_calendar(host: HostAccount) -> str:
    calendar = put_calendar(host)
    made(host.call("PUT", CALENDAR, json={"calendar_id": calendar}), 200)
    return calendar


def test_a_task_is_made_shown_changed_and_deleted(host: HostAccount) -> None:
    task = make_task(host)
    path = f"{TASKS}/{task['id']}"

    assert (task["description"], task["due_at"], task["duration_minutes"]) == ("", None, 30)
    assert (task["priority"], task["completed"], task["sync_enabled"]) == ("normal", False, False)
    assert task["sync"] == {
        "state": "off",
        "event_url": None,
        "error": None,
        "ended": "",
        "conflict": None,
    }
    changed = made(host.call("PATCH", path, json={"due_at": DUE, "priority": "urgent"}), 200)
    assert (changed["due_at"], changed["priority"]) == (DUE, "urgent")
    assert made(host.call("GET", path), 200) == changed
    assert host.call("DELETE", path).status_code == 204
    assert host.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 501),
        ("due_at", "2026-11-24 09:00"),
        ("duration_minutes", 0),
        ("duration_minutes", 43_201),
        ("priority", "vital"),
        ("completed", "yes"),
        ("color", "red"),
    ],
)
def test_a_fault_is_named_where_it_is(host: HostAccount, field: str, value: object) -> None:
    answer = host.call("POST", TASKS, json={"title": "Fine", field: value})

    assert pointers(answer) == [f"/{field}"]


def test_without_a_due_date_the_switch_is_refused_and_says_why(host: HostAccount) -> None:
    with_calendar(host)
    task = make_task(host)
    assert "due date" in task["why_not"]

    answer = host.call("PATCH", f"{TASKS}/{task['id']}", json={"sync_enabled": True})

    assert pointers(answer) == ["/sync_enabled"]
    assert "due date" in answer.get_json()["errors"][0]["detail"]


def test_without_a_calendar_the_switch_says_what_to_do_first(host: HostAccount) -> None:
    task = make_task(host, due_at=DUE)

    answer = host.call("PATCH", f"{TASKS}/{task['id']}", json={"sync_enabled": True})

    assert answer.status_code == 409
    assert "Choose the calendar" in answer.get_json()["detail"] == task["why_not"]


def test_a_switched_on_task_waits_for_its_event(host: HostAccount) -> None:
    with_calendar(host)
    task = make_task(host, due_at=DUE, sync_enabled=True)

    assert (task["sync_enabled"], task["sync"]["state"]) == (True, "pending")


def test_lists_show_upcoming_and_completed_a_page_at_a_time(host: HostAccount) -> None:
    first, second = make_task(host, "One"), make_task(host, "Two")
    done = make_task(host, "Done", due_at="2026-11-20T09:00:00Z", completed=True)
    ahead = make_task(host, "Done ahead", due_at=DUE, completed=True)

    upcoming = made(host.call("GET", f"{TASKS}?show=upcoming"), 200)["data"]
    completed = made(host.call("GET", f"{TASKS}?show=completed"), 200)["data"]
    page = made(host.call("GET", f"{TASKS}?limit=3"), 200)
    rest = made(host.call("GET", f"{TASKS}?limit=3&cursor={page['next_cursor']}"), 200)

    assert [each["id"] for each in upcoming] == [first["id"], second["id"], ahead["id"]]
    assert [each["id"] for each in completed] == [done["id"], ahead["id"]]
    assert len(page["data"]) == 3
    assert [each["id"] for each in rest["data"]] == [ahead["id"]]
    assert rest["next_cursor"] is None


def test_the_task_calendar_is_chosen_shown_and_let_go(host: HostAccount) -> None:
    assert made(host.call("GET", CALENDAR), 200)["calendar_id"] is None
    calendar = with_calendar(host)
    make_task(host, due_at=DUE, sync_enabled=True)

    shown = made(host.call("GET", CALENDAR), 200)

    assert shown["calendar_id"] == calendar
    assert shown["progress"] == {"total": 1, "written": 0, "waiting": 1, "failing": 0}
    assert host.call("DELETE", CALENDAR).status_code == 204
    assert made(host.call("GET", CALENDAR), 200)["progress"]["total"] == 0


def test_a_read_only_calendar_cannot_receive_tasks(host: HostAccount) -> None:
    calendar = put_calendar(host, read_only=True)

    assert pointers(host.call("PUT", CALENDAR, json={"calendar_id": calendar})) == ["/calendar_id"]


def test_all_open_tasks_are_switched_on_at_once_and_what_waits_can_be_stopped(
    host: HostAccount,
) -> None:
    with_calendar(host)
    for number in range(3):
        make_task(host, f"Task {number}", due_at=DUE)
    make_task(host, "No date")
    make_task(host, "Done", due_at=DUE, completed=True)

    on = made(host.call("POST", f"{TASKS}/switch", json={"enabled": True, "which": "open"}), 202)
    assert on["progress"] == {"total": 3, "written": 0, "waiting": 3, "failing": 0}
    stopped = made(host.call("POST", f"{TASKS}/stop"), 200)

    assert stopped["progress"]["total"] == 0
    listed = made(host.call("GET", TASKS), 200)["data"]
    assert [each["sync"]["ended"] for each in listed] == ["stopped"] * 3 + ["", ""]


def test_named_tasks_are_switched_and_one_without_a_date_is_pointed_at(host: HostAccount) -> None:
    with_calendar(host)
    one, two = make_task(host, due_at=DUE), make_task(host)
    body = {"enabled": True, "task_ids": [one["id"], two["id"]]}

    assert pointers(host.call("POST", f"{TASKS}/switch", json=body)) == ["/task_ids/1"]
    body["task_ids"] = [one["id"]]
    assert made(host.call("POST", f"{TASKS}/switch", json=body), 202)["progress"]["total"] == 1


def test_a_conflict_is_shown_dismissed_or_taken(host: HostAccount) -> None:
    for act, title in (("dismiss", "Ours"), ("use-other", "Theirs")):
        task = make_task(host, "Ours")
        with writing() as session:
            row = session.get_one(Task, decode_id(task["id"]))
            row.conflict = {
                "at": "2026-11-23T07:00:00Z",
                "kept": {"title": "Ours"},
                "discarded": {"title": "Theirs"},
            }
        path = f"{TASKS}/{task['id']}"
        shown = made(host.call("GET", path), 200)["sync"]["conflict"]
        assert shown == {
            "fields": ["title"],
            "at": "2026-11-23T07:00:00Z",
            "kept": {"title": "Ours"},
            "discarded": {"title": "Theirs"},
        }

        after = made(host.call("POST", f"{path}/conflict/{act}"), 200)

        assert (after["title"], after["sync"]["conflict"]) == (title, None)


def test_a_stranger_finds_no_task_and_no_calendar(make_host: HostFactory) -> None:
    owner, colleague = make_host(username="owner"), make_host(username="colleague")
    path = f"{TASKS}/{make_task(owner)['id']}"
    calendar = put_calendar(owner)

    answers = [colleague.call(method, path, json={}) for method in ("GET", "PATCH", "DELETE")]
    answers.append(colleague.call("POST", f"{path}/conflict/dismiss"))
    answers.append(colleague.call("PUT", CALENDAR, json={"calendar_id": calendar}))

    assert {answer.status_code for answer in answers} == {404}
