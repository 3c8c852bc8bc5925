"""`booking import`: calendar files put into connected calendars, once."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from flask import Flask

from booking.calendars.ical import ParsedObject
from booking.calendars.importing import Importer, ImportReport
from booking.cli.context import with_app
from booking.core.errors import BookingError
from booking.core.ids import decode_id
from booking.wiring import Services

_MOST_TOLD = 20
_LARGEST = 64 * 1024 * 1024


@click.group(name="import")
def import_() -> None:
    """Bring data in from elsewhere, once; sync is what keeps calendars in step."""


@import_.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--calendar", required=True, help="The id of a connected calendar.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Tell what would be done, and do nothing.")
@with_app
def ics(app: Flask, file: Path, calendar: str, is_dry: bool) -> None:
    """Put the events of an .ics file into a calendar; what is there already is passed over."""
    calendar_id = decode_id(calendar)
    if calendar_id is None:
        raise BookingError(f"There is no calendar {calendar}.")
    services: Services = app.extensions["booking"]
    with app.app_context():
        importer = Importer(services.connections)
        objects = importer.read(_bytes_of(file))
        report = (
            importer.foresee(calendar_id, objects)
            if is_dry
            else _put(importer, calendar_id, objects)
        )
    _tell(report, is_dry=is_dry)
    sys.exit(1 if report.error else 0)


def _bytes_of(file: Path) -> bytes:
    try:
        if file.stat().st_size > _LARGEST:
            raise BookingError(f"{file} is larger than 64 MiB.")
        return file.read_bytes()
    except OSError as error:
        raise BookingError(f"{file} cannot be read: {error.strerror}.") from None


def _put(importer: Importer, calendar_id: int, objects: Sequence[ParsedObject]) -> ImportReport:
    if not sys.stdout.isatty():
        return importer.put(calendar_id, objects, lambda _: None)
    with click.progressbar(length=len(objects), label="Events") as bar:
        return importer.put(calendar_id, objects, bar.update)


def _tell(report: ImportReport, *, is_dry: bool) -> None:
    if not sys.stdout.isatty():
        click.echo(json.dumps({**asdict(report), "dry_run": is_dry}))
        return
    verb = "would be created" if is_dry else "created"
    click.echo(
        f"{report.created} {verb}, {report.present} there already, {len(report.broken)} skipped"
    )
    for one in report.broken[:_MOST_TOLD]:
        click.echo(f"  skipped {one.uid[:60]!r}: {one.reason}")
    if len(report.broken) > _MOST_TOLD:
        click.echo(f"  and {len(report.broken) - _MOST_TOLD} more")
    if report.error:
        click.echo(f"Stopped: {report.error} Run the command again to go on.")
