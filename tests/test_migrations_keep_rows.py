"""A migration keeps what stands in the database, up and down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from booking.app import create_app
from booking.db import db
from booking.settings import Settings

_MOMENT = datetime(2026, 11, 20, 10, tzinfo=UTC)
_FILLERS: dict[type[Any], object] = {str: "x", int: 0, bool: False, float: 0.0}


def _insert(connection: sa.Connection, table: str, **given: object) -> None:
    """Insert a row as the schema stands; columns that need a value and got none are filled."""
    reflected = sa.Table(table, sa.MetaData(), autoload_with=connection)
    values = dict(given)
    for column in reflected.columns:
        if column.name in values or column.nullable:
            continue
        if isinstance(column.type, sa.JSON):
            values[column.name] = {}
        elif isinstance(column.type, sa.DateTime):
            values[column.name] = _MOMENT
        else:
            values[column.name] = _FILLERS[column.type.python_type]
    connection.execute(reflected.insert().values(values))


def _booked(connection: sa.Connection) -> None:
    """Put a host, a destination calendar and one booking of the first schema into the tables."""
    _insert(connection, "users", id=1)
    _insert(connection, "connections", id=2, user_id=1)
    _insert(connection, "calendars", id=3, connection_id=2)
    _insert(connection, "event_types", id=4, user_id=1)
    _insert(
        connection,
        "bookings",
        id=5,
        host_id=1,
        event_type_id=4,
        starts_at=100,
        ends_at=200,
        destination_calendar_id=3,
        calendar_state="failing",
        calendar_error="It did not answer.",
    )
    _insert(
        connection,
        "claims",
        id=6,
        subject_id=1,
        booking_id=5,
        starts_at=100,
        ends_at=200,
        active=True,
    )


def test_several_hosts_takes_bookings_over_and_gives_them_back(
    settings_template: Settings, empty_url: str
) -> None:
    app = create_app(replace(settings_template, database_url=empty_url))
    with app.app_context():
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            _booked(connection)

        upgrade()
        with db.engine.connect() as connection:
            claims = connection.execute(sa.text("SELECT subject_id, booking_id FROM claims")).all()
            hosts = connection.execute(
                sa.text("SELECT booking_id, user_id, reason FROM booking_hosts")
            ).all()
            copies = connection.execute(
                sa.text("SELECT booking_id, calendar_id, state, error FROM booking_copies")
            ).all()
        downgrade(revision="0001")
        with db.engine.connect() as connection:
            back = connection.execute(
                sa.text("SELECT id, destination_calendar_id, calendar_state FROM bookings")
            ).all()
            kept = connection.execute(sa.text("SELECT booking_id FROM claims")).all()
        db.engine.dispose()

    assert [tuple(row) for row in claims] == [(1, 5)]
    assert [tuple(row) for row in hosts] == [(5, 1, "fixed")]
    assert [tuple(row) for row in copies] == [(5, 3, "failing", "It did not answer.")]
    assert [tuple(row) for row in back] == [(5, 3, "failing")]
    assert [tuple(row) for row in kept] == [(5,)]
