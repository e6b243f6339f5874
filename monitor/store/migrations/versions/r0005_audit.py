"""What was done and by whom, in a chain of digests."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# In the order of its bytes, whatever language a server is set up for.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add three tables; the version before knows nothing of them."""
    op.create_table(
        "audit",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("operation", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("tenant", _TEXT),
        sa.Column("content", sa.LargeBinary(32), nullable=False),
        sa.Column("previous", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    for columns in (["actor", "number"], ["subject", "number"], ["operation", "number"], ["time"]):
        op.create_index(f"ix_audit_{'_'.join(columns)}", "audit", columns)
    op.create_table(
        "audit_contents",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(32), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_contents"),
    )
    op.create_table(
        "audit_marks",
        sa.Column("name", sa.String(8), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("time", sa.BigInteger),
        sa.Column("signer", sa.LargeBinary(32)),
        sa.Column("signature", sa.LargeBinary(64)),
        sa.PrimaryKeyConstraint("name", name="pk_audit_marks"),
    )
