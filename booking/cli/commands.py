"""The `booking` command: one file per family of commands; this one only lists them."""

from __future__ import annotations

import click

from booking.cli import data, demo, importing, serve, sync, tasks, upkeep, users


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
    data.data,
    importing.import_,
    sync.sync,
    tasks.task,
    demo.demo,
):
    cli.add_command(_command)
