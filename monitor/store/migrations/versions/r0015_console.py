"""What reviewers saw last and try, notes on accounts, and monthly reports."""

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
        "added_sources",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("format", _TEXT, nullable=False),
        sa.Column("zone", _TEXT, nullable=False),
        sa.Column("tenant", _TEXT),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.Column("added", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_added_sources"),
    )
    op.create_table(
        "staged_files",
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("file", _TEXT, nullable=False),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("staged", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_staged_files"),
    )
    op.create_table(
        "hygiene_reports",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("month", sa.Integer, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "month", name="pk_hygiene_reports"),
    )
    op.create_table(
        "hygiene_stops",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_hygiene_stops"),
    )
    op.create_table(
        "reviewer_marks",
        sa.Column("reviewer", _TEXT, nullable=False),
        sa.Column("room", sa.String(32), nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("before", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("reviewer", "room", name="pk_reviewer_marks"),
    )
    op.create_table(
        "rehearsals",
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("attempt", sa.String(32), nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("base", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("begun", sa.BigInteger, nullable=False),
        sa.Column("heard", sa.BigInteger, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("trouble", sa.String(24)),
        sa.Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("owner", name="pk_rehearsals"),
    )
    op.create_index("ix_rehearsals_heard", "rehearsals", ["heard"])
    op.create_table(
        "rehearsal_examples",
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("attempt", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("owner", "attempt", "number", name="pk_rehearsal_examples"),
    )
    op.create_index("ix_rehearsal_examples_subject_key", "rehearsal_examples", ["subject_key"])
