"""The table of what changed among the incidents, in the order in which it did."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table

from monitor.store.tables.schema import Serial, Text, metadata

# Written by the engine with the incident itself; ids are given in the order of commits, for there
# is one writer, and never twice. Whoever follows knows by the last id how far they are.
incident_changes = Table(
    "incident_changes",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("incident_id", LargeBinary(16), nullable=False),
    Column("tenant", Text, nullable=False),
    # All its findings were withdrawn.
    Column("withdrawn", Boolean, nullable=False),
    Index("ix_incident_changes_tenant_id", "tenant", "id"),
    sqlite_autoincrement=True,
)
