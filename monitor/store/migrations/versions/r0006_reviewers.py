"""Those who sign in to Vigie: reviewers, their factors, sessions and invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# In the order of its bytes, whatever language a server is set up for.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add five tables."""
    _reviewers()
    _factors()
    _sessions()
    op.create_table(
        "invitations",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("reviewer", _TEXT, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_invitations"),
    )
    op.create_index("ix_invitations_reviewer", "invitations", ["reviewer"])
    op.create_table(
        "sign_in_limits",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_in_limits"),
    )
    op.create_index("ix_sign_in_limits_until", "sign_in_limits", ["until"])


def _reviewers() -> None:
    op.create_table(
        "reviewers",
        sa.Column("uid", _TEXT, nullable=False),
        sa.Column("email", _TEXT, nullable=False),
        sa.Column("email_key", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("tenant", _TEXT),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("last_sign_in", sa.BigInteger),
        sa.PrimaryKeyConstraint("uid", name="pk_reviewers"),
        sa.UniqueConstraint("email_key", name="uq_reviewers_email_key"),
    )


def _factors() -> None:
    # SQLite gives out its own row ids only for INTEGER PRIMARY KEY.
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "factors",
        sa.Column("id", serial, nullable=False),
        sa.Column("owner_kind", sa.String(8), nullable=False),
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("last_used", sa.BigInteger),
        sa.Column("step", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_factors"),
    )
    op.create_index("ix_factors_owner_kind_owner", "factors", ["owner_kind", "owner"])


def _sessions() -> None:
    op.create_table(
        "reviewer_sessions",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("uid", _TEXT, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("reviewer", _TEXT),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("authenticated", sa.BigInteger),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("ip", _TEXT, nullable=False),
        sa.Column("user_agent", _TEXT, nullable=False),
        sa.Column("purpose", sa.String(12)),
        sa.Column("draft", sa.LargeBinary),
        sa.PrimaryKeyConstraint("digest", name="pk_reviewer_sessions"),
        sa.UniqueConstraint("uid", name="uq_reviewer_sessions_uid"),
    )
    op.create_index("ix_reviewer_sessions_reviewer", "reviewer_sessions", ["reviewer"])
    op.create_index("ix_reviewer_sessions_expires", "reviewer_sessions", ["expires"])
