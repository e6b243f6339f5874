"""What reviewers saw last, notes on accounts, and monthly reports."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add tables."""
    op.create_table(
        "account_notes",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("actor_name", _TEXT, nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_notes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_account_notes_subject_key", "account_notes", ["subject_key"])
    op.create_table(
        "hygiene_reports",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("month", sa.Integer, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "month", name="pk_hygiene_reports"),
    )
    op.create_table(
        "reviewer_marks",
        sa.Column("reviewer", _TEXT, nullable=False),
        sa.Column("room", sa.String(32), nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("before", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("reviewer", "room", name="pk_reviewer_marks"),
    )
