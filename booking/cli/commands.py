"""The `booking` command: one file per family of commands; this one only lists them."""

from __future__ import annotations

import sys
from typing import Any

import click

from booking.cli import demo, serve, sync, upkeep, users
from booking.core.errors import BookingError
from booking.settings import BadSettings


class _Group(click.Group):
    """Turns our own errors into one clear line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (BookingError, BadSettings) as error:
            click.echo(str(error), err=True)
            sys.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Booking: guests book only times that are really free."""


for _command in (
    serve.serve,
    serve.worker,
    serve.embedded_worker,
    upkeep.migrate,
    upkeep.doctor,
    upkeep.backup,
    upkeep.restore,
    upkeep.keys,
    users.user,
    sync.sync,
    demo.demo,
):
    cli.add_command(_command)
