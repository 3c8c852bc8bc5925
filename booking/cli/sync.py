"""`booking sync`: due work, now, in the foreground."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
from flask import Flask
from sqlalchemy import select

from booking.calendars.models import Calendar, SelectedCalendar
from booking.cli.context import with_app
from booking.core.errors import BookingError, Conflict, ProviderError
from booking.core.ids import decode_id, encode_id
from booking.db import reading
from booking.jobs.build import build_runner
from booking.wiring import Services


@click.command()
@click.option("--calendar", help="Only this calendar.")
@click.option("--all", "everything", is_flag=True, help="Every selected calendar, due or not.")
@with_app
def sync(app: Flask, calendar: str | None, everything: bool) -> None:
    """Refresh calendars and run due jobs, with a progress bar or one JSON report a line."""
    with app.app_context():
        wanted = _one(calendar) if calendar else _selected() if everything else []
        reports = _refresh(app, wanted)
        failed = [report for report in _shown(reports, len(wanted)) if "error" in report]
        if not calendar:
            _run_due(app)
    sys.exit(1 if failed else 0)


def _one(calendar: str) -> list[int]:
    calendar_id = decode_id(calendar)
    with reading() as session:
        if calendar_id is None or session.get(Calendar, calendar_id) is None:
            raise BookingError(f"There is no calendar {calendar}.")
    return [calendar_id]


def _selected() -> list[int]:
    with reading() as session:
        return list(session.scalars(select(SelectedCalendar.calendar_id).distinct()))


def _refresh(app: Flask, calendar_ids: list[int]) -> Iterator[dict[str, Any]]:
    services: Services = app.extensions["booking"]
    for calendar_id in calendar_ids:
        report: dict[str, Any] = {"calendar": encode_id(calendar_id)}
        try:
            done = services.refresher.refresh(calendar_id)
            report |= asdict(done)
        except (ProviderError, Conflict) as error:
            report |= {"error": error.message}
        yield report


def _shown(reports: Iterator[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """Consume the reports; on a terminal under a bar, else a JSON line each."""
    if not sys.stdout.isatty():
        return [_print(report) for report in reports]
    with click.progressbar(reports, length=number, label="Calendars") as bar:
        done = list(bar)
    for report in done:
        click.echo(f"{report['calendar']}: {report.get('error', 'in step')}")
    return done


def _print(report: dict[str, Any]) -> dict[str, Any]:
    click.echo(json.dumps(report))
    return report


def _run_due(app: Flask) -> None:
    runner = build_runner(app)
    for job_id in runner.due():
        ran = runner.run(job_id)
        if not sys.stdout.isatty():
            click.echo(json.dumps({"job": job_id, "ran": ran}))
