"""The tables of what is to be told to the outside world, and of what was told inside."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from monitor.store.tables.schema import Serial, Text, metadata

# Orders for responders: written with what decided them, carried out at least once.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    # One row for the same order to the same responder.
    Column("key", Text, nullable=False, unique=True),
    Column("responder", Text, nullable=False),
    Column("action", String(16), nullable=False),
    Column("tenant", Text, nullable=False),
    Column("subject_key", BigInteger),
    Column("measure_id", BigInteger),
    Column("ticket_id", BigInteger),
    # waiting, leased, done, dead, parked, cancelled.
    Column("state", String(12), nullable=False),
    # MessagePack of alerts.ports.Order.
    Column("body", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    # From when its age is reckoned: when it was written, or a person drove it again.
    Column("since", BigInteger, nullable=False),
    # When it is tried next.
    Column("due", BigInteger, nullable=False),
    # Who tries it now, and until when they have to be heard of.
    Column("holder", Text),
    Column("leased", BigInteger),
    # Why it was not done at the last attempt.
    Column("reason", Text),
    # MessagePack of monitor.store.outbox.Carried.
    Column("receipt", LargeBinary),
    # When what it said of people was taken out of its body (ms).
    Column("emptied", BigInteger),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Index("ix_outbox_responder_state_due", "responder", "state", "due"),
    Index("ix_outbox_state_id", "state", "id"),
    Index("ix_outbox_subject_key", "subject_key"),
    Index("ix_outbox_measure_id", "measure_id"),
    Index("ix_outbox_ticket_id", "ticket_id"),
    Index("ix_outbox_updated", "updated"),
    sqlite_autoincrement=True,
)

# How each responder does: after failures in a row nothing is asked of it for a while.
breakers = Table(
    "breakers",
    metadata,
    Column("responder", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("open_until", BigInteger, nullable=False),
    Column("reason", Text),
    Column("updated", BigInteger, nullable=False),
)

# What the built-in gate knows of accounts that it does not simply let pass.
gate_list = Table(
    "gate_list",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    # challenge, revoked, disabled.
    Column("verdict", String(12), primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    # The order that it stands on.
    Column("key", Text, nullable=False),
    Index("ix_gate_list_subject_key", "subject_key"),
)

# What changed on people's side, in the order of commits: a stream begins where its reader was.
changes = Table(
    "changes",
    metadata,
    Column("id", Serial, primary_key=True),
    # ticket, measure, policy, order, suppression.
    Column("kind", String(12), nullable=False),
    Column("reference", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Index("ix_changes_tenant_id", "tenant", "id"),
    sqlite_autoincrement=True,
)
