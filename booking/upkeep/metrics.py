"""What a monitoring system asks for: counts of rows and ages, read in one short unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking.bookings.models import Booking, BookingCopy, Hold
from booking.calendars.link_models import SyncPair
from booking.calendars.models import Connection
from booking.calendars.sync_models import Cursor
from booking.db import reading
from booking.mail.models import MailMessage
from booking.queue.models import Job, JobState
from booking.queue.workers import last_seen
from booking.webhooks.models import WebhookDelivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One number with its labels."""

    value: float
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A gauge, as Prometheus calls a number that goes up and down."""

    name: str
    help: str
    samples: tuple[Sample, ...]


def measure(now: datetime) -> tuple[Metric, ...]:
    """Return the numbers of this moment; `now` is aware UTC."""
    with reading() as session:
        return (*_counts(session), *_ages(session, now))


def _counts(session: Session) -> Iterator[Metric]:
    yield _by(session, "booking_bookings", "Bookings by status.", status=Booking.status)
    yield _by(
        session,
        "booking_calendar_copies",
        "Bookings' copies in destination calendars by state.",
        state=BookingCopy.state,
    )
    yield _by(session, "booking_connections", "Accounts by status.", status=Connection.status)
    yield _by(session, "booking_jobs", "Background jobs.", kind=Job.kind, state=Job.state)
    yield _by(session, "booking_mails", "Kept mails by state.", state=MailMessage.state)
    yield _by(session, "booking_pairs", "Pairs of calendars by status.", status=SyncPair.status)
    yield _by(
        session,
        "booking_webhook_deliveries",
        "Kept deliveries to webhooks by state.",
        state=WebhookDelivery.state,
    )
    failing = select(func.count()).where(Cursor.error_count > 0)
    held = select(func.count()).select_from(Hold)
    yield _one(session, "booking_calendars_failing", "Calendars that could not be read.", failing)
    yield _one(session, "booking_holds", "Slots on hold.", held)


def _by(session: Session, name: str, text: str, **columns: Any) -> Metric:
    query = select(*columns.values(), func.count()).group_by(*columns.values())
    rows = sorted(session.execute(query).all())
    samples = (
        Sample(
            value=row[-1],
            labels=dict(zip(columns, map(str, row[:-1]), strict=True)),
        )
        for row in rows
    )
    return Metric(name=name, help=text, samples=tuple(samples))


def _one(session: Session, name: str, text: str, query: Any) -> Metric:
    sample = Sample(value=session.scalar(query) or 0, labels={})
    return Metric(name=name, help=text, samples=(sample,))


def _ages(session: Session, now: datetime) -> Iterator[Metric]:
    due = select(func.min(Job.due_at)).where(Job.state == JobState.READY, Job.due_at <= now)
    oldest = session.scalar(select(func.min(Cursor.synced_at)))
    for name, text, moment in (
        ("booking_jobs_late_seconds", "How long the oldest due job waits.", session.scalar(due)),
        ("booking_calendars_oldest_seconds", "Age of the calendar read longest ago.", oldest),
        ("booking_worker_silent_seconds", "Since a worker was last alive.", last_seen(session)),
    ):
        age = 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
        is_known = moment is not None or name == "booking_jobs_late_seconds"
        samples = (Sample(value=age, labels={}),) if is_known else ()
        yield Metric(name=name, help=text, samples=samples)


def as_text(metrics: Iterable[Metric]) -> str:
    """Return the numbers in Prometheus' text format, version 0.0.4.

    Source: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
    """
    lines: list[str] = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge"]
        lines += [sample_line(metric.name, one.labels, one.value) for one in metric.samples]
    return "\n".join(lines) + "\n"


def sample_line(name: str, labels: Mapping[str, str], value: float) -> str:
    """Return the line of one number."""
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{told}}} {value:g}" if told else f"{name} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
