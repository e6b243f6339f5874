"""The tables of the directory: tenants, accounts with their names and ids, and imports of lists."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from monitor.store.tables.schema import Serial, Text, metadata

tenants = Table(
    "tenants",
    metadata,
    # A digest of the uid (monitor.directory.tenant.tenant_id): addresses name it by this.
    Column("id", LargeBinary(16), primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    # What is searched: uid and name, letter case aside.
    Column("search", Text, nullable=False),
    # One more with each change.
    Column("version", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    # MessagePack of monitor.directory.tenant.Tenant.
    Column("body", LargeBinary, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    # A digest of tenant and uid (monitor.directory.account.account_id).
    Column("id", LargeBinary(16), primary_key=True),
    # The key of its subject, as events and incidents have it.
    Column("account_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("mfa", String(16), nullable=False),
    Column("privileged", Boolean, nullable=False),
    # Until when sharing is authorised (ms); null for all other accounts.
    Column("shared_until", BigInteger),
    # Its uid and its other names, letter case aside, a line each.
    Column("search", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    # MessagePack of monitor.directory.account.Account.
    Column("body", LargeBinary, nullable=False),
    Index("uq_accounts_tenant_uid", "tenant", "uid", unique=True),
    Index("ix_accounts_account_key", "account_key"),
    Index("ix_accounts_updated", "updated"),
    Index("ix_accounts_tenant_state_privileged", "tenant", "state", "privileged"),
)

# Other names that logs know accounts by, letter case aside: one account for each in a tenant.
account_names = Table(
    "account_names",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("account_id", LargeBinary(16), nullable=False),
    Index("ix_account_names_account_id", "account_id"),
)

# What other systems call accounts: one account for each in a tenant.
account_ids = Table(
    "account_ids",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("account_id", LargeBinary(16), nullable=False),
    Index("ix_account_ids_account_id", "account_id"),
)

# Lists of accounts that were read: shown first, then taken over, and undone if need be.
imports = Table(
    "imports",
    metadata,
    Column("id", Serial, primary_key=True),
    # The only tenant that it is for; null where the list names them.
    Column("tenant", Text),
    Column("state", String(16), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("decided", BigInteger),
    # MessagePack of monitor.directory.importing.Import.
    Column("body", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

# What an import does to each account; what was before is kept until it can be undone no more.
import_rows = Table(
    "import_rows",
    metadata,
    Column("import_id", BigInteger, primary_key=True),
    # In the order of the list; accounts that are not in it come last.
    Column("number", Integer, primary_key=True),
    Column("outcome", String(16), nullable=False),
    # Null for a line of which no account could be read.
    Column("account_id", LargeBinary(16)),
    Column("tenant", Text),
    # The account's version before, 0 where it was not there, and what it became.
    Column("version", Integer),
    Column("applied", Integer),
    # MessagePack of monitor.directory.importing.Row.
    Column("body", LargeBinary, nullable=False),
    Index("ix_import_rows_import_id_outcome_number", "import_id", "outcome", "number"),
    Index("ix_import_rows_import_id_account_id", "import_id", "account_id"),
    Index("ix_import_rows_account_id", "account_id"),
)
