"""Links that wait for another try are found by an index, whatever else a pair has.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NAME = "ix_sync_links_retry"
_WAITING = sa.text("retry_at IS NOT NULL")


def upgrade():
    op.create_index(
        _NAME,
        "sync_links",
        ["pair_id", "retry_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def downgrade():
    op.drop_index(_NAME, table_name="sync_links")
