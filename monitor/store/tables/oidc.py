"""Who reviewers are at the OpenID provider, their sessions there, and what was taken once."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, UniqueConstraint

from monitor.store.tables.schema import Text, metadata

# A reviewer is known by issuer and subject, and by nothing else that a provider says.
oidc_identities = Table(
    "oidc_identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("sub", Text, primary_key=True),
    Column("reviewer", Text, nullable=False),
    Column("linked", BigInteger, nullable=False),
    Column("last_used", BigInteger),
    UniqueConstraint("reviewer", "issuer"),
)

# Of sessions that a provider vouched for: whose and which one there, so that it can end them. The
# id token, sealed for the session, goes back when its reviewer leaves.
oidc_sessions = Table(
    "oidc_sessions",
    metadata,
    Column("session", Text, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("sub", Text, nullable=False),
    Column("sid", Text),
    Column("hint", LargeBinary),
    Index("ix_oidc_sessions_issuer_sub", "issuer", "sub"),
    Index("ix_oidc_sessions_issuer_sid", "issuer", "sid"),
)

# What must not be taken twice, as digests: states of answers, ids of logout tokens.
oidc_taken = Table(
    "oidc_taken",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires", BigInteger, nullable=False),
    Index("ix_oidc_taken_expires", "expires"),
)
