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
from booking.cli.pair_sync import all_pairs, one_pair, pair_report, queued
from booking.core.errors import BookingError, Conflict, ProviderError
from booking.core.ids import decode_id, encode_id
from booking.db import reading
from booking.jobs.build import build_runner
from booking.wiring import Services

_Report = dict[str, Any]


@click.command()
@click.option("--calendar", help="Only this calendar.")
@click.option("--pair", help="Only this pair of calendars.")
@click.option("--all", "everything", is_flag=True, help="Every calendar and pair, due or not.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Tell what would be done, and do nothing.")
@with_app
def sync(
    app: Flask, *, calendar: str | None, pair: str | None, everything: bool, is_dry: bool
) -> None:
    """Refresh calendars, sync pairs, run due jobs; a progress bar or one JSON report a line."""
    with app.app_context():
        calendars = _one(calendar) if calendar else _selected() if everything else []
        pairs = one_pair(pair) if pair else all_pairs() if everything else []
        reports = _of_calendars(app, calendars, is_dry=is_dry)
        reports += _of_pairs(app, pairs, is_dry=is_dry)
        if not (calendar or pair):
            _run_due(app, is_dry=is_dry)
    sys.exit(1 if any("error" in report for report in reports) else 0)


def _one(calendar: str) -> list[int]:
    calendar_id = decode_id(calendar)
    with reading() as session:
        if calendar_id is None or session.get(Calendar, calendar_id) is None:
            raise BookingError(f"There is no calendar {calendar}.")
    return [calendar_id]


def _selected() -> list[int]:
    with reading() as session:
        return list(session.scalars(select(SelectedCalendar.calendar_id).distinct()))


def _of_calendars(app: Flask, calendar_ids: list[int], *, is_dry: bool) -> list[_Report]:
    if is_dry:
        due = [{"calendar": encode_id(each), "dry_run": True} for each in calendar_ids]
        return [_told(report, "would be refreshed") for report in due]
    reports = _refresh(app, calendar_ids)
    if not sys.stdout.isatty():
        return [_told(report) for report in reports]
    with click.progressbar(reports, length=len(calendar_ids), label="Calendars") as bar:
        done = list(bar)
    return [_told(report, "in step") for report in done]


def _refresh(app: Flask, calendar_ids: list[int]) -> Iterator[_Report]:
    services: Services = app.extensions["booking"]
    for calendar_id in calendar_ids:
        report: _Report = {"calendar": encode_id(calendar_id)}
        try:
            done = services.refresher.refresh(calendar_id)
            report |= asdict(done)
        except (ProviderError, Conflict) as error:
            report |= {"error": error.message}
        yield report


def _of_pairs(app: Flask, pair_ids: list[int], *, is_dry: bool) -> list[_Report]:
    services: Services = app.extensions["booking"]
    reports = []
    for pair_id in pair_ids:
        if sys.stdout.isatty() and not is_dry:
            with click.progressbar(length=queued(pair_id) or 1, label=encode_id(pair_id)) as bar:
                report = pair_report(services, pair_id, is_dry=False, told=bar.update)
        else:
            report = pair_report(services, pair_id, is_dry=is_dry, told=lambda _: None)
        reports.append(_told(report, _sentence(report)))
    return reports


def _sentence(report: _Report) -> str:
    """Return how a pair stands, for a person."""
    if "dry_run" in report:
        kinds = ("create", "change", "delete", "hold", "skip")
        return ", ".join(f"{report[kind]} to {kind}" for kind in kinds)
    written = sum(sum(kinds.values()) for kinds in report.get("written", {}).values())
    return f"{report.get('status', '')}, {written} written, {report.get('held', 0)} held"


def _told(report: _Report, sentence: str = "") -> _Report:
    """Print a report: a line for a person on a terminal, else as JSON."""
    if not sys.stdout.isatty():
        click.echo(json.dumps(report))
    else:
        name = report.get("calendar") or report.get("pair")
        click.echo(f"{name}: {report.get('error', sentence)}")
    return report


def _run_due(app: Flask, *, is_dry: bool) -> None:
    runner = build_runner(app)
    work = ((job_id, False) for job_id in runner.due()) if is_dry else runner.drain()
    for job_id, ran in work:
        if not sys.stdout.isatty():
            click.echo(json.dumps({"job": job_id, "ran": ran}))
