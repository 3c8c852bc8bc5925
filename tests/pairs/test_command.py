"""`booking sync --pair`: one JSON report a line, and nothing done in a dry run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result

from booking.core.ids import encode_id
from tests.cli.console import Console
from tests.pairs.place import Place, hour


@pytest.fixture
def paired(place: Place) -> Place:
    place.left.put("one", *hour("20261124T100000", "Secret plan"))
    place.right.put("two", *hour("20261125T100000", "Other"))
    place.join()
    return place


def run(place: Place, *arguments: str) -> tuple[Result, list[dict[str, Any]]]:
    result = Console(place.services.settings).run("sync", *arguments)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def test_a_pair_is_synced_and_reported_on_one_line(paired: Place) -> None:
    result, (report,) = run(paired, "--pair", encode_id(paired.pair))

    assert result.exit_code == 0, result.output
    assert (report["status"], report["finished"], report["held"]) == ("active", True, 0)
    assert report["written"]["left"]["create"] == report["written"]["right"]["create"] == 1
    assert paired.same()
    assert "Secret" not in result.output


def test_a_dry_run_counts_and_writes_nothing(paired: Place) -> None:
    result, (report,) = run(paired, "--pair", encode_id(paired.pair), "--dry-run")

    assert result.exit_code == 0, result.output
    assert (report["create"], report["change"], report["delete"]) == (2, 0, 0)
    assert sorted(item["side"] for item in report["items"]) == ["left", "right"]
    assert (paired.left.titles(), paired.right.titles()) == (["Secret plan"], ["Other"])


def test_an_unknown_pair_is_one_clear_line(paired: Place) -> None:
    result, lines = run(paired, "--pair", "nonsense")

    assert (result.exit_code, lines) == (1, [])
    assert result.stderr.strip() == "There is no pair nonsense."


def test_a_pair_that_cannot_be_synced_is_told(paired: Place) -> None:
    paired.right.account.delete(paired.right.url)

    result, (report,) = run(paired, "--pair", encode_id(paired.pair))

    assert result.exit_code == 1
    assert report["error"]


def test_everything_has_the_pairs_in_it(paired: Place) -> None:
    _, lines = run(paired, "--all")

    assert [line["status"] for line in lines if "pair" in line] == ["active"]
    assert paired.same()
