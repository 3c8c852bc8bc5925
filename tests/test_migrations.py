"""The schema's history: up from nothing equals the models, and down again works."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from booking import paths
from booking.app import create_app
from booking.db import db
from booking.settings import Settings


def _differences(connection: sa.Connection) -> list[object]:
    def is_ours(_object: object, name: str | None, *_rest: object) -> bool:
        return name != "claims_do_not_overlap"

    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": is_ours}
    )
    return list(compare_metadata(context, db.metadata))


def test_up_from_nothing_equals_the_models(settings_template: Settings, empty_url: str) -> None:
    app = create_app(replace(settings_template, database_url=empty_url))

    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            differences = _differences(connection)
        db.engine.dispose()

    assert differences == []


def test_every_downgrade_runs(settings_template: Settings, empty_url: str) -> None:
    app = create_app(replace(settings_template, database_url=empty_url))

    with app.app_context():
        upgrade()
        downgrade(revision="base")
        tables = sa.inspect(db.engine).get_table_names()
        upgrade()
        db.engine.dispose()

    assert tables == ["alembic_version"]


def test_history_has_one_head() -> None:
    assert len(ScriptDirectory(str(paths.MIGRATIONS)).get_heads()) == 1
