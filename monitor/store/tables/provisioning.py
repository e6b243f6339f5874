"""The tables of what identity providers push: their users, each of one account, and groups."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table

from monitor.store.tables.schema import Text, metadata

provisioned_users = Table(
    "provisioned_users",
    metadata,
    # In the directory: a user is what a provider says of an account.
    Column("account_id", LargeBinary(16), primary_key=True),
    Column("tenant", Text, nullable=False),
    # The user name as names are compared (monitor.scim.account.name_key).
    Column("name", Text, nullable=False),
    # What the provider calls it.
    Column("external_id", Text),
    # Whether its groups changed, and its account has not been told so yet.
    Column("is_due", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    # JSON of the resource as it was pushed, of which only what is published is kept.
    Column("body", LargeBinary, nullable=False),
    Index("uq_provisioned_users_tenant_name", "tenant", "name", unique=True),
    Index("ix_provisioned_users_tenant_external_id", "tenant", "external_id"),
    Index("ix_provisioned_users_tenant_created_account_id", "tenant", "created", "account_id"),
    Index("ix_provisioned_users_tenant_is_due", "tenant", "is_due"),
)

provisioned_groups = Table(
    "provisioned_groups",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("external_id", Text),
    Column("version", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    # JSON of the resource without its members.
    Column("body", LargeBinary, nullable=False),
    Index("uq_provisioned_groups_tenant_name", "tenant", "name", unique=True),
    Index("ix_provisioned_groups_tenant_external_id", "tenant", "external_id"),
    Index("ix_provisioned_groups_tenant_created_id", "tenant", "created", "id"),
)

provisioned_members = Table(
    "provisioned_members",
    metadata,
    Column("group_id", LargeBinary(16), primary_key=True),
    Column("account_id", LargeBinary(16), primary_key=True),
    Index("ix_provisioned_members_account_id", "account_id"),
)
