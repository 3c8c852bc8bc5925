"""Takes each safeguard of the engine away in turn and tells which test notices.

Run `python -m tests.sync.guards`; `--only WORD` for those whose name holds a word. Each guard is
removed in a temporary copy of the source, so nothing here changes. The exit status tells whether
every removal was noticed; a guard whose code has changed is named, and counts as not noticed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_COPIED: Final = ("booking", "docs", "migrations", "templates", "tests", "pyproject.toml")
_TESTS: Final = (
    "tests/sync/test_names.py",
    "tests/sync/test_merge.py",
    "tests/sync/test_planner.py",
    "tests/sync/test_ingest.py",
    "tests/sync/test_regressions.py",
    "tests/sync/test_mirror.py",
    "tests/sync/test_mirror_meeting.py",
    "tests/sync/test_waves.py",
    "tests/sync/test_lossy_sides.py",
    "tests/sync/test_decisions.py",
    "tests/calendars/test_pair_store.py",
    "tests/calendars/test_replica_store.py",
    "tests/pairs/test_ring.py",
    "tests/sync/test_mirrored_names.py",
    "tests/sync/test_mirror_machine.py",
)
_MOST_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Guard:
    """A safeguard: the fault it stands against, its file, its code, and the code without it."""

    fault: str
    file: str
    code: str
    without: str


APPLY, INGEST = "booking/sync/apply.py", "booking/sync/ingest.py"
GUARDS: Final = (
    Guard("the answer to a page was cut short", INGEST, "if not is_whole:", "if False:"),
    Guard(
        "a calendar suddenly shows nothing",
        INGEST,
        "            self._doubt_emptiness(known, cursor)\n",
        "            pass\n",
    ),
    Guard(
        "a listing left out what exists",
        INGEST,
        "gone = self._confirm_gone(sorted(missing))",
        "gone = sorted(missing)",
    ),
    Guard(
        "a feed reports a removal that never was",
        INGEST,
        "finding = _Finding(gone=[key for key in fetched.gone if key in known])",
        "told = [one.key for one in changes if one.gone]\n"
        "        finding = _Finding(gone=[*(key for key in fetched.gone if key in known), *told])\n"
        "        fetched = Fetched(items=tuple(i for i in fetched.items if i.key not in told))",
    ),
    Guard(
        "a token is refused",
        INGEST,
        "        except CursorExpired:\n            return self._walk(cursor, None)\n",
        "        finally:\n            pass\n",
    ),
    Guard("an old answer after our write", INGEST, "self._is_old(item, old)", "False"),
    Guard(
        "a feed nets out a copy that came and went",
        INGEST,
        "self.look(list(self._unmet))",
        "pass",
    ),
    Guard(
        "killed after the intent's commit, or an answer lost",
        "booking/sync/engine.py",
        "        for intent in left_over:\n",
        "        for intent in left_over[:0]:\n",
    ),
    Guard(
        "the answer to a creation was lost",
        APPLY,
        "        if _is_ours(item, intent):\n            return self._adopted(",
        "        if False:\n            return self._adopted(",
    ),
    Guard(
        "an edit after our lost update",
        APPLY,
        "target.get(leaf) if shown.get(leaf) == target.get(leaf) else old.get(leaf)",
        "target.get(leaf)",
    ),
    Guard(
        "an edit between reading and writing",
        "booking/sync/sending.py",
        "replace(item, version=intent.if_match)",
        "replace(item, version=None)",
    ),
    Guard("a version that moves for ever", APPLY, "intent.refusals < MOST_REFUSALS and ", ""),
    Guard(
        "two writes to one link in a wave",
        APPLY,
        "        if intent.link_id in links:\n            return list(intents[:place])\n",
        "",
    ),
    Guard(
        "an account stops answering amid a wave",
        APPLY,
        "        keep(self._store, endings)\n",
        "        if stop is None:\n            keep(self._store, endings)\n",
    ),
    Guard(
        "one item that a server refuses",
        APPLY,
        "            reason = error.reason if isinstance",
        "            raise\n            reason = error.reason if isinstance",
    ),
    Guard(
        "a server that keeps a series as a single event",
        APPLY,
        "and self._verdicts.has_lost_rule(intent, shown)",
        "and False",
    ),
    Guard(
        "a request sent twice under two names",
        "booking/sync/names.py",
        'return _digest("name", pair_id, link_id, generation)[:_LENGTH]',
        "import secrets\n\n    return secrets.token_hex(_LENGTH // 2)",
    ),
    Guard(
        "a name that stays taken",
        "booking/sync/planner.py",
        "generation = link.generation + (deleted.key is not None)",
        "generation = link.generation",
    ),
    Guard(
        "an agreed value that was not delivered",
        "booking/sync/merge.py",
        "return face.norm.held(self.agreed).get(leaf) != face.shadow.get(leaf)",
        "return False",
    ),
    Guard(
        "an undelivered edit against a deletion",
        "booking/sync/planner.py",
        "return shadow is not None and bool(undelivered)",
        "return False",
    ),
    Guard(
        "an edit against a deletion",
        "booking/sync/planner.py",
        "if edits_count and left_over is not None and left_over.changed():",
        "if False:",
    ),
    Guard(
        "a mass deletion",
        "booking/sync/policy.py",
        "        if not found:\n            return False\n",
        "        return False\n",
    ),
    Guard(
        "a side that rewrites what it is given",
        "booking/sync/verdicts.py",
        "        norm = self.scene.norms[intent.side]\n        return units_of(norm.held(",
        "        return dict(intent.target or {})\n        return units_of(norm.held(",
    ),
    Guard(
        "a side that cannot hold a unit",
        "booking/sync/merge.py",
        "        return leaves(units, self.masked)\n",
        "        return leaves(units)\n",
    ),
    Guard(
        "a person copies a copy, mark and all",
        "booking/sync/gather.py",
        "if views and views[0].item(side) is None:",
        "if views:",
    ),
    Guard(
        "pairs in a ring",
        "booking/sync/gather.py",
        "root = own_root if mark is None or state.rooted(mark.root) else mark.root",
        "root = own_root",
    ),
    Guard(
        "a pair's lease lost while it works",
        "booking/calendars/pair_store.py",
        "if held != self.lease.fence:",
        "if False:",
    ),
    Guard(
        "a calendar's lease lost while it is read",
        "booking/calendars/replica_store.py",
        'if session.connection().scalar(_FENCE, {"b_calendar": calendar_id}) != lease.fence:',
        "if False:",
    ),
)


def main() -> int:
    """Remove each guard in turn and print who noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="guards whose name holds this")
    word = parser.parse_args().only
    unnoticed = 0
    sys.stdout.write("| without the guard against | noticed by |\n| --- | --- |\n")
    for guard in (guard for guard in GUARDS if word in guard.fault):
        found = noticed_by(guard)
        unnoticed += found is None
        sys.stdout.write(f"| {guard.fault} | {found or 'NOBODY'} |\n")
        sys.stdout.flush()
    return 1 if unnoticed else 0


def noticed_by(guard: Guard) -> str | None:
    """Return the first test that fails without a guard."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for part in _COPIED:
            source = ROOT / part
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, place / part)
        file = place / guard.file
        text = file.read_text()
        if guard.code not in text:
            return None
        file.write_text(text.replace(guard.code, guard.without, 1))
        return _first_failure(place, _TESTS)


def _first_failure(place: Path, tests: Sequence[str]) -> str | None:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *tests],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},  # noqa: TID251 - for a child
        capture_output=True,
        text=True,
        timeout=_MOST_SECONDS,
        check=False,
    )
    failed = re.search(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    return failed.group(1) if failed else None


if __name__ == "__main__":
    raise SystemExit(main())
