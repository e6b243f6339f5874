"""Ledgers of sources and tenants, and what is found of them by tenant."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEYED = "campaign_key IS NOT NULL"


def upgrade() -> None:
    """Add a table and two columns; the version before leaves them empty."""
    op.create_table(
        "ledgers",
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_key", name="pk_ledgers"),
    )
    op.create_index("ix_ledgers_day", "ledgers", ["day"])
    for table, second in (("findings", "id"), ("incidents", "updated")):
        op.add_column(table, sa.Column("campaign_key", sa.BigInteger))
        op.create_index(
            f"ix_{table}_campaign_key_{second}",
            table,
            ["campaign_key", second],
            sqlite_where=sa.text(_KEYED),
            postgresql_where=sa.text(_KEYED),
        )
