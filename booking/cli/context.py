"""How a command gets its application: made by `booking`, or lent by `flask --app wsgi`."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Protocol

import click
from flask import Flask
from flask.cli import ScriptInfo

from booking.core.clock import Clock
from booking.settings import Settings
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
        lent = context.find_object(ScriptInfo)
        app = lent.load_app() if lent is not None else context.obj()
        configure_logging(app.extensions["booking"].settings)
        return command(app, *args, **kwargs)

    return update_wrapper(run, command)
