"""The tables of what is done about accounts, and of policies that ask for it."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from monitor.store.tables.schema import Serial, Text, metadata

# One step of the ladder about one account, through its whole life.
measures = Table(
    "measures",
    metadata,
    Column("id", Serial, primary_key=True),
    # The same for the same step about the same incident: nothing is asked for twice.
    Column("key", Text, nullable=False, unique=True),
    Column("ticket_id", BigInteger),
    Column("incident_id", LargeBinary(16)),
    Column("subject_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("step", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    # policy or person.
    Column("origin", String(8), nullable=False),
    Column("rule", Text),
    Column("policy_id", BigInteger),
    Column("because", String(24)),
    # Articles, by commas.
    Column("aup", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # Actors' references and names.
    Column("requester", Text),
    Column("requester_name", Text),
    Column("decider", Text),
    Column("decider_name", Text),
    Column("decided", BigInteger),
    Column("decision", Text),
    # Until when a request waits for a second person.
    Column("expires", BigInteger),
    # From when it is carried out, and until when a suspension lasts.
    Column("due", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("confirmed", BigInteger),
    Column("undone", BigInteger),
    Column("undone_by", Text),
    Column("undone_for", Text),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    # MessagePack of what else is known of it.
    Column("body", LargeBinary),
    Index("ix_measures_subject_key", "subject_key"),
    Index("ix_measures_incident_id", "incident_id"),
    Index("ix_measures_ticket_id", "ticket_id"),
    Index("ix_measures_state_due", "state", "due"),
    Index("ix_measures_state_until", "state", "until"),
    Index("ix_measures_tenant_updated", "tenant", "updated"),
    sqlite_autoincrement=True,
)

# By what somebody who was acted on contests it: single-use links, as digests.
appeal_links = Table(
    "appeal_links",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("measure_id", BigInteger, nullable=False),
    Column("subject_key", BigInteger, nullable=False),
    Column("language", String(8), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
    Index("ix_appeal_links_measure_id", "measure_id"),
    Index("ix_appeal_links_subject_key", "subject_key"),
    Index("ix_appeal_links_expires", "expires"),
)

# Every version of the policy; the one that was adopted last holds.
policies = Table(
    "policies",
    metadata,
    Column("id", Serial, primary_key=True),
    # TOML, as it was written.
    Column("document", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
