"""Which handler runs which kind of job, and which ticks a worker keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask

from booking.bookings.full import FULL
from booking.bookings.history import TELL
from booking.bookings.jobs import LOOK, MEET, WRITE
from booking.bookings.reminders import REMIND
from booking.calendars.hints import HINT
from booking.calendars.refresh_jobs import REFRESH, RELIST, WATCH
from booking.core.errors import BookingError
from booking.eventtypes.jobs import REPLAN
from booking.jobs import bookings, calendars, housekeeping, mail, pairs, tasks, webhooks
from booking.jobs.run import Handler, JobRunner
from booking.jobs.timekeeper import Tick, Timekeeper
from booking.jobs.worker import EmbeddedWorker, heartbeat
from booking.mail.outbox import SEND
from booking.pairs.jobs import SYNC
from booking.queue.workers import process_name
from booking.tasks.jobs import SYNC as TASKS
from booking.webhooks.outbox import SEND as POST
from booking.wiring import Services

if TYPE_CHECKING:
    from booking.jobs.rq_worker import OutboxWorker

Burial = Callable[[Mapping[str, Any], str], None]


def build_runner(app: Flask) -> JobRunner:
    """Return the runner of this process, made once."""
    runner: JobRunner | None = app.extensions.get("booking.runner")
    if runner is None:
        services: Services = app.extensions["booking"]
        runner = JobRunner(
            app,
            handlers=handlers(services),
            burials=burials(services),
            clock=services.clock,
            owner=process_name(),
        )
        app.extensions["booking.runner"] = runner
    return runner


def handlers(services: Services) -> Mapping[str, Handler]:
    """Return the handler of every kind of job."""
    return {
        REFRESH: calendars.refresh(services),
        RELIST: calendars.relist(services),
        HINT: calendars.hint(services),
        WATCH: calendars.watch(services),
        WRITE: bookings.write(services),
        MEET: bookings.meet(services),
        LOOK: bookings.look(services),
        TELL: bookings.tell(services),
        REMIND: bookings.remind(services),
        FULL: bookings.look_whether_full(services),
        REPLAN: bookings.replan(services),
        SYNC: pairs.sync(services),
        TASKS: tasks.sync(services),
        SEND: mail.send(services),
        POST: webhooks.send(services),
    }


def burials(services: Services) -> Mapping[str, Burial]:
    """Return who is told when a job of a kind is given up."""
    return {WRITE: bookings.given_up(services), MEET: bookings.no_link(services)}


def ticks(services: Services) -> tuple[Tick, ...]:
    """Return the periodic work of a worker."""
    return (
        Tick(name="heartbeat", seconds=10, work=heartbeat(services.clock)),
        Tick(name="polls", seconds=5, work=calendars.ask_due_polls(services)),
        Tick(name="channels", seconds=5, work=calendars.ask_due_channels(services)),
        Tick(name="lists", seconds=600, work=calendars.ask_due_lists(services)),
        Tick(name="looks", seconds=5, work=bookings.ask_looks(services)),
        Tick(name="behind", seconds=30, work=bookings.catch_up(services)),
        Tick(name="unwritten", seconds=60, work=bookings.tell_unwritten(services)),
        Tick(name="reminders", seconds=5, work=bookings.ask_reminders(services)),
        Tick(name="requests", seconds=30, work=bookings.expire(services)),
        Tick(name="pairs", seconds=5, work=pairs.ask_due(services)),
        Tick(name="tasks", seconds=10, work=tasks.ask_due(services)),
        Tick(name="task-history", seconds=3600, work=tasks.forget_old(services)),
        Tick(name="history", seconds=3600, work=pairs.forget_old(services)),
        Tick(name="mails", seconds=5, work=mail.ask_due(services)),
        Tick(name="words", seconds=3600, work=mail.forget_old(services)),
        Tick(name="webhooks", seconds=5, work=webhooks.ask_due(services)),
        Tick(name="deliveries", seconds=3600, work=webhooks.forget_old(services)),
        Tick(name="guests", seconds=3600, work=housekeeping.forget_guests(services)),
        Tick(name="purge", seconds=3600, work=housekeeping.purge(services)),
    )


def build_worker(app: Flask) -> EmbeddedWorker:
    """Return the embedded worker."""
    services: Services = app.extensions["booking"]
    keeper = Timekeeper(app, ticks(services))
    return EmbeddedWorker(app, build_runner(app), keeper, services.clock)


def build_rq_parts(app: Flask) -> tuple[OutboxWorker, Timekeeper]:
    """Return the RQ worker, and the timekeeper that also rings again for due jobs.

    Errors: BookingError where no Redis is configured.
    """
    from booking.jobs.rq_worker import build_rq_worker, sweep  # noqa: PLC0415 - eight megabytes
    from booking.queue.redis_bell import RedisBell, connect_redis  # noqa: PLC0415 - see above

    services: Services = app.extensions["booking"]
    if services.settings.redis_url is None:
        raise BookingError("BOOKING_REDIS_URL is not set: `booking serve` does the work itself.")
    redis = connect_redis(services.settings.redis_url)
    runner = build_runner(app)
    keeper = Timekeeper(app, (sweep(runner, RedisBell(redis)), *ticks(services)))
    return build_rq_worker(app, redis), keeper
