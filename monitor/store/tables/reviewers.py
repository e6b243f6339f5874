"""Those who sign in to Vigie: who they are, what they prove it with, and where they are in."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from monitor.store.tables.schema import Serial, Text, metadata

reviewers = Table(
    "reviewers",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("email", Text, nullable=False),
    # The same without its case: one person each.
    Column("email_key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    # The only one that a tenant's contact sees.
    Column("tenant", Text),
    Column("state", String(8), nullable=False),
    # Goes up by one with every change, so that two who change at once are told.
    Column("version", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("last_sign_in", BigInteger),
)

# What somebody proves who they are with: reviewers, and the accounts of the SaaS. Secrets are
# sealed under the instance's key for their owner; recovery codes are digests.
factors = Table(
    "factors",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("owner_kind", String(8), nullable=False),
    Column("owner", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("last_used", BigInteger),
    # Of one-time codes, the last step that was taken: none is taken twice.
    Column("step", BigInteger),
    # What it is called in addresses and on pages.
    Column("handle", String(32)),
    Column("name", Text),
    # Of an account's, whose.
    Column("subject_key", BigInteger),
    # A digest of a passkey's id, or of the secret of one-time codes: each is there once.
    Column("credential", LargeBinary(32)),
    # Of a passkey: how often it was used as its authenticator counts, and whether it lies on other
    # devices, too. Its `step` is when what it last proved was asked.
    Column("counter", BigInteger),
    Column("backed_up", Boolean),
    # Of a recovery code, its beginning: one try costs one hash.
    Column("selector", String(8)),
    Index("ix_factors_owner_kind_owner", "owner_kind", "owner"),
    Index("ix_factors_subject_key", "subject_key"),
    Index("uq_factors_handle", "handle", unique=True),
    Index("uq_factors_credential", "credential", unique=True),
)

reviewer_sessions = Table(
    "reviewer_sessions",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    # What it is called on pages, and opens nothing.
    Column("uid", Text, nullable=False, unique=True),
    Column("kind", String(8), nullable=False),
    Column("reviewer", Text),
    Column("method", String(8), nullable=False),
    Column("created", BigInteger, nullable=False),
    # When its reviewer last proved in full who they are.
    Column("authenticated", BigInteger),
    Column("last_seen", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("ip", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    # Of one that only sets up a reviewer: what for, and what was entered so far, sealed.
    Column("purpose", String(12)),
    Column("draft", LargeBinary),
    Index("ix_reviewer_sessions_reviewer", "reviewer"),
    Index("ix_reviewer_sessions_expires", "expires"),
)

# Single-use links for reviewers, as digests.
invitations = Table(
    "invitations",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("purpose", String(12), nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("ix_invitations_reviewer", "reviewer"),
)

# How much was tried lately, by digests of addresses and names: until when (ms) it is paid for.
sign_in_limits = Table(
    "sign_in_limits",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("until", BigInteger, nullable=False),
    Index("ix_sign_in_limits_until", "until"),
)
