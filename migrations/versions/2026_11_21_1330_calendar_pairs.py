"""Pairs of calendars: how they stand, and what their items are found by.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


_OF_PAIRS = (
    ("direction", sa.String(length=16), "both"),
    ("title_mask", sa.String(length=200), None),
    ("is_paused", sa.Boolean(), sa.false()),
    ("reason", sa.Text(), ""),
    ("failures", sa.BigInteger(), "0"),
    ("error", sa.Text(), None),
    ("error_at", sa.DateTime(timezone=True), None),
    ("retry_at", sa.DateTime(timezone=True), None),
    ("seeded_at", sa.DateTime(timezone=True), None),
    ("paired_at", sa.DateTime(timezone=True), None),
    ("synced_at", sa.DateTime(timezone=True), None),
    ("changed_at", sa.DateTime(timezone=True), None),
    ("details", sa.JSON(), "{}"),
)
_OF_ITEMS = (
    ("root", sa.String(length=64), ""),
    ("likeness", sa.String(length=64), ""),
    ("replaced", sa.String(length=500), None),
    ("wrote_at", sa.DateTime(timezone=True), None),
)


def _column(name, kind, default):
    return sa.Column(name, kind, nullable=default is None, server_default=default)


def upgrade():
    with op.batch_alter_table("sync_pairs", schema=None) as batch_op:
        for column in _OF_PAIRS:
            batch_op.add_column(_column(*column))

    with op.batch_alter_table("calendar_cursors", schema=None) as batch_op:
        batch_op.add_column(_column("detail", sa.String(length=8), "times"))

    with op.batch_alter_table("sync_records", schema=None) as batch_op:
        batch_op.add_column(_column("undone_at", sa.DateTime(timezone=True), None))

    with op.batch_alter_table("replica_items", schema=None) as batch_op:
        for column in _OF_ITEMS:
            batch_op.add_column(_column(*column))
        batch_op.create_index("ix_replica_items_root", ["calendar_id", "root"], unique=False)
        batch_op.create_index(
            "ix_replica_items_likeness", ["calendar_id", "likeness"], unique=False
        )
        batch_op.create_index("ix_replica_items_wrote_at", ["calendar_id", "wrote_at"], unique=False)


def downgrade():
    op.execute("DELETE FROM sync_pairs WHERE policy = 'mirror'")

    with op.batch_alter_table("replica_items", schema=None) as batch_op:
        batch_op.drop_index("ix_replica_items_wrote_at")
        batch_op.drop_index("ix_replica_items_likeness")
        batch_op.drop_index("ix_replica_items_root")
        for name, *_ in reversed(_OF_ITEMS):
            batch_op.drop_column(name)

    with op.batch_alter_table("sync_records", schema=None) as batch_op:
        batch_op.drop_column("undone_at")

    with op.batch_alter_table("calendar_cursors", schema=None) as batch_op:
        batch_op.drop_column("detail")

    with op.batch_alter_table("sync_pairs", schema=None) as batch_op:
        for name, *_ in reversed(_OF_PAIRS):
            batch_op.drop_column(name)
