"""Several hosts, seats, series, teams, resources; a copy of a booking in each of its calendars.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# Batch mode copies a table on SQLite and leaves its triggers behind: the guards are made again.
_POSTGRESQL_GUARD = """
ALTER TABLE claims ADD CONSTRAINT claims_do_not_overlap EXCLUDE USING gist (
    int8range(subject_id, subject_id, '[]') WITH &&,
    int8range(starts_at, ends_at, '[)') WITH &&
) WHERE (active)
"""
_SQLITE_GUARD = """
CREATE TRIGGER claims_do_not_overlap_{name} BEFORE {event} ON claims
WHEN NEW.active AND EXISTS (
    SELECT 1 FROM claims
    WHERE active AND subject_id = NEW.subject_id AND id IS NOT NEW.id
      AND starts_at < NEW.ends_at AND starts_at > NEW.starts_at - 345600
      AND ends_at > NEW.starts_at
)
BEGIN
    SELECT RAISE(ABORT, 'claims_do_not_overlap');
END
"""


def _create_guards():
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL_GUARD)
        return
    for event in ("insert", "update"):
        op.execute(_SQLITE_GUARD.format(name=event, event=event.upper()))


def _drop_guards():
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE claims DROP CONSTRAINT claims_do_not_overlap")
        return
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER claims_do_not_overlap_{event}")


def _fill():
    """Carry what stands in bookings over to the tables of hosts and copies."""
    op.execute(
        "INSERT INTO booking_hosts (booking_id, user_id, position, reason, among)"
        " SELECT id, host_id, 0, 'fixed', '[]' FROM bookings"
    )
    op.execute(
        "INSERT INTO booking_copies (booking_id, calendar_id, is_wanted, state, error)"
        " SELECT id, destination_calendar_id, true, calendar_state, calendar_error FROM bookings"
        " WHERE destination_calendar_id IS NOT NULL"
    )


def _refill():
    """Carry the first copy of each booking back."""
    for column, source in (
        ("calendar_state", "state"),
        ("calendar_error", "error"),
        ("destination_calendar_id", "calendar_id"),
    ):
        op.execute(
            f"UPDATE bookings SET {column} = (SELECT c.{source} FROM booking_copies c"
            " WHERE c.booking_id = bookings.id ORDER BY c.calendar_id LIMIT 1)"
            " WHERE EXISTS (SELECT 1 FROM booking_copies c WHERE c.booking_id = bookings.id)"
        )


def upgrade():
    op.create_table(
        "teams",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("slug", name=op.f("uq_teams_slug")),
    )
    op.create_table(
        "resources",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column("slots_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_resources_team_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_resources_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resources")),
    )
    with op.batch_alter_table("resources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resources_team_id"), ["team_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_resources_user_id"), ["user_id"], unique=False)

    op.create_table(
        "team_members",
        sa.Column("team_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_team_members_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_members")),
    )
    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_members_user_id"), ["user_id"], unique=False)

    op.create_table(
        "event_type_hosts",
        sa.Column("event_type_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("fixed", sa.Boolean(), nullable=False),
        sa.Column("host_group", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_type_id"],
            ["event_types.id"],
            name=op.f("fk_event_type_hosts_event_type_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedules.id"],
            name=op.f("fk_event_type_hosts_schedule_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_event_type_hosts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_type_id", "user_id", name=op.f("pk_event_type_hosts")),
    )
    with op.batch_alter_table("event_type_hosts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_type_hosts_user_id"), ["user_id"], unique=False)

    op.create_table(
        "event_type_resources",
        sa.Column("event_type_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("resource_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_type_id"],
            ["event_types.id"],
            name=op.f("fk_event_type_resources_event_type_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"],
            ["resources.id"],
            name=op.f("fk_event_type_resources_resource_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "event_type_id", "resource_id", name=op.f("pk_event_type_resources")
        ),
    )
    with op.batch_alter_table("event_type_resources", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_event_type_resources_resource_id"), ["resource_id"], unique=False
        )

    op.create_table(
        "sittings",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_type_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("buffer_before_minutes", sa.BigInteger(), nullable=False),
        sa.Column("buffer_after_minutes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_sittings_lasts")),
        sa.ForeignKeyConstraint(
            ["event_type_id"],
            ["event_types.id"],
            name=op.f("fk_sittings_event_type_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sittings")),
    )
    with op.batch_alter_table("sittings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sittings_event_type_starts", ["event_type_id", "starts_at"], unique=False
        )

    op.create_table(
        "booking_copies",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("calendar_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_booking_copies_booking_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["calendars.id"],
            name=op.f("fk_booking_copies_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("booking_id", "calendar_id", name=op.f("pk_booking_copies")),
    )
    with op.batch_alter_table("booking_copies", schema=None) as batch_op:
        batch_op.create_index("ix_booking_copies_behind", ["calendar_id", "state"], unique=False)

    op.create_table(
        "booking_hosts",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("among", sa.JSON(), nullable=False),
        sa.Column("shortfall", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_booking_hosts_booking_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_booking_hosts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("booking_id", "user_id", name=op.f("pk_booking_hosts")),
    )
    with op.batch_alter_table("booking_hosts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_booking_hosts_user_id"), ["user_id"], unique=False)

    op.create_table(
        "seats",
        sa.Column("sitting_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_seats_booking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.id"], name=op.f("fk_seats_hold_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_seats_sitting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sitting_id", "number", name=op.f("pk_seats")),
    )
    with op.batch_alter_table("seats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seats_booking_id"), ["booking_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_seats_hold_id"), ["hold_id"], unique=False)

    _fill()

    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("series_uid", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("sitting_id", sa.BigInteger(), nullable=True))
        batch_op.create_index("ix_bookings_series_uid", ["series_uid"], unique=False)
        batch_op.create_index(batch_op.f("ix_bookings_sitting_id"), ["sitting_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_bookings_sitting_id"),
            "sittings",
            ["sitting_id"],
            ["id"],
            ondelete="SET NULL",
        )
        batch_op.drop_constraint(
            batch_op.f("fk_bookings_destination_calendar_id"), type_="foreignkey"
        )
        batch_op.drop_column("destination_calendar_id")
        batch_op.drop_column("calendar_seq")
        batch_op.drop_column("calendar_error")
        batch_op.drop_column("calendar_state")

    _drop_guards()
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sitting_id", sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f("ix_claims_sitting_id"), ["sitting_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_claims_sitting_id"),
            "sittings",
            ["sitting_id"],
            ["id"],
            ondelete="CASCADE",
        )

    _create_guards()

    with op.batch_alter_table("event_types", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team_id", sa.BigInteger(), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_event_types_user_id_slug"), type_="unique")
        batch_op.create_index("uq_event_types_team_slug", ["team_id", "slug"], unique=True)
        batch_op.create_index(
            "uq_event_types_user_slug",
            ["user_id", "slug"],
            unique=True,
            sqlite_where=sa.text("team_id IS NULL"),
            postgresql_where=sa.text("team_id IS NULL"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_event_types_team_id"), "teams", ["team_id"], ["id"], ondelete="CASCADE"
        )

    op.execute("DELETE FROM holds")
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_holds_host_id"))
        batch_op.drop_constraint(batch_op.f("fk_holds_host_id"), type_="foreignkey")
        batch_op.drop_column("host_id")

    with op.batch_alter_table("selected_calendars", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resource_id", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_selected_calendars_resource_id"), ["resource_id"], unique=False
        )
        batch_op.create_index(
            "uq_selected_calendars_resource", ["calendar_id", "resource_id"], unique=True
        )
        batch_op.drop_index("uq_selected_calendars_user")
        batch_op.create_index(
            "uq_selected_calendars_user",
            ["calendar_id"],
            unique=True,
            sqlite_where=sa.text("event_type_id IS NULL AND resource_id IS NULL"),
            postgresql_where=sa.text("event_type_id IS NULL AND resource_id IS NULL"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_selected_calendars_resource_id"),
            "resources",
            ["resource_id"],
            ["id"],
            ondelete="CASCADE",
        )


def downgrade():
    op.execute("DELETE FROM selected_calendars WHERE resource_id IS NOT NULL")
    with op.batch_alter_table("selected_calendars", schema=None) as batch_op:
        batch_op.drop_index("uq_selected_calendars_user")
        batch_op.create_index(
            "uq_selected_calendars_user",
            ["calendar_id"],
            unique=True,
            sqlite_where=sa.text("event_type_id IS NULL"),
            postgresql_where=sa.text("event_type_id IS NULL"),
        )
        batch_op.drop_constraint(
            batch_op.f("fk_selected_calendars_resource_id"), type_="foreignkey"
        )
        batch_op.drop_index("uq_selected_calendars_resource")
        batch_op.drop_index(batch_op.f("ix_selected_calendars_resource_id"))
        batch_op.drop_column("resource_id")

    op.execute("DELETE FROM holds")
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("host_id", sa.BIGINT(), nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_holds_host_id"), "users", ["host_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index(batch_op.f("ix_holds_host_id"), ["host_id"], unique=False)

    with op.batch_alter_table("event_types", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_event_types_team_id"), type_="foreignkey")
        batch_op.drop_index(
            "uq_event_types_user_slug",
            sqlite_where=sa.text("team_id IS NULL"),
            postgresql_where=sa.text("team_id IS NULL"),
        )
        batch_op.drop_index("uq_event_types_team_slug")
        batch_op.create_unique_constraint(
            batch_op.f("uq_event_types_user_id_slug"), ["user_id", "slug"]
        )
        batch_op.drop_column("team_id")

    _drop_guards()
    op.execute("DELETE FROM claims WHERE sitting_id IS NOT NULL")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_claims_sitting_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_claims_sitting_id"))
        batch_op.drop_column("sitting_id")

    _create_guards()

    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("calendar_state", sa.String(length=16), nullable=False, server_default="none")
        )
        batch_op.add_column(sa.Column("calendar_error", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("calendar_seq", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("destination_calendar_id", sa.BigInteger(), nullable=True))
        batch_op.drop_constraint(batch_op.f("fk_bookings_sitting_id"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_bookings_destination_calendar_id"),
            "calendars",
            ["destination_calendar_id"],
            ["id"],
            ondelete="SET NULL",
        )
        batch_op.drop_index(batch_op.f("ix_bookings_sitting_id"))
        batch_op.drop_index("ix_bookings_series_uid")
        batch_op.drop_column("sitting_id")
        batch_op.drop_column("series_uid")
    _refill()

    with op.batch_alter_table("seats", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seats_hold_id"))
        batch_op.drop_index(batch_op.f("ix_seats_booking_id"))

    op.drop_table("seats")
    with op.batch_alter_table("booking_hosts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_booking_hosts_user_id"))

    op.drop_table("booking_hosts")
    with op.batch_alter_table("booking_copies", schema=None) as batch_op:
        batch_op.drop_index("ix_booking_copies_behind")

    op.drop_table("booking_copies")
    with op.batch_alter_table("sittings", schema=None) as batch_op:
        batch_op.drop_index("ix_sittings_event_type_starts")

    op.drop_table("sittings")
    with op.batch_alter_table("event_type_resources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_type_resources_resource_id"))

    op.drop_table("event_type_resources")
    with op.batch_alter_table("event_type_hosts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_type_hosts_user_id"))

    op.drop_table("event_type_hosts")
    with op.batch_alter_table("team_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_members_user_id"))

    op.drop_table("team_members")
    with op.batch_alter_table("resources", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resources_user_id"))
        batch_op.drop_index(batch_op.f("ix_resources_team_id"))

    op.drop_table("resources")
    op.drop_table("teams")
