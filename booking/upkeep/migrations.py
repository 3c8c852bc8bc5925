"""What flask-migrate looks up in an application: Alembic itself is loaded by the first command.

A worker and a server that only run never need it, and it takes ten megabytes.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from booking import paths
from booking.db import db

if TYPE_CHECKING:
    from flask_migrate import Migrate

_OPTIONS: Final = {"compare_type": True, "render_as_batch": True}


class Migrations:
    """The settings of the `db` commands (see `flask_migrate.Migrate`)."""

    def __init__(self) -> None:
        self.db = db
        self.directory = str(paths.MIGRATIONS)
        self.configure_args: dict[str, Any] = dict(_OPTIONS)

    @cached_property
    def migrate(self) -> Migrate:
        """The library's own object, which reads `alembic.ini`."""
        from flask_migrate import Migrate  # noqa: PLC0415 - commands alone need it

        return Migrate(db=self.db, directory=self.directory, **self.configure_args)


def init_migrations(app: Flask) -> None:
    """Let the `db` commands find this application's migrations."""
    app.extensions["migrate"] = Migrations()
