"""The directory: tenants, accounts with their names and ids, and imports of lists of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# In the order of its bytes, whatever language a server is set up for.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add six tables; the version before knows nothing of them."""
    op.create_table(
        "tenants",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("uid", _TEXT, nullable=False),
        sa.Column("search", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
        sa.UniqueConstraint("uid", name="uq_tenants_uid"),
    )
    _accounts()
    _imports()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("account_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("uid", _TEXT, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("mfa", sa.String(16), nullable=False),
        sa.Column("privileged", sa.Boolean, nullable=False),
        sa.Column("shared_until", sa.BigInteger),
        sa.Column("search", _TEXT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_index("uq_accounts_tenant_uid", "accounts", ["tenant", "uid"], unique=True)
    op.create_index("ix_accounts_account_key", "accounts", ["account_key"])
    op.create_index("ix_accounts_updated", "accounts", ["updated"])
    op.create_table(
        "account_names",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name="pk_account_names"),
    )
    op.create_index("ix_account_names_account_id", "account_names", ["account_id"])
    op.create_table(
        "account_ids",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("provider", _TEXT, nullable=False),
        sa.Column("external_id", _TEXT, nullable=False),
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "provider", "external_id", name="pk_account_ids"),
    )
    op.create_index("ix_account_ids_account_id", "account_ids", ["account_id"])


def _imports() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "imports",
        sa.Column("id", serial, nullable=False),
        sa.Column("tenant", _TEXT),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("decided", sa.BigInteger),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("account_id", sa.LargeBinary(16)),
        sa.Column("tenant", _TEXT),
        sa.Column("version", sa.Integer),
        sa.Column("applied", sa.Integer),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("import_id", "number", name="pk_import_rows"),
    )
    for name, columns in (
        ("ix_import_rows_import_id_outcome_number", ["import_id", "outcome", "number"]),
        ("ix_import_rows_import_id_account_id", ["import_id", "account_id"]),
        ("ix_import_rows_account_id", ["account_id"]),
    ):
        op.create_index(name, "import_rows", columns)
