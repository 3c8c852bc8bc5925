"""A short storm; `python -m tests.pairs.storm --minutes 30` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pairs.storm import rage

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]


def test_after_a_minute_of_edits_and_kills_both_sides_are_equal_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    outcome = rage(tmp_path, seed=20261121, minutes=1)

    assert outcome.violations == [], outcome.told()
    assert outcome.deeds.total() > 10
