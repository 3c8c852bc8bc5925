"""Keys: none comes twice, and the later ones are larger."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from booking.core.ids import new_id

A_LOT = 100_000
FORKED = """
import os, time
from booking.core.ids import new_id

moment = time.time_ns()
time.time_ns = lambda: moment
before = new_id()
for _ in range(2):
    if os.fork() == 0:
        print(new_id(), flush=True)
        os._exit(0)
    os.wait()
print(new_id(), flush=True)
"""


def test_keys_of_one_process_never_collide_and_sort_by_age() -> None:
    with ThreadPoolExecutor(4) as crew:
        made = list(crew.map(lambda _: [new_id() for _ in range(A_LOT // 4)], range(4)))

    assert len({key for keys in made for key in keys}) == A_LOT
    assert all(before < after for keys in made for before, after in pairwise(keys))


def test_forked_processes_do_not_count_on_from_their_parents_key() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED], capture_output=True, check=True, text=True
    )

    assert len(set(done.stdout.split())) == 3
