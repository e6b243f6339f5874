"""The tables of tickets: what people make of incidents, reports and appeals."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from monitor.store.tables.schema import Serial, Text, metadata

tickets = Table(
    "tickets",
    metadata,
    Column("id", Serial, primary_key=True),
    # incident, report, appeal, guardrail, unfinished.
    Column("kind", String(16), nullable=False),
    Column("incident_id", LargeBinary(16), unique=True),
    # Whom it is about; null where nobody is named.
    Column("subject_key", BigInteger),
    Column("tenant", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("category", String(32)),
    Column("severity", SmallInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("disposition", String(24)),
    Column("assignee", Text),
    Column("opened", BigInteger, nullable=False),
    Column("triaged", BigInteger),
    Column("resolved", BigInteger),
    Column("reopened", Integer, nullable=False),
    # What it waits for (triage, resolution) by when (ms); null once it is resolved.
    Column("clock", String(12)),
    Column("due", BigInteger),
    # Of which breach people were told: triage:near, triage:past …
    Column("warned", String(20)),
    # All findings that it rests on were withdrawn.
    Column("withdrawn", Boolean, nullable=False),
    Column("suppressed_by", BigInteger),
    # What is searched, letter case aside.
    Column("search", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    # One more with each change.
    Column("version", Integer, nullable=False),
    # MessagePack of what only its own page shows.
    Column("body", LargeBinary),
    Index("ix_tickets_subject_key", "subject_key"),
    Index("ix_tickets_tenant_updated", "tenant", "updated"),
    Index("ix_tickets_status_due", "status", "due"),
    Index("ix_tickets_updated", "updated"),
    # How far an incident is, asked for each of a list.
    Index("ix_tickets_incident_id_status", "incident_id", "status", "assignee"),
    Index("ix_tickets_assignee_status", "assignee", "status"),
    Index("ix_tickets_created", "created"),
    sqlite_autoincrement=True,
)

ticket_comments = Table(
    "ticket_comments",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False),
    Column("subject_key", BigInteger),
    Column("time", BigInteger, nullable=False),
    # Who wrote it: an actor's reference and name.
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_ticket_comments_ticket_id", "ticket_id"),
    Index("ix_ticket_comments_subject_key", "subject_key"),
)

# Every change of a ticket, as it was before and after (MessagePack): what undo reads.
ticket_changes = Table(
    "ticket_changes",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False),
    Column("subject_key", BigInteger),
    Column("time", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    # Changes that were made at once, in one act.
    Column("act", String(32)),
    Column("version", Integer, nullable=False),
    Column("before", LargeBinary, nullable=False),
    Column("after", LargeBinary, nullable=False),
    Column("undone", BigInteger),
    Index("ix_ticket_changes_ticket_id", "ticket_id"),
    Index("ix_ticket_changes_subject_key", "subject_key"),
    Index("ix_ticket_changes_act", "act"),
)

ticket_links = Table(
    "ticket_links",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("ticket_id", BigInteger, nullable=False),
    Column("subject_key", BigInteger),
    # duplicate_of, related, outer.
    Column("kind", String(16), nullable=False),
    Column("other_id", BigInteger),
    Column("address", Text),
    Column("title", Text, nullable=False),
    # Of a tracker that the ticket is kept in: whose it is, and how it stood there last.
    Column("responder", Text),
    Column("state", Text),
    Index("ix_ticket_links_ticket_id", "ticket_id"),
    Index("ix_ticket_links_other_id", "other_id"),
    Index("ix_ticket_links_subject_key", "subject_key"),
)

ticket_tags = Table(
    "ticket_tags",
    metadata,
    Column("ticket_id", BigInteger, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("subject_key", BigInteger),
    Index("ix_ticket_tags_tag", "tag"),
    Index("ix_ticket_tags_subject_key", "subject_key"),
)

# Questions that somebody keeps.
ticket_filters = Table(
    "ticket_filters",
    metadata,
    Column("id", Serial, primary_key=True),
    # The actor whose it is.
    Column("owner", Text, nullable=False),
    Column("tenant", Text),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    # The list that it is of.
    Column("room", String(16), nullable=False, server_default="tickets"),
    Index("uq_ticket_filters_owner_room_name", "owner", "room", "name", unique=True),
)

# What is not to call anybody for a while; each match is counted and shown.
suppressions = Table(
    "suppressions",
    metadata,
    Column("id", Serial, primary_key=True),
    # Null for all tenants.
    Column("tenant", Text),
    # Of one about an account.
    Column("subject_key", BigInteger),
    Column("owner", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("ended_by", Text),
    Column("matches", Integer, nullable=False),
    Column("last_match", BigInteger),
    Column("version", Integer, nullable=False),
    # MessagePack of what it matches.
    Column("body", LargeBinary, nullable=False),
    Index("ix_suppressions_until", "until"),
    Index("ix_suppressions_subject_key", "subject_key"),
)

suppression_matches = Table(
    "suppression_matches",
    metadata,
    Column("suppression_id", BigInteger, primary_key=True),
    Column("incident_id", LargeBinary(16), primary_key=True),
    Column("ticket_id", BigInteger),
    Column("subject_key", BigInteger),
    Column("time", BigInteger, nullable=False),
    Index("ix_suppression_matches_subject_key", "subject_key"),
)
