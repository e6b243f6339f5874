"""What identity providers push by SCIM: users, groups and their members."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# In the order of its bytes, whatever language a server is set up for.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_USERS, _GROUPS, _MEMBERS = "provisioned_users", "provisioned_groups", "provisioned_members"


def upgrade() -> None:
    """Add three tables; the version before knows nothing of them."""
    op.create_table(
        _USERS,
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("external_id", _TEXT),
        sa.Column("is_due", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_provisioned_users"),
    )
    op.create_table(
        _GROUPS,
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("external_id", _TEXT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provisioned_groups"),
    )
    op.create_table(
        _MEMBERS,
        sa.Column("group_id", sa.LargeBinary(16), nullable=False),
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "account_id", name="pk_provisioned_members"),
    )
    for table, key in ((_USERS, "account_id"), (_GROUPS, "id")):
        op.create_index(f"uq_{table}_tenant_name", table, ["tenant", "name"], unique=True)
        op.create_index(f"ix_{table}_tenant_external_id", table, ["tenant", "external_id"])
        op.create_index(f"ix_{table}_tenant_created_{key}", table, ["tenant", "created", key])
    op.create_index(f"ix_{_USERS}_tenant_is_due", _USERS, ["tenant", "is_due"])
    op.create_index(f"ix_{_MEMBERS}_account_id", _MEMBERS, ["account_id"])
