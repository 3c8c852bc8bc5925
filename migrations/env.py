"""Runs the migrations inside the Flask application's context."""

from logging.config import fileConfig

from alembic import context
from flask import current_app

from booking.db import db

config = context.config
if config.config_file_name is not None and current_app.config.get("MIGRATION_LOGS", False):
    fileConfig(config.config_file_name, disable_existing_loggers=False)


def _is_ours(_object: object, name: str | None, *_rest: object) -> bool:
    """Leave PostgreSQL's exclusion constraint to the migration that makes it by hand."""
    return name != "claims_do_not_overlap"


def run_migrations_online() -> None:
    """Apply the migrations over the application's own engine, in one transaction."""
    with db.engine.connect() as connection:
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


if context.is_offline_mode():
    raise SystemExit("Offline migrations are not offered: the guards differ between databases.")
run_migrations_online()
