"""The tables of people's rights: erasures, restrictions, objections.

Whom a row is about is named only for as long as it is needed to do what it says.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String, Table

from monitor.store.tables.schema import Serial, Text, metadata

# Accounts that were erased, or are being: a row for each, with whom it is about only while it is at
# work, or while incidents are kept that stand.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("tenant", Text),
    Column("account", Text),
    # The account's names, as MessagePack, while it is at work.
    Column("names", LargeBinary),
    Column("pseudonym", Text, nullable=False),
    # Whether standing incidents are kept under the pseudonym.
    Column("keeps", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested", BigInteger, nullable=False),
    # Events up to this time (ms) go.
    Column("until", BigInteger, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("cursor", LargeBinary),
    Column("counts", LargeBinary),
    Column("finished", BigInteger),
    Index("ix_erasures_digest", "digest"),
)

# Digests of erased accounts and of their names: events of theirs up to that time (ms) are dropped.
tombstones = Table(
    "tombstones",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("erasure_id", BigInteger, nullable=False),
)

# Accounts whose data is kept and not used; `until` is null while it is so.
restrictions = Table(
    "restrictions",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("subject_key", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("released_by", Text),
    Column("released_for", Text),
    Index("ix_restrictions_subject_key", "subject_key"),
)

# Objections of people to what is done with their data, and what was decided on them.
objections = Table(
    "objections",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("subject_key", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("grounds", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("decided", BigInteger),
    # Whether it was upheld; null while it is open.
    Column("upheld", Boolean),
    Column("decision", Text),
    Column("decided_by", Text),
    Index("ix_objections_subject_key", "subject_key"),
)
