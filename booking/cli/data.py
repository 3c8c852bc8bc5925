"""`booking data`: what is kept about a guest or a user, handed out or erased."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask import Flask

from booking.cli.context import with_app
from booking.core.errors import BookingError
from booking.wiring import Services

_ONE = "Say whose data: --guest EMAIL or --user USERNAME."


@click.group()
def data() -> None:
    """Answer privacy requests."""


@data.command()
@click.option("--guest", help="A guest's e-mail address.")
@click.option("--user", help="A user's username.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a ZIP file (JSON, ICS, manifest) in place of JSON to standard output.",
)
@with_app
def export(app: Flask, guest: str | None, user: str | None, output: Path | None) -> None:
    """Hand out everything that is kept about somebody."""
    services: Services = app.extensions["booking"]
    with app.app_context():
        made = (
            services.exporter.of_guest(guest)
            if guest is not None and user is None
            else services.exporter.of_user(_user_id(services, user if guest is None else None))
        )
    if output is None:
        click.echo(made.as_json())
        return
    output.touch(mode=0o600)
    output.chmod(0o600)
    output.write_bytes(made.as_zip())
    click.echo(json.dumps(made.manifest))


@data.command()
@click.option("--guest", help="A guest's e-mail address.")
@click.option("--user", help="A user's username.")
@click.option(
    "--calendar-copies",
    type=click.Choice(["keep", "remove"]),
    required=True,
    help="Leave the events in calendars as they are, or remove them.",
)
@click.option("--cancel-upcoming", is_flag=True, help="Cancel what is still to come first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_app
def erase(
    app: Flask,
    guest: str | None,
    user: str | None,
    calendar_copies: str,
    cancel_upcoming: bool,
    yes: bool,
) -> None:
    """Erase a guest, or a user with everything that is theirs. There is no way back."""
    services: Services = app.extensions["booking"]
    remove = calendar_copies == "remove"
    with app.app_context():
        user_id = None if user is None or guest is not None else _user_id(services, user)
        if (guest is None and user_id is None) or None not in (guest, user):
            raise BookingError(_ONE)
        if not yes:
            click.confirm(f"Erase {guest or user} for good?", abort=True)
        receipt = (
            services.eraser.erase_guest(
                guest, remove_copies=remove, cancel_upcoming=cancel_upcoming
            )
            if guest is not None
            else services.eraser.erase_user(
                user_id or 0, remove_copies=remove, cancel_upcoming=cancel_upcoming
            )
        )
    click.echo(json.dumps(asdict(receipt), default=str))


def _user_id(services: Services, username: str | None) -> int:
    if username is None:
        raise BookingError(_ONE)
    found = services.accounts.find_by_username(username)
    if found is None:
        raise BookingError(f"There is no user {username}.")
    return found.id
