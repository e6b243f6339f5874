"""What the engine took up of the directory, and facts of accounts' hygiene."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# In the order of its bytes, whatever language a server is set up for.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add four tables; the version before knows nothing of them."""
    op.create_table(
        "listings",
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("uid", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_listings"),
    )
    op.create_table(
        "tenant_listings",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_tenant_listings"),
    )
    op.create_table(
        "hygiene_accounts",
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("uid", _TEXT, nullable=False),
        sa.Column("facts", sa.Integer, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_hygiene_accounts"),
    )
    op.create_index("ix_hygiene_accounts_tenant_uid", "hygiene_accounts", ["tenant", "uid"])
    op.create_table(
        "hygiene_days",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("accounts", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "day", name="pk_hygiene_days"),
    )
    op.create_index("ix_hygiene_days_day", "hygiene_days", ["day"])
