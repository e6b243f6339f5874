"""Factors of subscribers, challenges, what was proved, and what applications ask first."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add tables, and to factors columns that the version before does not fill."""
    _assurances()
    _challenges()
    _enrolment_grace()
    _enrolment_links()
    _gate_changes()
    _recoveries()
    _session_demands()
    _sign_in_questions()
    _subscriber_sessions()
    _factors()


def _assurances() -> None:
    op.create_table(
        "assurances",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("session", _TEXT, nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("level", sa.SmallInteger, nullable=False),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("challenge_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("tenant", "account", "session", name="pk_assurances"),
    )
    op.create_index("ix_assurances_subject_key", "assurances", ["subject_key"])
    op.create_index("ix_assurances_until", "assurances", ["until"])


def _challenges() -> None:
    op.create_table(
        "challenges",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("handle", sa.String(32), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("session", _TEXT, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(12), nullable=False),
        sa.Column("measure_id", sa.BigInteger),
        sa.Column("incident_id", sa.LargeBinary(16)),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("client", sa.LargeBinary(32)),
        sa.Column("other_digest", sa.LargeBinary(32)),
        sa.Column("other_client", sa.LargeBinary(32)),
        sa.Column("number", sa.SmallInteger),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("method", sa.String(12)),
        sa.Column("level", sa.SmallInteger),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.BigInteger),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_challenges"),
        sa.UniqueConstraint("digest", name="uq_challenges_digest"),
        sa.UniqueConstraint("handle", name="uq_challenges_handle"),
        sa.UniqueConstraint("other_digest", name="uq_challenges_other_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_challenges_key", "challenges", ["key"])
    op.create_index("ix_challenges_measure_id", "challenges", ["measure_id"])
    op.create_index("ix_challenges_state_expires", "challenges", ["state", "expires"])
    op.create_index("ix_challenges_subject_key_state", "challenges", ["subject_key", "state"])
    op.create_index("ix_challenges_tenant_created", "challenges", ["tenant", "created"])


def _enrolment_grace() -> None:
    op.create_table(
        "enrolment_grace",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("reminded", sa.BigInteger),
        sa.PrimaryKeyConstraint("tenant", "account", name="pk_enrolment_grace"),
    )
    op.create_index("ix_enrolment_grace_subject_key", "enrolment_grace", ["subject_key"])
    op.create_index("ix_enrolment_grace_until", "enrolment_grace", ["until"])


def _enrolment_links() -> None:
    op.create_table(
        "enrolment_links",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("handle", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("issuer", _TEXT, nullable=False),
        sa.Column("recovery_id", sa.BigInteger),
        sa.Column("session", _TEXT),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("opened", sa.BigInteger),
        sa.Column("client", sa.LargeBinary(32)),
        sa.Column("used", sa.BigInteger),
        sa.PrimaryKeyConstraint("digest", name="pk_enrolment_links"),
        sa.UniqueConstraint("handle", name="uq_enrolment_links_handle"),
    )
    op.create_index("uq_enrolment_links_client", "enrolment_links", ["client"], unique=True)
    op.create_index("ix_enrolment_links_recovery_id", "enrolment_links", ["recovery_id"])
    op.create_index("ix_enrolment_links_expires", "enrolment_links", ["expires"])
    op.create_index("ix_enrolment_links_subject_key", "enrolment_links", ["subject_key"])


def _gate_changes() -> None:
    op.create_table(
        "gate_changes",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gate_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_gate_changes_subject_key", "gate_changes", ["subject_key"])


def _recoveries() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("handle", sa.String(32), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("requester", _TEXT, nullable=False),
        sa.Column("requester_name", _TEXT, nullable=False),
        sa.Column("proof", _TEXT, nullable=False),
        sa.Column("prover", _TEXT),
        sa.Column("prover_name", _TEXT),
        sa.Column("proved", sa.BigInteger),
        sa.Column("decider", _TEXT),
        sa.Column("decider_name", _TEXT),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("decided", sa.BigInteger),
        sa.Column("due", sa.BigInteger),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.BigInteger),
        sa.Column("settler", _TEXT),
        sa.Column("decision", _TEXT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recoveries"),
        sa.UniqueConstraint("handle", name="uq_recoveries_handle"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_recoveries_state_due", "recoveries", ["state", "due"])
    op.create_index("ix_recoveries_subject_key", "recoveries", ["subject_key"])
    op.create_index("ix_recoveries_tenant_created", "recoveries", ["tenant", "created"])


def _session_demands() -> None:
    op.create_table(
        "session_demands",
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("session", _TEXT, nullable=False),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant", "account", "session", "verdict", name="pk_session_demands"
        ),
    )
    op.create_index("ix_session_demands_subject_key", "session_demands", ["subject_key"])
    op.create_index("ix_session_demands_until", "session_demands", ["until"])


def _sign_in_questions() -> None:
    op.create_table(
        "sign_in_questions",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("handle", sa.String(32), nullable=False),
        sa.Column("asker", _TEXT, nullable=False),
        sa.Column("question", _TEXT, nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("session", _TEXT),
        sa.Column("ip", _TEXT),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.LargeBinary(16)),
        sa.Column("met_by", sa.LargeBinary(16)),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("risk", sa.Float, nullable=False),
        sa.Column("outcome", sa.String(12)),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_questions"),
        sa.UniqueConstraint("handle", name="uq_sign_in_questions_handle"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sign_in_questions_created", "sign_in_questions", ["created"])
    op.create_index(
        "ix_sign_in_questions_subject_key_time", "sign_in_questions", ["subject_key", "time"]
    )
    op.create_index(
        "uq_sign_in_questions_asker_question",
        "sign_in_questions",
        ["asker", "question"],
        unique=True,
    )


def _subscriber_sessions() -> None:
    op.create_table(
        "subscriber_sessions",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("handle", sa.String(32), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("tenant", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("way", sa.String(12), nullable=False),
        sa.Column("method", sa.String(12)),
        sa.Column("level", sa.SmallInteger, nullable=False),
        sa.Column("session", _TEXT),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("authenticated", sa.BigInteger),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("ip", _TEXT, nullable=False),
        sa.Column("user_agent", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_subscriber_sessions"),
        sa.UniqueConstraint("handle", name="uq_subscriber_sessions_handle"),
    )
    op.create_index("ix_subscriber_sessions_expires", "subscriber_sessions", ["expires"])
    op.create_index("ix_subscriber_sessions_subject_key", "subscriber_sessions", ["subject_key"])


def _factors() -> None:
    op.add_column("factors", sa.Column("handle", sa.String(32)))
    op.add_column("factors", sa.Column("name", _TEXT))
    op.add_column("factors", sa.Column("subject_key", sa.BigInteger))
    op.add_column("factors", sa.Column("credential", sa.LargeBinary(32)))
    op.add_column("factors", sa.Column("counter", sa.BigInteger))
    op.add_column("factors", sa.Column("backed_up", sa.Boolean))
    op.add_column("factors", sa.Column("selector", sa.String(8)))
    op.create_index("ix_factors_subject_key", "factors", ["subject_key"])
    op.create_index("uq_factors_credential", "factors", ["credential"], unique=True)
    op.create_index("uq_factors_handle", "factors", ["handle"], unique=True)
