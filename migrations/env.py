"""Runs the migrations inside the Flask application's context."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging.config import fileConfig

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from booking.db import db

config = context.config
if config.config_file_name is not None and current_app.config.get("MIGRATION_LOGS", False):
    fileConfig(config.config_file_name, disable_existing_loggers=False)


def _is_ours(_object: object, name: str | None, *_rest: object) -> bool:
    """Leave PostgreSQL's exclusion constraint to the migration that makes it by hand."""
    return name != "claims_do_not_overlap"


@contextmanager
def _no_cascades(connection: Connection) -> Iterator[None]:
    """Let SQLite copy tables: with foreign keys on, dropping the old one would empty its children.

    The switch works outside transactions only (https://www.sqlite.org/lang_altertable.html, 7).
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.dbapi_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _check_references(connection: Connection) -> None:
    """Refuse a migration that left a row pointing nowhere."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise SystemExit(f"The migration would break references: {broken[:5]}")


def run_migrations_online() -> None:
    """Apply the migrations over the application's own engine, in one transaction."""
    with db.engine.connect() as connection, _no_cascades(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transactional_ddl=True,
            compare_type=True,
            include_object=_is_ours,
        )
        with context.begin_transaction():
            context.run_migrations()
            _check_references(connection)


if context.is_offline_mode():
    raise SystemExit("Offline migrations are not offered: the guards differ between databases.")
run_migrations_online()
