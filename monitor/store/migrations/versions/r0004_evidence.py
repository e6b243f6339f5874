"""Events that findings stand on, kept for as long as their incidents."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table; the version before knows nothing of it."""
    op.create_table(
        "evidence",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("finding_id", sa.LargeBinary(16), nullable=False),
        sa.Column("account_key", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", "finding_id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_finding_id", "evidence", ["finding_id"])
    op.create_index("ix_evidence_account_key", "evidence", ["account_key"])
