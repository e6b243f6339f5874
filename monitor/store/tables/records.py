"""The tables of what is read, judged and found, and of what the daemon keeps to do so.

Bodies are MessagePack of the values in `detectors.core` and `alerts.incident`; columns beside
them are what is searched by. Ids are the 16 bytes of those values and sort by event time.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    event,
    text,
)

from monitor.store.tables.schema import Serial, Text, metadata

events = Table(
    "events",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("account_key", BigInteger, nullable=False),
    # Set where the log tells the account's name only: digest of tenant and folded name.
    Column("name_key", BigInteger),
    Column("source_id", Integer, nullable=False),
    # Older than the lateness window when it came: kept and counted, never folded.
    Column("late", Boolean, nullable=False, default=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_events_account_key_id", "account_key", "id"),
    Index(
        "ix_events_name_key",
        "name_key",
        sqlite_where=text("name_key IS NOT NULL"),
        postgresql_where=text("name_key IS NOT NULL"),
    ),
    # By day, see monitor.store.partitions: ids begin with the event time.
    postgresql_partition_by="RANGE (id)",
)


@event.listens_for(events, "after_create")
def _make_default_partition(_table: Table, connection: Connection, **_options: object) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("CREATE TABLE events_default PARTITION OF events DEFAULT")


names = Table(
    "names",
    metadata,
    Column("name_key", BigInteger, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("first_event", LargeBinary(16), nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("subject_key", BigInteger, primary_key=True),
    Column("kind", String(8), primary_key=True),
    # 0: the newest; 2: one older than the lateness window, to fold late events again from;
    # 1: the one that is to become it; 3: the one that follows the horizon (monitor/horizon.py).
    Column("slot", SmallInteger, primary_key=True),
    # Every event of the subject up to this id, and every tick up to its time, is in it.
    Column("last", LargeBinary(16), nullable=False),
    # The run of the engine that wrote it: within that run it is complete.
    Column("run", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    # Bodies are large: when subjects were last heard of is looked through without them.
    Index("ix_snapshots_subject_key_last", "subject_key", "last"),
)

# What is known of sources and tenants: counts by event time, whatever order it came in.
ledgers = Table(
    "ledgers",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("subject_key", BigInteger, primary_key=True),
    # The latest day (since 1970) of an event in it: what is quiet for long is dropped.
    Column("day", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_ledgers_day", "day"),
)

findings = Table(
    "findings",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("detector", Text, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("withdrawn", Boolean, nullable=False, default=False),
    Column("incident_id", LargeBinary(16)),
    Column("body", LargeBinary, nullable=False),
    # Of a finding on a source or a tenant: the tenant's key.
    Column("campaign_key", BigInteger),
    Index("ix_findings_subject_key_id", "subject_key", "id"),
    Index("ix_findings_incident_id", "incident_id"),
    # What one detector found is counted from the index alone.
    Index("ix_findings_detector", "detector", "id", "severity", "withdrawn", "subject_key"),
    Index(
        "ix_findings_campaign_key_id",
        "campaign_key",
        "id",
        sqlite_where=text("campaign_key IS NOT NULL"),
        postgresql_where=text("campaign_key IS NOT NULL"),
    ),
)

# Events that findings stand on, a row for each finding: copied here before they are deleted, and
# kept for as long as the incident.
evidence = Table(
    "evidence",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("finding_id", LargeBinary(16), primary_key=True),
    Column("account_key", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_evidence_finding_id", "finding_id"),
    Index("ix_evidence_account_key", "account_key"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("category", String(32), nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    # All its findings were withdrawn: kept, and shown as such.
    Column("withdrawn", Boolean, nullable=False, default=False),
    Column("body", LargeBinary, nullable=False),
    # Of an incident of sources or a tenant: the tenant's key.
    Column("campaign_key", BigInteger),
    Index("ix_incidents_subject_key", "subject_key"),
    Index("ix_incidents_updated_id", "updated", "id"),
    # With what lists are filtered by: a page reads no row that it leaves out.
    Index(
        "ix_incidents_newest",
        "updated",
        "id",
        "severity",
        "category",
        "tenant",
        "subject_key",
        "withdrawn",
    ),
    Index(
        "ix_incidents_severest",
        "severity",
        "updated",
        "id",
        "category",
        "tenant",
        "subject_key",
        "withdrawn",
    ),
    Index(
        "ix_incidents_campaign_key_updated",
        "campaign_key",
        "updated",
        sqlite_where=text("campaign_key IS NOT NULL"),
        postgresql_where=text("campaign_key IS NOT NULL"),
    ),
)

# By what incidents are found (monitor.store.incident_words), a row for each of their words.
incident_words = Table(
    "incident_words",
    metadata,
    Column("incident_id", LargeBinary(16), primary_key=True),
    Column("word", Text, primary_key=True),
    Index("ix_incident_words_word", "word", "incident_id"),
    sqlite_with_rowid=False,
)

sources = Table(
    "sources",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("format", Text, nullable=False),
    Column("cursor", LargeBinary),
    Column("lines", BigInteger, nullable=False, default=0),
    Column("events", BigInteger, nullable=False, default=0),
    Column("duplicates", BigInteger, nullable=False, default=0),
    Column("skipped", BigInteger, nullable=False, default=0),
    Column("rejected", BigInteger, nullable=False, default=0),
    Column("late", BigInteger, nullable=False, default=0),
    Column("last_event", BigInteger, nullable=False, default=0),
    # When its last line was committed, by our clock; how far its events were then behind that
    # clock (ms), and how many lines came in which hour (MessagePack).
    Column("received", BigInteger),
    Column("lag", BigInteger),
    Column("hours", LargeBinary),
)

rejects = Table(
    "rejects",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("source_id", Integer, nullable=False),
    Column("position", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("received", BigInteger),
    Index("ix_rejects_source_id_id", "source_id", "id"),
)

# Lines that were sent to us and answered for, until the engine has read them. Ids are given in the
# order of commits, and never twice.
inbox = Table(
    "inbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("source", Text, nullable=False),
    # Whose lines the sender may send; null for anybody's.
    Column("tenant", Text),
    Column("received", BigInteger, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_inbox_source_id", "source", "id"),
    sqlite_autoincrement=True,
)

# What programs may do, by keys of which only digests are kept.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("tenant", Text),
    Column("source", Text),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("last_used", BigInteger),
    Column("revoked", BigInteger),
)

# What is wrong with Vigie itself or with what feeds it; `until` is null while it lasts.
health = Table(
    "health",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Column("facts", LargeBinary, nullable=False),
)

# One-time links into the console and what they were exchanged for, as digests.
console_keys = Table(
    "console_keys",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("expires", BigInteger, nullable=False),
)

engine = Table(
    "engine",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
