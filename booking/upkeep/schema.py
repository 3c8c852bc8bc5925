"""Which schema the database has, and which one this program wants."""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from booking import paths
from booking.db import db


def wanted_revision() -> str | None:
    """Return the newest migration that this program knows."""
    return ScriptDirectory(str(paths.MIGRATIONS)).get_current_head()


def present_revision() -> str | None:
    """Return the migration the database stands at, None where it is empty."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current() -> bool:
    """Tell whether the database has exactly the schema of this program."""
    return present_revision() == wanted_revision()
