"""`booking task`: tasks from the command line."""

from __future__ import annotations

import json

import pytest

from tests.cli.console import Console

USER = (
    *("user", "create", "--email", "some@example.test", "--name", "Some"),
    *("--username", "some", "--time-zone", "Europe/Berlin"),
)


@pytest.fixture
def someone(console: Console) -> Console:
    """A console on a database with the user `some`."""
    console.answer(*USER)
    return console


def test_a_task_is_added_listed_changed_and_deleted(someone: Console) -> None:
    due = ("--due", "2026-11-24T10:00", "--priority", "high")
    made = someone.answer("task", "add", "--user", "some", "Call back", *due)
    assert (made["due_at"], made["priority"]) == ("2026-11-24T09:00:00Z", "high")

    done = someone.answer("task", "change", "--user", "some", made["id"], "--done", "--due", "")
    assert (done["completed"], done["due_at"]) == (True, None)
    listed = someone.run("task", "list", "--user", "some", "--show", "completed")
    assert [json.loads(line)["title"] for line in listed.stdout.splitlines()] == ["Call back"]

    assert someone.run("task", "delete", "--user", "some", made["id"]).exit_code == 0
    assert someone.run("task", "list", "--user", "some", "--show", "all").stdout == ""


def test_the_switch_says_why_it_cannot_be_turned_on(someone: Console) -> None:
    refused = someone.run("task", "add", "--user", "some", "Call back", "--on")

    assert refused.exit_code == 1
    assert "due date" in refused.stderr
    assert someone.answer("task", "calendar", "--user", "some")["calendar_id"] is None


def test_an_unknown_user_or_task_is_told_so(someone: Console) -> None:
    for arguments in (("list", "--user", "nobody"), ("delete", "--user", "some", "x")):
        result = someone.run("task", *arguments)
        assert result.exit_code == 1
        assert "no user" in result.stderr or "nothing with this id" in result.stderr
