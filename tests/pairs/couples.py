"""Two calendars at different kinds of provider that are a pair, and a person at each of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import requests

from booking.calendars.oauth_ports import Grant, Wish
from booking.calendars.providers.clouds import authorities, cloud_client
from booking.calendars.values import SignIn
from booking.core.clock import FrozenClock
from booking.core.errors import ProviderError
from booking.pairs.values import EndChoice, PairView, SyncReport
from booking.sync.ports import Side
from booking.wiring import Services
from tests.pairs.people import DavPerson, GooglePerson, GraphPerson, Person, titles
from tests.providersim.clock import SimClock
from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim
from tests.servers.dav import DavAccount

LEFT, RIGHT = Side.LEFT, Side.RIGHT
EMAIL = "host@example.org"
COUPLES = ("caldav-google", "caldav-microsoft", "google-microsoft")


@dataclass(kw_only=True)
class World:
    """A host, the providers that the host has accounts at, and time for all of them."""

    services: Services
    clock: FrozenClock
    user: int
    sim: ProviderSim
    graph: GraphSim
    account: Callable[[], DavAccount]

    def __post_init__(self) -> None:
        for other in (self.sim.clock, self.graph.clock):
            other.advance((self.clock.now() - other.now()).total_seconds())

    def pass_time(self, **amount: float) -> None:
        """Let time pass here and at the providers."""
        self.clock.advance(**amount)
        clocks: tuple[SimClock, ...] = (self.sim.clock, self.graph.clock)
        for other in clocks:
            other.advance(timedelta(**amount).total_seconds())

    def person(self, provider: str) -> Person:
        """Connect an account with a fresh calendar, and return the hands of who has it."""
        return _MAKERS[provider](self)

    def grant(self, provider: str, *, may_create: bool = True) -> Grant:
        """Have access granted, by the provider's own pages and endpoints."""
        settings = self.services.settings
        authority = authorities(settings, cloud_client(settings), self.clock)[provider]
        wish = Wish(
            state=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=f"{settings.base_url}/connections/{provider}/callback",
            may_create=may_create,
        )
        back = requests.get(
            authority.address(wish), verify=self.graph.ca_file, allow_redirects=False, timeout=5
        )
        query = parse_qs(urlsplit(back.headers["Location"]).query)
        return authority.redeem(query["code"][0], wish)

    def connected(self, provider: str, key: str) -> tuple[int, int]:
        """Connect an account by OAuth; return connection and calendar."""
        connection = self.connect(provider)
        return connection, self.named(connection, key)

    def connect(self, provider: str, *, may_create: bool = True) -> int:
        secret = self.grant(provider, may_create=may_create).text()
        sign_in = SignIn(provider=provider, preset=provider, url="", secret=secret)
        return self.services.connections.connect(self.user, sign_in).id

    def named(self, connection: int, name: str) -> int:
        found = self.services.connections.calendars(self.user, connection)
        return next(one.id for one in found if one.name == name)


def _dav(world: World) -> Person:
    account = world.account()
    url = account.make_calendar()
    connection = world.services.connections.connect_caldav(
        world.user, "radicale", account.base_url, account.user, account.password
    ).id
    name = url.rstrip("/").rpartition("/")[2]
    key = url
    return DavPerson(
        connection=connection,
        calendar=world.named(connection, name),
        key=key,
        provider=lambda: world.services.connections.open_provider(connection),
        account=account,
        url=url,
    )


def _google(world: World) -> Person:
    key = world.sim.google.add_calendar(EMAIL, "Work")
    connection, calendar = world.connected("google", "Work")
    return GooglePerson(
        connection=connection,
        calendar=calendar,
        key=key,
        provider=lambda: world.services.connections.open_provider(connection),
        sim=world.sim,
        email=EMAIL,
    )


def _graph(world: World) -> Person:
    key = world.graph.add_calendar(EMAIL, "Office")
    connection, calendar = world.connected("microsoft", "Office")
    return GraphPerson(
        connection=connection,
        calendar=calendar,
        key=key,
        provider=lambda: world.services.connections.open_provider(connection),
        graph=world.graph,
        email=EMAIL,
    )


_MAKERS: dict[str, Callable[[World], Person]] = {
    "caldav": _dav,
    "google": _google,
    "microsoft": _graph,
}


@dataclass(kw_only=True)
class Couple:
    """A pair of two providers, and who has a calendar at each."""

    world: World
    left: Person
    right: Person
    pair: int = 0
    reports: list[SyncReport] = field(default_factory=list)

    @property
    def both(self) -> tuple[Person, Person]:
        return self.left, self.right

    @property
    def services(self) -> Services:
        return self.world.services

    def join(self, direction: str = "both", **more: object) -> PairView:
        """Make the two calendars a pair, which nobody has synced yet."""
        ends = {
            side: EndChoice(pointer=f"/{side}", calendar_id=person.calendar)
            for side, person in ((LEFT, self.left), (RIGHT, self.right))
        }
        view = self.services.pairs.create(
            self.world.user,
            ends,
            direction=direction,
            **more,  # type: ignore[arg-type]
        )
        self.pair = view.id
        return view

    def sync(self, **passing: float) -> SyncReport:
        """Let a minute pass, or what is said, and sync."""
        self.world.pass_time(**(passing or {"minutes": 1}))
        report = self.services.pair_runner.run(self.pair)
        self.reports.append(report)
        return report

    def try_to_sync(self, **passing: float) -> ProviderError | None:
        """Sync as the background does: a failure is noted at the pair."""
        try:
            self.sync(**passing)
        except ProviderError as error:
            return error
        return None

    def come_to_rest(self) -> None:
        """Sync until nothing is left to do; after a day, when everything is compared."""
        for hours in (2, 25, 1):
            self.sync(hours=hours)
        assert self.reports[-1].finished
        assert self.written() == 0

    def view(self) -> PairView:
        return self.services.pairs.get(self.world.user, self.pair)

    def written(self) -> int:
        """Return how many writes the last sync made."""
        return sum(sum(side.values()) for side in self.reports[-1].written.values())

    def swapped(self) -> Couple:
        """Return the same pair with its sides' names exchanged."""
        return replace(self, left=self.right, right=self.left)

    def same(self) -> bool:
        return self.left.contents() == self.right.contents()

    def titles(self) -> tuple[list[str], list[str]]:
        return titles(self.left), titles(self.right)
