"""Which schema the database has, and which one this program wants.

Alembic is loaded by the first question: it takes ten megabytes, and a worker never asks.
"""

from __future__ import annotations

from sqlalchemy import Connection

from booking import paths
from booking.db import db


def wanted_revision() -> str | None:
    """Return the newest migration that this program knows."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    return ScriptDirectory(str(paths.MIGRATIONS)).get_current_head()


def present_revision() -> str | None:
    """Return the migration the database stands at, None where it is empty."""
    with db.engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """Return the migration that the database behind a connection stands at."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - see above

    return MigrationContext.configure(connection).get_current_revision()


def is_current() -> bool:
    """Tell whether the database has exactly the schema of this program."""
    return present_revision() == wanted_revision()
