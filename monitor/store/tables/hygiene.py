"""What the engine took up of the directory, and what is found of accounts' hygiene."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table

from monitor.store.tables.schema import Text, metadata

# What the directory says of accounts, with the event times from which it holds: as the engine
# took it up, and judged by it. A row for every account that it looked at.
listings = Table(
    "listings",
    metadata,
    # A digest of tenant and uid (monitor.directory.account.account_id).
    Column("account_id", LargeBinary(16), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("uid", Text, nullable=False),
    # The version of the account that was taken up; 0 once it was gone.
    Column("version", Integer, nullable=False),
    # MessagePack of detectors.core.listing.Listing, several; empty where nothing is said.
    Column("body", LargeBinary, nullable=False),
)

# The same of tenants: whether all of their accounts should be listed, and what they allow.
tenant_listings = Table(
    "tenant_listings",
    metadata,
    Column("tenant", Text, primary_key=True),
    # MessagePack of detectors.core.listing.TenantListing, several.
    Column("body", LargeBinary, nullable=False),
)

# What the logs show of accounts of the directory, and what is said of them.
hygiene_accounts = Table(
    "hygiene_accounts",
    metadata,
    Column("account_id", LargeBinary(16), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("uid", Text, nullable=False),
    # The facts that hold, as bits (monitor.hygiene.facts.Fact).
    Column("facts", Integer, nullable=False),
    # The last use that the logs show (ms), 0 for none.
    Column("last_seen", BigInteger, nullable=False),
    # MessagePack of monitor.hygiene.kept.Kept.
    Column("body", LargeBinary, nullable=False),
    Index("ix_hygiene_accounts_tenant_uid", "tenant", "uid"),
)

# What the accounts of a tenant came to on a day (since 1970, UTC).
hygiene_days = Table(
    "hygiene_days",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("accounts", Integer, nullable=False),
    # MessagePack of monitor.hygiene.score.Tally.
    Column("body", LargeBinary, nullable=False),
    Index("ix_hygiene_days_day", "day"),
)
