"""Notices: who invites, reminders, and what hosts were told of failing calendars.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade():
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("invites_from", sa.String(length=16), nullable=False, server_default="none")
        )
    with op.batch_alter_table("booking_copies", schema=None) as batch_op:
        for name in ("failing_since", "failure_told_at"):
            batch_op.add_column(sa.Column(name, _MOMENT, nullable=True))
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("brake_key", sa.String(length=80), nullable=True))
    op.create_table(
        "booking_reminders",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("minutes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["bookings.id"],
            name=op.f("fk_booking_reminders_booking_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("booking_id", "minutes", name=op.f("pk_booking_reminders")),
    )
    with op.batch_alter_table("booking_reminders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_booking_reminders_due_at"), ["due_at"], unique=False)


def downgrade():
    op.drop_table("booking_reminders")
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.drop_column("brake_key")
    with op.batch_alter_table("booking_copies", schema=None) as batch_op:
        for name in ("failure_told_at", "failing_since"):
            batch_op.drop_column(name)
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.drop_column("invites_from")
