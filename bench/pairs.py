"""Calendar pairs side by side with vdirsyncer, with their goals: `python bench/pairs.py`.

Both keep the same two calendars the same, in one run: on Radicale as it is, and on a stub that
answers at once. Three tasks: a first sync of 1,000 events, nothing new among 5,000, ten changes
among 5,000. The contenders take turns, so that other work on the machine disturbs both alike; a
ratio is the median of the rounds. Last the memory of a process that met 20,000 events twice.

What is measured is what users get: of Booking one run in its process, which runs all the time, so
its start is not counted; of vdirsyncer one start of its program. What that start alone costs (a
sync of two empty calendars) is printed, and beside each ratio the one without it.

vdirsyncer is taken from the path, else installed into an environment of its own below the
temporary folder. The exit status tells whether all goals hold. `--quick`: fewer events and rounds.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.pair_floor import bare_writes  # noqa: E402
from bench.pair_places import OnStub, Place, events, on_radicale, stub_server  # noqa: E402
from bench.pair_rivals import Booking, Rival, Sample, Vdirsyncer, find_vdirsyncer  # noqa: E402
from bench.site import add_host, migrated, settings_for  # noqa: E402
from booking.app import create_app  # noqa: E402
from booking.jobs.worker import spare_what_is_loaded  # noqa: E402
from booking.settings import Settings  # noqa: E402

CHANGES = 10
MOST_MEGABYTES = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured."""

    first: int = 1_000
    many: int = 5_000
    memory: int = 20_000
    first_rounds: int = 3
    rounds: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The most that we may take: of vdirsyncer's time and CPU, and requests."""

    wall: float | None = None
    cpu: float | None = None
    requests: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task with what every round of it took: ours and vdirsyncer's."""

    name: str
    goal: Goal
    rounds: Sequence[tuple[Sample, Sample]]


ON_RADICALE = (
    Goal(wall=1.0, cpu=1 / 2),
    Goal(wall=1 / 4, cpu=1 / 10, requests=4),
    Goal(wall=3 / 4, cpu=1 / 8, requests=CHANGES + 6),
)
ON_STUB = (
    Goal(wall=1 / 10),
    Goal(wall=1 / 10, requests=4),
    Goal(wall=1 / 10, requests=CHANGES + 6),
)


class Contest:
    """Both contenders at one place."""

    def __init__(self, ours: Rival, theirs: Rival, place: Place) -> None:
        self._rivals = (ours, theirs)
        self._place = place
        self._edition = 0

    def first(self, number: int, rounds: int) -> list[tuple[Sample, Sample]]:
        """Have a full calendar copied into an empty one."""
        place = self._place
        place.fill(place.left, events(number))

        def prepare(rival: Rival) -> None:
            place.fill(place.right, {})
            rival.forget()

        taken = self._rounds(rounds, prepare)
        if place.number(place.right) != number:
            raise RuntimeError("not every event was copied")
        return taken

    def meet(self, number: int) -> None:
        """Let both know two calendars that are the same already."""
        for calendar in (self._place.left, self._place.right):
            self._place.fill(calendar, events(number))
        for rival in self._rivals:
            rival.forget()
            for _ in range(2):
                rival.sync()

    def quiet(self, rounds: int) -> list[tuple[Sample, Sample]]:
        """Sync where nothing is new."""
        return self._rounds(rounds, lambda _: None)

    def changed(self, rounds: int) -> list[tuple[Sample, Sample]]:
        """Sync after half the changes on each side; the other contender follows unmeasured."""

        def prepare(_: Rival) -> None:
            for rival in self._rivals if self._edition else ():
                rival.sync()
            self._edition += 1
            half = CHANGES // 2
            self._place.change(self._place.left, range(half), self._edition)
            self._place.change(self._place.right, range(half, CHANGES), self._edition)

        return self._rounds(rounds, prepare)

    def _rounds(self, rounds: int, prepare: Callable[[Rival], None]) -> list[tuple[Sample, Sample]]:
        taken = []
        for number in range(rounds):
            found: dict[int, Sample] = {}
            for place in (0, 1) if number % 2 else (1, 0):
                prepare(self._rivals[place])
                found[place] = self._rivals[place].sync()
            taken.append((found[0], found[1]))
        return taken


def main(size: Size) -> bool:
    """Measure and print; tell whether all goals hold."""
    program = find_vdirsyncer()
    with tempfile.TemporaryDirectory() as name, stub_server() as port:
        folder = Path(name)
        start = _start(program, folder, port)
        print("vdirsyncer's start and two empty calendars:")
        print(f"  {start.wall:.2f} s by the clock, {start.cpu:.2f} s of CPU")
        print("Booking runs all the time: its start is not counted.")
        app = migrated(_settings(folder / "site"))
        spare_what_is_loaded()  # as a worker does at its start
        with app.app_context(), on_radicale(folder / "radicale") as radicale:
            services = app.extensions["booking"]
            is_met = True
            goals = ((radicale, ON_RADICALE), (OnStub(port), ON_STUB))
            for number, (place, wanted) in enumerate(goals):
                ours = Booking(services, add_host(services, number + 1), place)
                theirs = Vdirsyncer(program, folder / place.name, place)
                tasks = _tasks(Contest(ours, theirs, place), size, wanted)
                is_met = _print(place, tasks, start) and is_met
            _print_floor(OnStub(port), size.first)
    return _memory(size.memory) and is_met


def _start(program: str, folder: Path, port: int) -> Sample:
    """Measure what vdirsyncer takes when there is nothing to do."""
    rival = Vdirsyncer(program, folder / "start", OnStub(port, "none", "nothing"))
    rival.forget()
    samples = [rival.sync() for _ in range(5)]
    cheapest = min(samples, key=lambda sample: sample.cpu)
    return replace(cheapest, wall=min(sample.wall for sample in samples))


def _tasks(contest: Contest, size: Size, goals: Sequence[Goal]) -> list[Task]:
    first = contest.first(size.first, size.first_rounds)
    contest.meet(size.many)
    quiet, changed = contest.quiet(size.rounds), contest.changed(size.rounds)
    many = f"among {size.many:,}"
    return [
        Task(name=f"first sync of {size.first:,}", goal=goals[0], rounds=first),
        Task(name=f"no change {many}", goal=goals[1], rounds=quiet),
        Task(name=f"{CHANGES} changes {many}", goal=goals[2], rounds=changed),
    ]


def _print(place: Place, tasks: Sequence[Task], start: Sample) -> bool:
    print(f"\n{place.name:24}{'Booking':>10}{'vdirsyncer':>12}{'ratio':>8}{'goal':>9}")
    is_met = True
    for task in tasks:
        print(task.name)
        ours, theirs = zip(*task.rounds, strict=True)
        for what, goal in (("wall", task.goal.wall), ("cpu", task.goal.cpu)):
            pairs = [(getattr(a, what), getattr(b, what)) for a, b in task.rounds]
            ratio = median(a / b for a, b in pairs)
            bare = median(a / max(b - getattr(start, what), 1e-3) for a, b in pairs)
            one, other = (f"{median(side) * 1000:.0f} ms" for side in zip(*pairs, strict=True))
            told, holds = _judged(ratio, goal)
            name = "clock" if what == "wall" else "client CPU"
            print(
                f"  {name:22}{one:>10}{other:>12}{ratio:8.3f}{told}   "
                f"({bare:.3f} without its start)"
            )
            is_met = is_met and holds
        is_met = _print_requests(task, ours, theirs) and is_met
        if any(sample.server for sample in ours):
            one, other = (f"{_share(side):.0%}" for side in (ours, theirs))
            print(f"  {'of it the server':22}{one:>10}{other:>12}")
    return is_met


def _print_floor(place: Place, number: int) -> None:
    """Print what the writes of a first sync take by themselves."""
    taken = median(bare_writes(place, number) for _ in range(3))
    print(f"{number:,} bare writes, nothing else: {taken * 1000:.0f} ms by the clock")


def _print_requests(task: Task, ours: Sequence[Sample], theirs: Sequence[Sample]) -> bool:
    most = max(sample.requests for sample in ours)
    told, holds = _judged(most, task.goal.requests)
    others = max(sample.requests for sample in theirs)
    print(f"  {'requests, the most':22}{most:>10}{others:>12}{'':8}{told}")
    return holds


def _judged(found: float, goal: float | None) -> tuple[str, bool]:
    if goal is None:
        return f"{'':9}       ", True
    return f"{f'<= {goal:g}':>9} {'met   ' if found <= goal else 'MISSED'}", found <= goal


def _share(samples: Sequence[Sample]) -> float:
    """Return how much of the time the server worked; above 1 where it answered several at once."""
    return median(sample.server / sample.wall for sample in samples)


def _memory(number: int) -> bool:
    """Let a process of its own meet two calendars with many equal events; look how large it is."""
    with tempfile.TemporaryDirectory() as name, stub_server() as port:
        migrated(_settings(Path(name)))
        place = OnStub(port)
        for calendar in (place.left, place.right):
            place.fill(calendar, events(number))
        command = [sys.executable, __file__, "--memory", str(port), name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    before, after = (float(figure) for figure in done.stdout.split())
    holds = after < MOST_MEGABYTES
    print(
        f"\nmemory of a process after its first sync of {number:,} events: {after:.0f} MB at most"
    )
    print(f"  ({before:.0f} MB before), goal < {MOST_MEGABYTES} MB: {'met' if holds else 'MISSED'}")
    return holds


def _settings(folder: Path) -> Settings:
    return replace(settings_for(folder), outbound_private_hosts=("127.0.0.1",))


def _sync_many(port: int, folder: Path) -> None:
    """Sync for the first time, and once more; print the memory before and at most."""
    app = create_app(_settings(folder))
    spare_what_is_loaded()
    with app.app_context():
        services = app.extensions["booking"]
        ours = Booking(services, add_host(services, 1), OnStub(port))
        ours.forget()
        before = _peak()
        for _ in range(2):
            ours.sync()
        print(before, _peak())


def _peak() -> float:
    """Return the most megabytes that this process ever held."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found.group(1)) / 1024 if found else 0.0


if __name__ == "__main__":
    if "--memory" in sys.argv:
        _sync_many(int(sys.argv[2]), Path(sys.argv[3]))
        raise SystemExit(0)
    quick = Size(first=200, many=1_000, memory=2_000, first_rounds=1, rounds=3)
    raise SystemExit(not main(quick if "--quick" in sys.argv else Size()))
