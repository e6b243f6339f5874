"""The tables of the console itself: where reviewers looked last, what they noted, what was sent."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from monitor.store.tables.schema import Serial, Text, metadata

# Up to where a reviewer has seen what a room of the console shows.
reviewer_marks = Table(
    "reviewer_marks",
    metadata,
    Column("reviewer", Text, primary_key=True),
    Column("room", String(32), primary_key=True),
    # When they looked (ms), and when before that: what came in between is new to them.
    Column("seen", BigInteger, nullable=False),
    Column("before", BigInteger, nullable=False),
)

# What people wrote about an account by hand.
account_notes = Table(
    "account_notes",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    # Who wrote it: an actor's reference and name.
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_account_notes_subject_key", "subject_key"),
    sqlite_autoincrement=True,
)

# Sources that people added in the console, beside those of the settings.
added_sources = Table(
    "added_sources",
    metadata,
    Column("name", Text, primary_key=True),
    # A file that was handed in, or what is pushed.
    Column("way", String(8), nullable=False),
    Column("format", Text, nullable=False),
    Column("zone", Text, nullable=False),
    # Of lines that name none; null for the settings' own.
    Column("tenant", Text),
    # Lines of the files that were handed in, in all.
    Column("lines", BigInteger, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
)

# Files that were handed in and not yet taken: their lines wait in the inbox, for no source.
staged_files = Table(
    "staged_files",
    metadata,
    Column("uid", String(32), primary_key=True),
    Column("actor", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("staged", BigInteger, nullable=False),
)

# The monthly report on a tenant's hygiene: one row a tenant and month, made before it is sent.
hygiene_reports = Table(
    "hygiene_reports",
    metadata,
    Column("tenant", Text, primary_key=True),
    # Months since 1970, in UTC: the one that it tells of.
    Column("month", Integer, primary_key=True),
    Column("made", BigInteger, nullable=False),
    Column("recipients", Integer, nullable=False),
)

# Tenants whose contacts are not written to each month, and who said so.
hygiene_stops = Table(
    "hygiene_stops",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    # An actor's reference.
    Column("actor", Text, nullable=False),
)
