"""`booking data` hands out and erases what is kept about somebody."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.console import Console

USER = (
    "user", "create", "--email", "host@example.test", "--name", "Host", "--username", "teacher",
    "--time-zone", "UTC",
)  # fmt: skip


@pytest.fixture
def made(console: Console) -> Console:
    console.answer(*USER)
    return console


def test_a_users_data_goes_to_standard_output(made: Console) -> None:
    told = made.answer("data", "export", "--user", "teacher")

    assert told["data"]["users"][0]["email"] == "host@example.test"
    assert told["manifest"]["kind"] == "user"


def test_a_guests_data_goes_to_a_file_that_only_its_maker_reads(
    made: Console, tmp_path: Path
) -> None:
    target = tmp_path / "export.zip"

    told = made.answer("data", "export", "--guest", "guest@example.test", "--output", str(target))

    assert told["subject"] == "guest@example.test"
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as packed:
        assert json.loads(packed.read("manifest.json")) == told


def test_an_erased_user_is_gone_and_a_receipt_is_left(made: Console) -> None:
    receipt = made.answer(
        "data", "erase", "--user", "teacher", "--calendar-copies", "keep", "--yes"
    )

    assert receipt["kind"] == "user"
    assert len(receipt["receipt"]) == 43
    assert made.run("data", "export", "--user", "teacher").exit_code == 1
    made.answer(*USER)


def test_a_guest_is_erased_only_after_a_yes(made: Console) -> None:
    erase = ("data", "erase", "--guest", "guest@example.test", "--calendar-copies", "remove")

    assert made.run(*erase, said="n\n").exit_code == 1
    assert made.run(*erase, said="y\n").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("export",),
        ("export", "--guest", "g@example.test", "--user", "teacher"),
        ("export", "--user", "nobody"),
        ("erase", "--yes", "--calendar-copies", "keep"),
        ("erase", "--yes", "--calendar-copies", "keep", "--guest", "g@x.test", "--user", "teacher"),
        ("erase", "--yes", "--user", "teacher"),
    ],
)
def test_whose_data_is_said_clearly(made: Console, arguments: tuple[str, ...]) -> None:
    assert made.run("data", *arguments).exit_code in {1, 2}
