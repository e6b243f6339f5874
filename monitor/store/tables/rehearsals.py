"""The tables of policies that are tried beside on what is stored: one draft for each reviewer."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from monitor.store.tables.schema import Text, metadata

# The draft that somebody tries, how far that is, and what it came to.
rehearsals = Table(
    "rehearsals",
    metadata,
    # The actor whose it is.
    Column("owner", Text, primary_key=True),
    # Another one each time: a process that was given up writes nothing any more.
    Column("attempt", String(32), nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    # The version of the policy that it is compared with.
    Column("base", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("begun", BigInteger, nullable=False),
    # When it was last heard of (ms).
    Column("heard", BigInteger, nullable=False),
    # Events that are folded, and that there are to fold.
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("trouble", String(24)),
    # MessagePack of what it came to.
    Column("body", LargeBinary),
    Index("ix_rehearsals_heard", "heard"),
)

# Incidents about which something else would be found or done.
rehearsal_examples = Table(
    "rehearsal_examples",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("attempt", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_rehearsal_examples_subject_key", "subject_key"),
)
