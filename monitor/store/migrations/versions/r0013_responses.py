"""Tickets, measures, policies, and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add tables; the version before knows nothing of them."""
    _tickets()
    _suppressions()
    _measures()
    _outbox()


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("incident_id", sa.LargeBinary(16)),
        sa.Column("subject_key", sa.BigInteger),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("category", sa.String(32)),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("disposition", sa.String(24)),
        sa.Column("assignee", _TEXT),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("triaged", sa.BigInteger),
        sa.Column("resolved", sa.BigInteger),
        sa.Column("reopened", sa.Integer, nullable=False),
        sa.Column("clock", sa.String(12)),
        sa.Column("due", sa.BigInteger),
        sa.Column("warned", sa.String(20)),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("suppressed_by", sa.BigInteger),
        sa.Column("search", _TEXT, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.UniqueConstraint("incident_id", name="uq_tickets_incident_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tickets_subject_key", "tickets", ["subject_key"])
    op.create_index("ix_tickets_updated", "tickets", ["updated"])
    op.create_index("ix_tickets_tenant_updated", "tickets", ["tenant", "updated"])
    op.create_index("ix_tickets_status_due", "tickets", ["status", "due"])
    op.create_table(
        "ticket_comments",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("subject_key", sa.BigInteger),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("actor_name", _TEXT, nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_comments"),
    )
    op.create_index("ix_ticket_comments_ticket_id", "ticket_comments", ["ticket_id"])
    op.create_index("ix_ticket_comments_subject_key", "ticket_comments", ["subject_key"])
    op.create_table(
        "ticket_changes",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("subject_key", sa.BigInteger),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("actor_name", _TEXT, nullable=False),
        sa.Column("act", sa.String(32)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("before", sa.LargeBinary, nullable=False),
        sa.Column("after", sa.LargeBinary, nullable=False),
        sa.Column("undone", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_changes"),
    )
    op.create_index("ix_ticket_changes_ticket_id", "ticket_changes", ["ticket_id"])
    op.create_index("ix_ticket_changes_act", "ticket_changes", ["act"])
    op.create_index("ix_ticket_changes_subject_key", "ticket_changes", ["subject_key"])
    op.create_table(
        "ticket_links",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("subject_key", sa.BigInteger),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("other_id", sa.BigInteger),
        sa.Column("address", _TEXT),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("responder", _TEXT),
        sa.Column("state", _TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_links"),
    )
    op.create_index("ix_ticket_links_other_id", "ticket_links", ["other_id"])
    op.create_index("ix_ticket_links_subject_key", "ticket_links", ["subject_key"])
    op.create_index("ix_ticket_links_ticket_id", "ticket_links", ["ticket_id"])
    op.create_table(
        "ticket_tags",
        sa.Column("ticket_id", sa.BigInteger, nullable=False),
        sa.Column("tag", _TEXT, nullable=False),
        sa.Column("subject_key", sa.BigInteger),
        sa.PrimaryKeyConstraint("ticket_id", "tag", name="pk_ticket_tags"),
    )
    op.create_index("ix_ticket_tags_subject_key", "ticket_tags", ["subject_key"])
    op.create_index("ix_ticket_tags_tag", "ticket_tags", ["tag"])
    op.create_table(
        "ticket_filters",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("tenant", _TEXT),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("query", _TEXT, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_filters"),
    )
    op.create_index(
        "uq_ticket_filters_owner_name", "ticket_filters", ["owner", "name"], unique=True
    )


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("tenant", _TEXT),
        sa.Column("subject_key", sa.BigInteger),
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("owner_name", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("ended_by", _TEXT),
        sa.Column("matches", sa.Integer, nullable=False),
        sa.Column("last_match", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suppressions"),
    )
    op.create_index("ix_suppressions_until", "suppressions", ["until"])
    op.create_index("ix_suppressions_subject_key", "suppressions", ["subject_key"])
    op.create_table(
        "suppression_matches",
        sa.Column("suppression_id", sa.BigInteger, nullable=False),
        sa.Column("incident_id", sa.LargeBinary(16), nullable=False),
        sa.Column("ticket_id", sa.BigInteger),
        sa.Column("subject_key", sa.BigInteger),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("suppression_id", "incident_id", name="pk_suppression_matches"),
    )
    op.create_index("ix_suppression_matches_subject_key", "suppression_matches", ["subject_key"])


def _measures() -> None:
    op.create_table(
        "measures",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("ticket_id", sa.BigInteger),
        sa.Column("incident_id", sa.LargeBinary(16)),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("rule", _TEXT),
        sa.Column("policy_id", sa.BigInteger),
        sa.Column("because", sa.String(24)),
        sa.Column("aup", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("requester", _TEXT),
        sa.Column("requester_name", _TEXT),
        sa.Column("decider", _TEXT),
        sa.Column("decider_name", _TEXT),
        sa.Column("decided", sa.BigInteger),
        sa.Column("decision", _TEXT),
        sa.Column("expires", sa.BigInteger),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("confirmed", sa.BigInteger),
        sa.Column("undone", sa.BigInteger),
        sa.Column("undone_by", _TEXT),
        sa.Column("undone_for", _TEXT),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_measures"),
        sa.UniqueConstraint("key", name="uq_measures_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_measures_state_due", "measures", ["state", "due"])
    op.create_index("ix_measures_state_until", "measures", ["state", "until"])
    op.create_index("ix_measures_tenant_updated", "measures", ["tenant", "updated"])
    op.create_index("ix_measures_incident_id", "measures", ["incident_id"])
    op.create_index("ix_measures_subject_key", "measures", ["subject_key"])
    op.create_index("ix_measures_ticket_id", "measures", ["ticket_id"])
    op.create_table(
        "appeal_links",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("measure_id", sa.BigInteger, nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("used", sa.BigInteger),
        sa.PrimaryKeyConstraint("digest", name="pk_appeal_links"),
    )
    op.create_index("ix_appeal_links_expires", "appeal_links", ["expires"])
    op.create_index("ix_appeal_links_measure_id", "appeal_links", ["measure_id"])
    op.create_index("ix_appeal_links_subject_key", "appeal_links", ["subject_key"])
    op.create_table(
        "policies",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("actor_name", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sqlite_autoincrement=True,
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("responder", _TEXT, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("subject_key", sa.BigInteger),
        sa.Column("measure_id", sa.BigInteger),
        sa.Column("ticket_id", sa.BigInteger),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("holder", _TEXT),
        sa.Column("leased", sa.BigInteger),
        sa.Column("reason", _TEXT),
        sa.Column("receipt", sa.LargeBinary),
        sa.Column("emptied", sa.BigInteger),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_subject_key", "outbox", ["subject_key"])
    op.create_index("ix_outbox_measure_id", "outbox", ["measure_id"])
    op.create_index("ix_outbox_ticket_id", "outbox", ["ticket_id"])
    op.create_index("ix_outbox_updated", "outbox", ["updated"])
    op.create_index("ix_outbox_responder_state_due", "outbox", ["responder", "state", "due"])
    op.create_index("ix_outbox_state_id", "outbox", ["state", "id"])
    op.create_table(
        "breakers",
        sa.Column("responder", _TEXT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("open_until", sa.BigInteger, nullable=False),
        sa.Column("reason", _TEXT),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("responder", name="pk_breakers"),
    )
    op.create_table(
        "gate_list",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("key", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "account", "verdict", name="pk_gate_list"),
    )
    op.create_index("ix_gate_list_subject_key", "gate_list", ["subject_key"])
    op.create_table(
        "changes",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("reference", _TEXT, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_tenant_id", "changes", ["tenant", "id"])
