"""What is sent to us until it is read, the keys it is sent with, and how the sources are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# In the order of its bytes, whatever language a server is set up for.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add three tables, and columns that the version before leaves empty."""
    _inbox()
    _api_keys()
    op.create_table(
        "health",
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind", "since", name="pk_health"),
    )
    op.add_column("sources", sa.Column("received", sa.BigInteger))
    op.add_column("sources", sa.Column("lag", sa.BigInteger))
    op.add_column("sources", sa.Column("hours", sa.LargeBinary))
    op.add_column("rejects", sa.Column("received", sa.BigInteger))


def _serial() -> sa.types.TypeEngine[int]:
    # SQLite gives out its own row ids only for INTEGER PRIMARY KEY.
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("tenant", _TEXT),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_source_id", "inbox", ["source", "id"])


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", _serial(), nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("scopes", _TEXT, nullable=False),
        sa.Column("tenant", _TEXT),
        sa.Column("source", _TEXT),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("last_used", sa.BigInteger),
        sa.Column("revoked", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("name", name="uq_api_keys_name"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
