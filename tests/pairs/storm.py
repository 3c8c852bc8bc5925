"""A storm over a pair: `python -m tests.pairs.storm --seed 1 --minutes 30`.

A person edits a Radicale and a Xandikos calendar without pause while `booking serve` keeps them
the same; its worker, all of it, and the calendar servers are killed and started again. When it is
over, everything has to come to rest, and what must be so is looked at (`storm_check`).
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from booking.app import create_app
from booking.core.clock import SystemClock
from booking.core.errors import BookingError
from booking.db import db, reading, writing
from booking.pairs.jobs import ask_sync
from booking.pairs.store import has_intents
from booking.pairs.values import EndChoice, PairView
from booking.settings import Settings
from booking.sync.ports import SIDES, Side
from booking.wiring import Services
from tests.calendars.accounts import make_user
from tests.pairs.storm_check import Remains, differences, records_of, violations
from tests.pairs.storm_client import Hands
from tests.pairs.storm_hands import Person
from tests.servers.booking_server import BookingServer
from tests.servers.dav import DavServer
from tests.servers.radicale_server import Radicale
from tests.servers.xandikos_server import Xandikos

_SETTLES_WITHIN = 600.0
_QUIET_LOOKS = 2


@dataclass(slots=True)
class Outcome:
    """How a storm ended."""

    seed: int
    deeds: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    events: int = 0
    settled_after: float = 0.0
    violations: list[str] = field(default_factory=list)

    def told(self) -> str:
        """Return it as lines."""
        return "\n".join(
            [
                f"seed {self.seed}",
                f"edits      {dict(self.deeds)}",
                f"kills      {dict(self.kills)}",
                f"on record  {dict(self.records)}",
                f"events at the end {self.events}, at rest after {self.settled_after:.0f} s",
                f"violations {len(self.violations)}",
                *self.violations,
            ]
        )


class Storm:
    """One storm over one pair, inside the application's context."""

    def __init__(self, site: Site, seed: int) -> None:
        self._site = site
        self._chance = random.Random(seed)
        self._person = Person(site.hands, random.Random(seed + 1))
        self._outcome = Outcome(seed)

    def run(self, seconds: float) -> Outcome:
        """Rage for so long, settle, and look."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._gust()
        begun = time.monotonic()
        remains = self._settle()
        outcome = self._outcome
        outcome.settled_after = time.monotonic() - begun
        outcome.deeds = self._person.ledger.deeds
        outcome.records = Counter(kind for kind, _, _ in remains.records)
        outcome.events = len(remains.seen[Side.LEFT])
        outcome.violations += violations(remains, self._person.ledger)
        return outcome

    def _gust(self) -> None:
        """Edit, have the pair synced while edits go on, and often kill something meanwhile."""
        for _ in range(self._chance.randrange(1, 5)):
            self._person.act()
        self._site.ask()
        for _ in range(self._chance.randrange(3)):
            self._person.act()
        time.sleep(self._chance.uniform(0.0, 1.5))
        self._strike()
        self._site.approve()

    def _strike(self) -> None:
        kinds = ("nothing", "worker", "booking", "radicale", "xandikos")
        kind = self._chance.choices(kinds, (8, 5, 2, 1, 1))[0]
        site = self._site
        if kind == "worker":
            site.server.kill_worker()
        elif kind == "booking":
            site.server.kill()
            site.server.start()
        elif kind != "nothing":
            # Xandikos keeps a git repository, which a kill may leave locked for good.
            with site.calendars[kind].outage(kill=kind == "radicale"):
                time.sleep(self._chance.uniform(0.0, 3.0))
        self._outcome.kills[kind] += 1

    def _settle(self) -> Remains:
        """Sync until nothing changes any more; what still differs then is told by the checks."""
        end, quiet = time.monotonic() + _SETTLES_WITHIN, 0
        remains = self._site.remains()
        while time.monotonic() < end:
            is_done = self._site.sync()
            remains = self._site.remains()
            quiet = quiet + 1 if is_done and not differences(remains) else 0
            if quiet >= _QUIET_LOOKS:
                return remains
            time.sleep(1)
        view = self._site.view()
        self._outcome.violations.append(f"not at rest: {view.status} {view.reason} {view.counts}")
        return remains


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`booking serve` with a pair between two real servers."""

    services: Services
    server: BookingServer
    calendars: dict[str, DavServer]
    hands: dict[Side, Hands]
    user: int
    pair: int

    def ask(self) -> None:
        """Have the worker sync the pair soon."""
        with writing() as session:
            ask_sync(session, self.pair, now=SystemClock().now())

    def view(self) -> PairView:
        return self.services.pairs.get(self.user, self.pair)

    def approve(self) -> None:
        """Let held deletions go on, as the person means them all."""
        if self.view().counts.held:
            self._tried(approving=True)

    def sync(self) -> bool:
        """Sync now; tell whether there was nothing to do."""
        self.approve()
        is_quiet = self._tried(approving=False)
        counts = self.view().counts
        with reading() as session:
            is_busy = has_intents(session, self.pair)
        return is_quiet and not (is_busy or counts.held or counts.queued or counts.unsyncable)

    def _tried(self, *, approving: bool) -> bool:
        pairs = self.services.pairs
        try:
            done = (pairs.confirm if approving else pairs.sync)(self.user, self.pair)
        except BookingError:
            return False  # another worker has it, or a server is just coming back
        return done.finished and not any(sum(side.values()) for side in done.written.values())

    def remains(self) -> Remains:
        seen = {side: self.hands[side].all() for side in SIDES}
        return Remains(seen=seen, records=records_of(self.pair))


def rage(folder: Path, seed: int, minutes: float) -> Outcome:
    """Have a storm with all its files in `folder`."""
    with ExitStack() as stack:
        servers = {kind.name: _started(stack, folder, kind) for kind in (Radicale, Xandikos)}
        settings = Settings(
            database_url=f"sqlite:///{folder / 'booking.sqlite3'}",
            secret_key="a secret that only storms know, long enough",
            credential_keys=(bytes(range(32)),),
            outbound_private_hosts=("127.0.0.1", "localhost"),
        )
        app = create_app(settings)
        with app.app_context():
            upgrade()
            server = BookingServer(folder, settings)
            site = _site(app, server, servers)
            stack.callback(server.stop)
            server.start()
            outcome = Storm(site, seed).run(minutes * 60)
            db.engine.dispose()
        return outcome


def _started(stack: ExitStack, folder: Path, kind: type[Radicale | Xandikos]) -> DavServer:
    place = folder / kind.name
    place.mkdir()
    server = kind(place)
    stack.callback(server.stop)
    server.start()
    return server


def _site(app: Flask, server: BookingServer, servers: dict[str, DavServer]) -> Site:
    services: Services = app.extensions["booking"]
    user = make_user()
    hands, ends = {}, {}
    for side, calendar_server in zip(SIDES, servers.values(), strict=True):
        account = calendar_server.account
        hands[side] = Hands(account, account.make_calendar("storm"))
        connection = services.connections.connect_caldav(
            user, "radicale", account.base_url, account.user, account.password
        )
        found = services.connections.calendars(user, connection.id)
        (calendar,) = (one for one in found if one.name == "storm")
        ends[side] = EndChoice(pointer=f"/{side}", calendar_id=calendar.id)
    pair = services.pairs.create(user, ends, direction="both")
    return Site(
        services=services, server=server, calendars=servers, hands=hands, user=user, pair=pair.id
    )


@contextmanager
def _folder() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - memory where there is some: stores of small files
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def main(words: Sequence[str] | None = None) -> int:
    """Read the command line, have a storm, and print how it ended."""
    parser = argparse.ArgumentParser(description="A storm over a Radicale-Xandikos pair.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30.0)
    chosen = parser.parse_args(words)
    with _folder() as folder:
        outcome = rage(folder, chosen.seed, chosen.minutes)
    sys.stdout.write(f"{outcome.told()}\n")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
