"""Worker processes: who is alive, who is dead, and when one was last heard of."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest

from booking.db import reading, writing
from booking.queue.workers import beat, dead_among, last_seen, process_name
from tests.conftest import MONDAY


@pytest.fixture
def ended_pid() -> int:
    """The number of a process that has just ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_process_that_ended_is_dead(ended_pid: int) -> None:
    name = f"{socket.gethostname()}/{ended_pid}"

    assert dead_among([name]) == (name,)


def test_a_process_that_runs_is_alive() -> None:
    assert dead_among([f"{socket.gethostname()}/{os.getppid()}"]) == ()


def test_of_other_machines_nothing_is_known(ended_pid: int) -> None:
    assert dead_among([f"elsewhere/{ended_pid}", "no process", ""]) == ()


def test_who_had_our_number_before_us_is_dead() -> None:
    assert dead_among([process_name()]) == (process_name(),)


@pytest.mark.usefixtures("either_app")
def test_the_last_beat_of_any_worker_counts() -> None:
    with reading() as session:
        assert last_seen(session) is None

    with writing() as session:
        beat(session, "a", MONDAY)
        beat(session, "b", MONDAY + timedelta(seconds=10))
        beat(session, "a", MONDAY + timedelta(seconds=5))

    with reading() as session:
        assert last_seen(session) == MONDAY + timedelta(seconds=10)
