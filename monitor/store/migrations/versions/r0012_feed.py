"""What changed among the incidents, for whoever follows them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_CHANGES = "incident_changes"


def upgrade() -> None:
    """Add a table; the version before writes nothing to it, and whoever follows begins anew."""
    op.create_table(
        _CHANGES,
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("incident_id", sa.LargeBinary(16), nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incident_changes_tenant_id", _CHANGES, ["tenant", "id"])
