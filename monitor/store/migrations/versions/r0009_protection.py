"""Who was erased, whose data is restricted, who objected."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add tables; the version before knows nothing of them."""
    op.create_table(
        "erasures",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("tenant", _TEXT),
        sa.Column("account", _TEXT),
        sa.Column("names", sa.LargeBinary),
        sa.Column("pseudonym", _TEXT, nullable=False),
        sa.Column("keeps", sa.Boolean, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("requested", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("cursor", sa.LargeBinary),
        sa.Column("counts", sa.LargeBinary),
        sa.Column("finished", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_digest", "erasures", ["digest"])
    op.create_table(
        "tombstones",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("erasure_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_tombstones"),
    )
    op.create_table(
        "restrictions",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("released_by", _TEXT),
        sa.Column("released_for", _TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_restrictions"),
    )
    op.create_index("ix_restrictions_subject_key", "restrictions", ["subject_key"])
    op.create_table(
        "objections",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("grounds", _TEXT, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("decided", sa.BigInteger),
        sa.Column("upheld", sa.Boolean),
        sa.Column("decision", _TEXT),
        sa.Column("decided_by", _TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_objections"),
    )
    op.create_index("ix_objections_subject_key", "objections", ["subject_key"])
