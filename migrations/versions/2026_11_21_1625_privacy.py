"""Private links, windows for guests, confirmed addresses, and what was erased.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEY = {"autoincrement": False, "nullable": False}


def upgrade():
    with op.batch_alter_table("event_types", schema=None) as batch_op:
        for name in ("guest_cancel_notice_minutes", "guest_reschedule_notice_minutes"):
            batch_op.add_column(
                sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
            )
        for name in ("requires_email_confirmation", "private_links_only"):
            batch_op.add_column(
                sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("guest_is_verified", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("erased_at", _MOMENT, nullable=True))
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("visitor", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_holds_visitor"), ["visitor"], unique=False)
    op.create_table(
        "private_links",
        sa.Column("id", sa.BigInteger(), **_KEY),
        sa.Column("event_type_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("most_uses", sa.BigInteger(), nullable=True),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_type_id"],
            ["event_types.id"],
            name=op.f("fk_private_links_event_type_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_links")),
    )
    with op.batch_alter_table("private_links", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_private_links_event_type_id"), ["event_type_id"], unique=False
        )
    op.create_table(
        "wishes",
        sa.Column("id", sa.BigInteger(), **_KEY),
        sa.Column("event_type_id", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("booking_uid", sa.String(length=40), nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_type_id"],
            ["event_types.id"],
            name=op.f("fk_wishes_event_type_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
    )
    with op.batch_alter_table("wishes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishes_event_type_id"), ["event_type_id"])
        batch_op.create_index(batch_op.f("ix_wishes_expires_at"), ["expires_at"])
    op.create_table(
        "erasures",
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("copies", sa.String(length=8), nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject_hash", name=op.f("pk_erasures")),
    )


def downgrade():
    for table in ("erasures", "wishes", "private_links"):
        op.drop_table(table)
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_holds_visitor"))
        batch_op.drop_column("visitor")
    # Dropped one by one, as SQLite can: a table made anew would lose its followers and guards.
    for name in ("guest_is_verified", "erased_at"):
        op.drop_column("bookings", name)
    for name in (
        "guest_cancel_notice_minutes",
        "guest_reschedule_notice_minutes",
        "requires_email_confirmation",
        "private_links_only",
    ):
        op.drop_column("event_types", name)
