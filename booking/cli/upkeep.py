"""`booking migrate`, `doctor`, `backup`, `restore`, `keys`: looking after an installation."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from flask import Flask
from flask_migrate import upgrade

from booking.cli.context import with_app
from booking.db import db
from booking.upkeep import backup as backups
from booking.upkeep import ledger
from booking.upkeep.doctor import Finding
from booking.upkeep.keys import rotate_credentials

_SIGNS = {"ok": "ok     ", "warning": "warning", "broken": "BROKEN "}


@click.command()
@with_app
def migrate(app: Flask) -> None:
    """Bring the database to the newest schema; safe to repeat."""
    with app.app_context():
        upgrade()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_app
def doctor(app: Flask, as_json: bool) -> None:
    """Check everything; exit 1 if something is broken."""
    with app.app_context():
        findings = app.extensions["booking"].doctor.examine()
    healthy = all(finding.level != "broken" for finding in findings)
    if as_json:
        body = {"healthy": healthy, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(body))
    else:
        for finding in findings:
            click.echo(_line(finding))
    sys.exit(0 if healthy else 1)


def _line(finding: Finding) -> str:
    remedy = f" {finding.remedy}" if finding.remedy else ""
    return f"{_SIGNS[finding.level]}  {finding.check}: {finding.detail}{remedy}"


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_app
def backup(app: Flask, file: Path) -> None:
    """Write a verified backup, consistent while serving."""
    size = backups.back_up(app.extensions["booking"].settings, file)
    click.echo(f"{file}: {size} bytes")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_app
def restore(app: Flask, file: Path) -> None:
    """Replace the database by a backup; stop the server first."""
    services = app.extensions["booking"]
    with app.app_context():
        erased = ledger.carried_over()
        db.engine.dispose()
    backups.restore(services.settings, file)
    with app.app_context():
        upgrade()
        backups.forget_places()
        ledger.put_back(erased)
        again = services.eraser.erase_again()
    click.echo(f"Restored. Erased again: {again}." if again else "Restored.")


@click.group()
def keys() -> None:
    """Handle the keys that seal stored credentials."""


@keys.command()
@with_app
def rotate(app: Flask) -> None:
    """Re-encrypt all credentials under the newest key; safe to repeat."""
    with app.app_context():
        report = rotate_credentials(app.extensions["booking"].cipher)
    click.echo(json.dumps(asdict(report)))
    sys.exit(1 if report.unreadable else 0)
