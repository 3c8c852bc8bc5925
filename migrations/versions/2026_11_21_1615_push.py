"""Push: channels by which providers announce changes; turns in the queue; meeting links.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("jobs", sa.Column("lane", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("rank", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("calendars", sa.Column("conferences", sa.String(length=200), nullable=True))
    op.add_column("bookings", sa.Column("meeting_error", sa.Text(), nullable=True))
    op.create_table(
        "calendar_watches",
        sa.Column("calendar_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["calendars.id"],
            name=op.f("fk_calendar_watches_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("calendar_id", name=op.f("pk_calendar_watches")),
    )
    op.create_table(
        "watch_channels",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("remote_id", sa.String(length=200), nullable=True),
        sa.Column("resource_id", sa.String(length=500), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["calendars.id"],
            name=op.f("fk_watch_channels_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_channels")),
    )
    with op.batch_alter_table("watch_channels", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_watch_channels_calendar_id"), ["calendar_id"], unique=False
        )


def downgrade():
    op.drop_table("watch_channels")
    op.drop_table("calendar_watches")
    op.drop_column("bookings", "meeting_error")
    op.drop_column("calendars", "conferences")
    op.drop_column("jobs", "rank")
    op.drop_column("jobs", "lane")
