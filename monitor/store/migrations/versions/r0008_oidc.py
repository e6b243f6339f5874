"""Reviewers who sign in by an OpenID provider."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# In the order of its bytes, whatever language a server is set up for.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "oidc_identities",
        sa.Column("issuer", _TEXT, nullable=False),
        sa.Column("sub", _TEXT, nullable=False),
        sa.Column("reviewer", _TEXT, nullable=False),
        sa.Column("linked", sa.BigInteger, nullable=False),
        sa.Column("last_used", sa.BigInteger),
        sa.PrimaryKeyConstraint("issuer", "sub", name="pk_oidc_identities"),
        sa.UniqueConstraint("reviewer", "issuer", name="uq_oidc_identities_reviewer_issuer"),
    )
    op.create_table(
        "oidc_sessions",
        sa.Column("session", _TEXT, nullable=False),
        sa.Column("issuer", _TEXT, nullable=False),
        sa.Column("sub", _TEXT, nullable=False),
        sa.Column("sid", _TEXT),
        sa.Column("hint", sa.LargeBinary),
        sa.PrimaryKeyConstraint("session", name="pk_oidc_sessions"),
    )
    op.create_index("ix_oidc_sessions_issuer_sub", "oidc_sessions", ["issuer", "sub"])
    op.create_index("ix_oidc_sessions_issuer_sid", "oidc_sessions", ["issuer", "sid"])
    op.create_table(
        "oidc_taken",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_oidc_taken"),
    )
    op.create_index("ix_oidc_taken_expires", "oidc_taken", ["expires"])
