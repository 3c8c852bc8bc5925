"""Create every table, and the guards that refuse overlapping claims.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# The double-booking rule lives in the database: PostgreSQL refuses overlapping active claims by an
# exclusion constraint, SQLite by triggers. Both errors carry the name claims_do_not_overlap.
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


def upgrade():
    op.create_table(
        "audit_entries",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_entries_digest")),
        sa.UniqueConstraint("previous", name=op.f("uq_audit_entries_previous")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_action"), ["action"], unique=False)

    op.create_table(
        "jobs",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("dedup_key", sa.String(length=200), nullable=True),
        sa.Column("aggregate_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("crashes", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=100), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("rerun", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("dedup_key", name=op.f("uq_jobs_dedup_key")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_aggregate_id", ["aggregate_id", "seq"], unique=False)
        batch_op.create_index("ix_jobs_due", ["state", "due_at"], unique=False)

    op.create_table(
        "replays",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("request", sa.String(length=500), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_replays")),
    )
    with op.batch_alter_table("replays", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replays_created_at"), ["created_at"], unique=False)

    op.create_table(
        "throttle_windows",
        sa.Column("bucket", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_throttle_windows")),
    )
    with op.batch_alter_table("throttle_windows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_throttle_windows_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("login_stamp", sa.String(length=64), nullable=False),
        sa.Column("buffer_minutes", sa.BigInteger(), nullable=False),
        sa.Column("default_schedule_id", sa.BigInteger(), nullable=True),
        sa.Column("on_calendar_change", sa.String(length=16), nullable=False),
        sa.Column("slots_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("login_stamp", name=op.f("uq_users_login_stamp")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_keys_user_id"), ["user_id"], unique=False)

    op.create_table(
        "connections",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("preset", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("username", sa.String(length=320), nullable=False),
        sa.Column("account", sa.String(length=500), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_count", sa.BigInteger(), nullable=False),
        sa.Column("error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_connections_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
    )
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_connections_user_id"), ["user_id"], unique=False)

    op.create_table(
        "out_of_office",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("redirect_to", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["redirect_to"],
            ["users.id"],
            name=op.f("fk_out_of_office_redirect_to"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_out_of_office_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_out_of_office")),
    )
    with op.batch_alter_table("out_of_office", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_out_of_office_user_id"), ["user_id"], unique=False)

    op.create_table(
        "schedules",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("weekly", sa.JSON(), nullable=False),
        sa.Column("overrides", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_schedules_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schedules_user_id"), ["user_id"], unique=False)

    op.create_table(
        "travel",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_travel_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel")),
    )
    with op.batch_alter_table("travel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_travel_user_id"), ["user_id"], unique=False)

    op.create_table(
        "calendars",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_key", sa.String(length=1000), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("color", sa.String(length=9), nullable=True),
        sa.Column("primary", sa.Boolean(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name=op.f("fk_calendars_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint(
            "connection_id", "remote_key", name=op.f("uq_calendars_connection_id_remote_key")
        ),
    )
    with op.batch_alter_table("calendars", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_calendars_connection_id"), ["connection_id"], unique=False
        )

    op.create_table(
        "busy_rows",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("item_key", sa.String(length=1000), nullable=False),
        sa.Column("uid", sa.String(length=1000), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("is_tentative", sa.Boolean(), nullable=False),
        sa.Column("is_all_day", sa.Boolean(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["calendars.id"],
            name=op.f("fk_busy_rows_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_rows")),
    )
    with op.batch_alter_table("busy_rows", schema=None) as batch_op:
        batch_op.create_index("ix_busy_rows_item", ["calendar_id", "item_key"], unique=False)
        batch_op.create_index(
            "ix_busy_rows_range",
            ["calendar_id", "starts_at", "ends_at", "is_tentative", "is_own"],
            unique=False,
        )
        batch_op.create_index("ix_busy_rows_uid", ["uid"], unique=False)

    op.create_table(
        "calendar_cursors",
        sa.Column("calendar_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("parameters", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("covered_from", sa.BigInteger(), nullable=False),
        sa.Column("covered_until", sa.BigInteger(), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_count", sa.BigInteger(), nullable=False),
        sa.Column("error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=100), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["calendars.id"],
            name=op.f("fk_calendar_cursors_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("calendar_id", name=op.f("pk_calendar_cursors")),
    )
    op.create_table(
        "destination_calendars",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["calendars.id"],
            name=op.f("fk_destination_calendars_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_destination_calendars_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_destination_calendars")),
    )
    with op.batch_alter_table("destination_calendars", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_destination_calendars_calendar_id"), ["calendar_id"], unique=False
        )

    op.create_table(
        "event_types",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("color", sa.String(length=9), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("duration_minutes", sa.BigInteger(), nullable=False),
        sa.Column("durations_minutes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("slot_interval_minutes", sa.BigInteger(), nullable=True),
        sa.Column("slot_alignment", sa.String(length=8), nullable=False),
        sa.Column("start_offset_minutes", sa.BigInteger(), nullable=False),
        sa.Column("buffer_before_minutes", sa.BigInteger(), nullable=False),
        sa.Column("buffer_after_minutes", sa.BigInteger(), nullable=False),
        sa.Column("minimum_notice_minutes", sa.BigInteger(), nullable=False),
        sa.Column("window", sa.JSON(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("first_slot_only", sa.Boolean(), nullable=False),
        sa.Column("restriction_schedule_id", sa.BigInteger(), nullable=True),
        sa.Column("seats", sa.BigInteger(), nullable=True),
        sa.Column("show_seats_left", sa.Boolean(), nullable=False),
        sa.Column("recurrence", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("requires_confirmation", sa.Boolean(), nullable=False),
        sa.Column("pending_blocks", sa.Boolean(), nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=True),
        sa.Column("scheduling", sa.String(length=16), nullable=False),
        sa.Column("use_event_type_calendars", sa.Boolean(), nullable=False),
        sa.Column("destination_calendar_id", sa.BigInteger(), nullable=True),
        sa.Column("location", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("confirmation_redirect_url", sa.Text(), nullable=True),
        sa.Column("guest_can_cancel", sa.Boolean(), nullable=False),
        sa.Column("guest_can_reschedule", sa.Boolean(), nullable=False),
        sa.Column("reminders_minutes", sa.JSON(), nullable=False),
        sa.Column("time_zone_locked", sa.String(length=64), nullable=True),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("on_stale", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination_calendar_id"],
            ["calendars.id"],
            name=op.f("fk_event_types_destination_calendar_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["restriction_schedule_id"],
            ["schedules.id"],
            name=op.f("fk_event_types_restriction_schedule_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedules.id"],
            name=op.f("fk_event_types_schedule_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_event_types_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_types")),
        sa.UniqueConstraint("user_id", "slug", name=op.f("uq_event_types_user_id_slug")),
    )
    with op.batch_alter_table("event_types", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_types_user_id"), ["user_id"], unique=False)

    op.create_table(
        "replica_items",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=1000), nullable=False),
        sa.Column("uid", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.String(length=500), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("is_series", sa.Boolean(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.String(length=500), nullable=False),
        sa.Column("is_mirrored", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("touched", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["calendars.id"],
            name=op.f("fk_replica_items_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replica_items")),
        sa.UniqueConstraint(
            "calendar_id", "scope", "key", name=op.f("uq_replica_items_calendar_id_scope_key")
        ),
    )
    with op.batch_alter_table("replica_items", schema=None) as batch_op:
        batch_op.create_index("ix_replica_items_uid", ["calendar_id", "uid"], unique=False)

    op.create_table(
        "sync_pairs",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("policy", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("left_calendar_id", sa.BigInteger(), nullable=True),
        sa.Column("right_calendar_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("lease_owner", sa.String(length=100), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["left_calendar_id"],
            ["calendars.id"],
            name=op.f("fk_sync_pairs_left_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["right_calendar_id"],
            ["calendars.id"],
            name=op.f("fk_sync_pairs_right_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sync_pairs_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_pairs")),
        sa.UniqueConstraint(
            "policy",
            "left_calendar_id",
            "right_calendar_id",
            name=op.f("uq_sync_pairs_policy_left_calendar_id_right_calendar_id"),
        ),
    )
    with op.batch_alter_table("sync_pairs", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sync_pairs_left_calendar_id"), ["left_calendar_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_sync_pairs_right_calendar_id"), ["right_calendar_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_sync_pairs_user_id"), ["user_id"], unique=False)

    op.create_table(
        "bookings",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.String(length=40), nullable=False),
        sa.Column("ical_uid", sa.String(length=300), nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("event_type_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("buffer_before_minutes", sa.BigInteger(), nullable=False),
        sa.Column("buffer_after_minutes", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("guest_name", sa.String(length=200), nullable=False),
        sa.Column("guest_email", sa.String(length=320), nullable=False),
        sa.Column("guest_phone", sa.String(length=50), nullable=True),
        sa.Column("guest_locale", sa.String(length=16), nullable=True),
        sa.Column("guest_time_zone", sa.String(length=64), nullable=False),
        sa.Column("additional_guests", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("location", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("meeting_url", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.String(length=16), nullable=False),
        sa.Column("destination_calendar_id", sa.BigInteger(), nullable=True),
        sa.Column("calendar_state", sa.String(length=16), nullable=False),
        sa.Column("calendar_error", sa.Text(), nullable=True),
        sa.Column("calendar_seq", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_bookings_lasts")),
        sa.ForeignKeyConstraint(
            ["destination_calendar_id"],
            ["calendars.id"],
            name=op.f("fk_bookings_destination_calendar_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["event_type_id"],
            ["event_types.id"],
            name=op.f("fk_bookings_event_type_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["host_id"], ["users.id"], name=op.f("fk_bookings_host_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("ical_uid", name=op.f("uq_bookings_ical_uid")),
        sa.UniqueConstraint("uid", name=op.f("uq_bookings_uid")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bookings_event_type_starts", ["event_type_id", "starts_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_bookings_guest_email"), ["guest_email"], unique=False)
        batch_op.create_index("ix_bookings_host_starts", ["host_id", "starts_at"], unique=False)

    op.create_table(
        "holds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_type_id", sa.BigInteger(), nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_type_id"],
            ["event_types.id"],
            name=op.f("fk_holds_event_type_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["host_id"], ["users.id"], name=op.f("fk_holds_host_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_holds_event_type_id"), ["event_type_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_holds_host_id"), ["host_id"], unique=False)

    op.create_table(
        "selected_calendars",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("event_type_id", sa.BigInteger(), nullable=True),
        sa.Column("tentative_blocks", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["calendars.id"],
            name=op.f("fk_selected_calendars_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["event_type_id"],
            ["event_types.id"],
            name=op.f("fk_selected_calendars_event_type_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_selected_calendars_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selected_calendars")),
    )
    with op.batch_alter_table("selected_calendars", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_selected_calendars_calendar_id"), ["calendar_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_selected_calendars_event_type_id"), ["event_type_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_selected_calendars_user_id"), ["user_id"], unique=False
        )
        batch_op.create_index(
            "uq_selected_calendars_event_type", ["calendar_id", "event_type_id"], unique=True
        )
        batch_op.create_index(
            "uq_selected_calendars_user",
            ["calendar_id"],
            unique=True,
            sqlite_where=sa.text("event_type_id IS NULL"),
            postgresql_where=sa.text("event_type_id IS NULL"),
        )

    op.create_table(
        "sync_dirty",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("pair_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["sync_pairs.id"], name=op.f("fk_sync_dirty_pair_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_dirty")),
        sa.UniqueConstraint(
            "pair_id", "link_id", "side", "key", name=op.f("uq_sync_dirty_pair_id_link_id_side_key")
        ),
    )
    op.create_table(
        "sync_links",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pair_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.Column("stamps", sa.JSON(), nullable=False),
        sa.Column("left_key", sa.String(length=1000), nullable=True),
        sa.Column("left_uid", sa.String(length=1000), nullable=False),
        sa.Column("left_shadow", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("right_key", sa.String(length=1000), nullable=True),
        sa.Column("right_uid", sa.String(length=1000), nullable=False),
        sa.Column("right_shadow", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("put_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["sync_pairs.id"], name=op.f("fk_sync_links_pair_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_links")),
    )
    with op.batch_alter_table("sync_links", schema=None) as batch_op:
        batch_op.create_index("ix_sync_links_left", ["pair_id", "left_key"], unique=False)
        batch_op.create_index("ix_sync_links_right", ["pair_id", "right_key"], unique=False)
        batch_op.create_index("ix_sync_links_root", ["pair_id", "root"], unique=False)

    op.create_table(
        "sync_records",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("pair_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["sync_pairs.id"], name=op.f("fk_sync_records_pair_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_records")),
    )
    with op.batch_alter_table("sync_records", schema=None) as batch_op:
        batch_op.create_index("ix_sync_records_pair", ["pair_id", "kind", "at"], unique=False)

    op.create_table(
        "claims",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_at - starts_at <= 345600", name=op.f("ck_claims_is_short")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_claims_lasts")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_claims_booking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.id"], name=op.f("fk_claims_hold_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claims_booking_id"), ["booking_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_claims_hold_id"), ["hold_id"], unique=False)
        batch_op.create_index(
            "ix_claims_subject", ["subject_id", "starts_at", "ends_at"], unique=False
        )

    op.create_table(
        "sync_holds",
        sa.Column("link_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pair_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["sync_links.id"], name=op.f("fk_sync_holds_link_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["sync_pairs.id"], name=op.f("fk_sync_holds_pair_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_sync_holds")),
    )
    with op.batch_alter_table("sync_holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_holds_pair_id"), ["pair_id"], unique=False)

    op.create_table(
        "sync_intents",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("pair_id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("op", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("uid", sa.String(length=1000), nullable=False),
        sa.Column("mark", sa.String(length=500), nullable=False),
        sa.Column("target", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("if_match", sa.String(length=500), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("refusals", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["sync_links.id"], name=op.f("fk_sync_intents_link_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["sync_pairs.id"], name=op.f("fk_sync_intents_pair_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_intents")),
        sa.UniqueConstraint("link_id", "side", name=op.f("uq_sync_intents_link_id_side")),
    )
    with op.batch_alter_table("sync_intents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_intents_pair_id"), ["pair_id"], unique=False)

    _create_guards()


def downgrade():
    _drop_guards()
    with op.batch_alter_table("sync_intents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_intents_pair_id"))

    op.drop_table("sync_intents")
    with op.batch_alter_table("sync_holds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_holds_pair_id"))

    op.drop_table("sync_holds")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_index("ix_claims_subject")
        batch_op.drop_index(batch_op.f("ix_claims_hold_id"))
        batch_op.drop_index(batch_op.f("ix_claims_booking_id"))

    op.drop_table("claims")
    with op.batch_alter_table("sync_records", schema=None) as batch_op:
        batch_op.drop_index("ix_sync_records_pair")

    op.drop_table("sync_records")
    with op.batch_alter_table("sync_links", schema=None) as batch_op:
        batch_op.drop_index("ix_sync_links_root")
        batch_op.drop_index("ix_sync_links_right")
        batch_op.drop_index("ix_sync_links_left")

    op.drop_table("sync_links")
    op.drop_table("sync_dirty")
    with op.batch_alter_table("selected_calendars", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_selected_calendars_user",
            sqlite_where=sa.text("event_type_id IS NULL"),
            postgresql_where=sa.text("event_type_id IS NULL"),
        )
        batch_op.drop_index("uq_selected_calendars_event_type")
        batch_op.drop_index(batch_op.f("ix_selected_calendars_user_id"))
        batch_op.drop_index(batch_op.f("ix_selected_calendars_event_type_id"))
        batch_op.drop_index(batch_op.f("ix_selected_calendars_calendar_id"))

    op.drop_table("selected_calendars")
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_holds_host_id"))
        batch_op.drop_index(batch_op.f("ix_holds_event_type_id"))

    op.drop_table("holds")
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.drop_index("ix_bookings_host_starts")
        batch_op.drop_index(batch_op.f("ix_bookings_guest_email"))
        batch_op.drop_index("ix_bookings_event_type_starts")

    op.drop_table("bookings")
    with op.batch_alter_table("sync_pairs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_pairs_user_id"))
        batch_op.drop_index(batch_op.f("ix_sync_pairs_right_calendar_id"))
        batch_op.drop_index(batch_op.f("ix_sync_pairs_left_calendar_id"))

    op.drop_table("sync_pairs")
    with op.batch_alter_table("replica_items", schema=None) as batch_op:
        batch_op.drop_index("ix_replica_items_uid")

    op.drop_table("replica_items")
    with op.batch_alter_table("event_types", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_types_user_id"))

    op.drop_table("event_types")
    with op.batch_alter_table("destination_calendars", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_destination_calendars_calendar_id"))

    op.drop_table("destination_calendars")
    op.drop_table("calendar_cursors")
    with op.batch_alter_table("busy_rows", schema=None) as batch_op:
        batch_op.drop_index("ix_busy_rows_uid")
        batch_op.drop_index("ix_busy_rows_range")
        batch_op.drop_index("ix_busy_rows_item")

    op.drop_table("busy_rows")
    with op.batch_alter_table("calendars", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendars_connection_id"))

    op.drop_table("calendars")
    with op.batch_alter_table("travel", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_travel_user_id"))

    op.drop_table("travel")
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schedules_user_id"))

    op.drop_table("schedules")
    with op.batch_alter_table("out_of_office", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_out_of_office_user_id"))

    op.drop_table("out_of_office")
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connections_user_id"))

    op.drop_table("connections")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_keys_user_id"))

    op.drop_table("api_keys")
    op.drop_table("workers")
    op.drop_table("users")
    with op.batch_alter_table("throttle_windows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_throttle_windows_ends_at"))

    op.drop_table("throttle_windows")
    with op.batch_alter_table("replays", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replays_created_at"))

    op.drop_table("replays")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_due")
        batch_op.drop_index("ix_jobs_aggregate_id")

    op.drop_table("jobs")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_action"))

    op.drop_table("audit_entries")
