"""How a command gets its application: made by `booking`, or lent by `flask --app wsgi`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from typing import Any, Protocol

import click
from flask import Flask
from flask.cli import ScriptInfo

from booking.core.clock import Clock
from booking.core.errors import BookingError, InvalidInput
from booking.settings import BadSettings, Settings
from booking.web.logs import configure_logging


class MakeApp(Protocol):
    """`booking.app.create_app`, handed down so that no command has to import upwards."""

    def __call__(self, settings: Settings | None = None, clock: Clock | None = None) -> Flask:
        """Build the application."""
        ...


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the application to a command as its first argument."""

    @click.pass_context
    def run(context: click.Context, *args: Any, **kwargs: Any) -> Any:
        with plain_errors():
            app = _app_of(context)
            configure_logging(app.extensions["booking"].settings)
            return command(app, *args, **kwargs)

    return update_wrapper(run, command)


@contextmanager
def plain_errors() -> Iterator[None]:
    """End the command with clear lines and exit code 1 where one of our own errors is raised."""
    try:
        yield
    except (BookingError, BadSettings) as error:
        click.echo(_told(error), err=True)
        sys.exit(1)


def _app_of(context: click.Context) -> Flask:
    lent = context.find_object(ScriptInfo)
    app: Flask = lent.load_app() if lent is not None else context.obj()
    return app


def _told(error: BookingError | BadSettings) -> str:
    """Return what went wrong, with every fault of the input on a line of its own."""
    faults = error.fields if isinstance(error, InvalidInput) else ()
    return "\n".join(
        [str(error), *(f"  {fault.pointer.lstrip('/')}: {fault.detail}" for fault in faults)]
    )
