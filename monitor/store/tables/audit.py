"""The audit: its chain, what can be erased beside it, and its two ends."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table

from monitor.store.tables.schema import Serial, Text, metadata

# Only added to; retention takes the oldest away, and leaves the mark `anchor`.
audit = Table(
    "audit",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("tenant", Text),
    # Digests: of the salted content, of the entry before, and of all of this.
    Column("content", LargeBinary(32), nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Index("ix_audit_actor_number", "actor", "number"),
    Index("ix_audit_subject_number", "subject", "number"),
    Index("ix_audit_operation_number", "operation", "number"),
    Index("ix_audit_time", "time"),
)

# What may name people: erased by deleting the row, and the chain still holds.
audit_contents = Table(
    "audit_contents",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# `head`: the last entry, held by whoever adds one; `anchor`: the last one that retention took away,
# signed by the key whose public part is `signer`.
audit_marks = Table(
    "audit_marks",
    metadata,
    Column("name", String(8), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("time", BigInteger),
    Column("signer", LargeBinary(32)),
    Column("signature", LargeBinary(64)),
)
