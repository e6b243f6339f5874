"""Events, what is folded from them, findings and incidents, sources, the keys of the console."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# In the order of its bytes, whatever language a server is set up for.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_KEYED = "name_key IS NOT NULL"


def upgrade() -> None:
    """Make the first tables."""
    _events()
    _state()
    _findings()
    _incidents()
    _sources()
    op.create_table(
        "console_keys",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_console_keys"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("account_key", sa.BigInteger, nullable=False),
        sa.Column("name_key", sa.BigInteger),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        postgresql_partition_by="RANGE (id)",
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE TABLE events_default PARTITION OF events DEFAULT")
    op.create_index("ix_events_account_key_id", "events", ["account_key", "id"])
    op.create_index(
        "ix_events_name_key",
        "events",
        ["name_key"],
        sqlite_where=sa.text(_KEYED),
        postgresql_where=sa.text(_KEYED),
    )
    op.create_table(
        "names",
        sa.Column("name_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("first_event", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("name_key", name="pk_names"),
    )


def _state() -> None:
    op.create_table(
        "snapshots",
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("slot", sa.SmallInteger, nullable=False),
        sa.Column("last", sa.LargeBinary(16), nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("subject_key", "kind", "slot", name="pk_snapshots"),
    )
    op.create_table(
        "engine",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_engine"),
    )


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("detector", _TEXT, nullable=False),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("incident_id", sa.LargeBinary(16)),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
    )
    op.create_index("ix_findings_subject_key_id", "findings", ["subject_key", "id"])
    op.create_index("ix_findings_incident_id", "findings", ["incident_id"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_subject_key", "incidents", ["subject_key"])
    op.create_index("ix_incidents_updated_id", "incidents", ["updated", "id"])


def _sources() -> None:
    # SQLite gives out its own row ids only for INTEGER PRIMARY KEY.
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "sources",
        sa.Column("id", serial, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("format", _TEXT, nullable=False),
        sa.Column("cursor", sa.LargeBinary),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("duplicates", sa.BigInteger, nullable=False),
        sa.Column("skipped", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.BigInteger, nullable=False),
        sa.Column("late", sa.BigInteger, nullable=False),
        sa.Column("last_event", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("name", name="uq_sources_name"),
    )
    op.create_table(
        "rejects",
        sa.Column("id", serial, nullable=False),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("position", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rejects"),
    )
    op.create_index("ix_rejects_source_id_id", "rejects", ["source_id", "id"])
