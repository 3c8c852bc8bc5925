"""A served site whose calendars lie at a simulated cloud that pushes to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Thread

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from booking.app import create_app
from booking.calendars.oauth_ports import Grant
from booking.calendars.values import SignIn, WatchView
from booking.calendars.watch_models import CalendarWatch, WatchChannel
from booking.core.clock import Clock
from booking.db import db, reading
from booking.jobs.build import build_runner
from booking.queue.models import Job
from booking.settings import Settings
from booking.wiring import Services
from tests.providersim.graph_server import GraphSim
from tests.providersim.hand import ALL_SCOPES
from tests.providersim.server import ProviderSim
from tests.servers.process import free_port

HOST = "host@example.org"
_GRAPH_SCOPES = ("Calendars.ReadWrite", "User.Read")


@dataclass
class PushSite:
    """The site, with one host; its doors are open to the simulators."""

    app: Flask
    base_url: str
    host_id: int

    @property
    def services(self) -> Services:
        services: Services = self.app.extensions["booking"]
        return services

    def connect(self, sign_in: SignIn) -> int:
        """Connect an account; return the connection's id."""
        return self.services.connections.connect(self.host_id, sign_in).id

    def calendar_of(self, connection: int, *, selected: bool = True) -> int:
        """Return the first calendar of a connection, which blocks."""
        found = self.services.connections.calendars(self.host_id, connection)[0].id
        if selected:
            self.services.selection.select(self.host_id, found)
        return found

    def keep(self) -> int:
        """Do what the tick asks for; return how many calendars it asked for."""
        asked = self.services.push.keeper.ask_due()
        self.work()
        return asked

    def work(self) -> list[str]:
        """Run all jobs that are due; return their kinds."""
        kinds = {job.id: job.kind for job in jobs()}
        return [kinds.get(key, "") for key, ran in build_runner(self.app).drain() if ran]

    def watch(self, calendar: int) -> WatchView:
        return self.services.calendar_status.status(self.host_id, calendar).watch

    def busy(self, calendar: int) -> int:
        return self.services.calendar_status.status(self.host_id, calendar).cached_events


@contextmanager
def serving(settings: Settings, clock: Clock) -> Iterator[PushSite]:
    """Serve the whole application from this process, without a worker."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    app = create_app(replace(settings, base_url=base_url), clock)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    with app.app_context():
        user = app.extensions["booking"].accounts.create_user(
            email=HOST, name="Some", username="some", time_zone="Europe/Berlin", password=None
        )
        yield PushSite(app=app, base_url=base_url, host_id=user.id)
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


def google_account(sim: ProviderSim, email: str = HOST) -> SignIn:
    access, refresh = sim.google.sign_in(email, ALL_SCOPES)
    grant = Grant(access_token=access, refresh_token=refresh, expires_at=2**40, scopes=ALL_SCOPES)
    return SignIn(provider="google", preset="google", url="", secret=grant.text())


def microsoft_account(graph: GraphSim, email: str = HOST) -> SignIn:
    access = graph.sign_in(email)
    renewal = graph.world.grants[-1].refresh_token
    grant = Grant(
        access_token=access, refresh_token=renewal, expires_at=2**40, scopes=_GRAPH_SCOPES
    )
    return SignIn(provider="microsoft", preset="microsoft", url="", secret=grant.text())


def jobs(kind: str = "") -> list[Job]:
    with reading() as session:
        found = session.scalars(select(Job).order_by(Job.id)).all()
    return [job for job in found if kind in {"", job.kind}]


def channels() -> list[WatchChannel]:
    with reading() as session:
        return list(session.scalars(select(WatchChannel).order_by(WatchChannel.id)))


def tried(calendar: int) -> CalendarWatch | None:
    with reading() as session:
        return session.get(CalendarWatch, calendar)
