"""The tables of subscribers' proof: challenges, what was proved, links, and what is asked first."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from monitor.store.tables.schema import Serial, Text, metadata

# One question put to one subscriber for one session.
challenges = Table(
    "challenges",
    metadata,
    Column("id", Serial, primary_key=True),
    # What it is called in addresses; it opens nothing by itself.
    Column("handle", String(32), nullable=False, unique=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    # As the application calls it; empty for all of the account's.
    Column("session", Text, nullable=False),
    Column("reason", String(16), nullable=False),
    # policy, reviewer or application.
    Column("origin", String(12), nullable=False),
    Column("measure_id", BigInteger),
    Column("incident_id", LargeBinary(16)),
    # The order or the question that it stands on: asked twice, it is the same challenge.
    Column("key", Text, nullable=False),
    # Of the link's key, and of the browser that it was opened in.
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("client", LargeBinary(32)),
    # Of another device's link and browser, and the number that both show.
    Column("other_digest", LargeBinary(32), unique=True),
    Column("other_client", LargeBinary(32)),
    Column("number", SmallInteger),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("method", String(12)),
    Column("level", SmallInteger),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("settled", BigInteger),
    Column("language", String(8), nullable=False),
    # MessagePack of what else is known of it: what is asked about, where to go on.
    Column("body", LargeBinary),
    Column("version", Integer, nullable=False),
    Index("ix_challenges_subject_key_state", "subject_key", "state"),
    Index("ix_challenges_tenant_created", "tenant", "created"),
    Index("ix_challenges_state_expires", "state", "expires"),
    Index("ix_challenges_measure_id", "measure_id"),
    Index("ix_challenges_key", "key"),
    sqlite_autoincrement=True,
)

# That a session was proved, by what, and for how long that counts.
assurances = Table(
    "assurances",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("session", Text, primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    # Authenticator assurance level (NIST SP 800-63B-4): 1, 2 or 3.
    Column("level", SmallInteger, nullable=False),
    Column("method", String(12), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("challenge_id", BigInteger),
    Index("ix_assurances_subject_key", "subject_key"),
    Index("ix_assurances_until", "until"),
)

# What stands against one session alone: it has to prove itself, or was ended.
session_demands = Table(
    "session_demands",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("session", Text, primary_key=True),
    # challenge or revoked, as in gate_list.
    Column("verdict", String(12), primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("reason", String(16), nullable=False),
    Column("key", Text, nullable=False),
    Index("ix_session_demands_subject_key", "subject_key"),
    Index("ix_session_demands_until", "until"),
)

# Whose standing at the gate changed, in the order of commits.
gate_changes = Table(
    "gate_changes",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Index("ix_gate_changes_subject_key", "subject_key"),
    sqlite_autoincrement=True,
)

# Single-use links by which a subscriber adds a first factor, as digests.
enrolment_links = Table(
    "enrolment_links",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("handle", String(32), nullable=False, unique=True),
    # enrol or recover; spot where somebody began without one.
    Column("purpose", String(12), nullable=False),
    Column("subject_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    # The actor who gave it, and to what it belongs.
    Column("issuer", Text, nullable=False),
    Column("recovery_id", BigInteger),
    # The session at the application in which it was begun.
    Column("session", Text),
    Column("language", String(8), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    # When and in which browser it was opened, and when it had served.
    Column("opened", BigInteger),
    Column("client", LargeBinary(32)),
    Column("used", BigInteger),
    Index("uq_enrolment_links_client", "client", unique=True),
    Index("ix_enrolment_links_recovery_id", "recovery_id"),
    Index("ix_enrolment_links_subject_key", "subject_key"),
    Index("ix_enrolment_links_expires", "expires"),
)

# Since when somebody who has to have a factor has none, and until when that is borne.
enrolment_grace = Table(
    "enrolment_grace",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("reminded", BigInteger),
    Index("ix_enrolment_grace_subject_key", "subject_key"),
    Index("ix_enrolment_grace_until", "until"),
)

# Requests of those who lost their factors: proof, a second person, and a wait.
recoveries = Table(
    "recoveries",
    metadata,
    Column("id", Serial, primary_key=True),
    # What it is called in addresses; it opens nothing by itself.
    Column("handle", String(32), nullable=False, unique=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("state", String(12), nullable=False),
    # Who asked, who saw by what identity was proved, and who agreed.
    Column("requester", Text, nullable=False),
    Column("requester_name", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Column("prover", Text),
    Column("prover_name", Text),
    Column("proved", BigInteger),
    Column("decider", Text),
    Column("decider_name", Text),
    Column("created", BigInteger, nullable=False),
    Column("decided", BigInteger),
    # From when on it is carried out, and until when a request waits.
    Column("due", BigInteger),
    Column("expires", BigInteger, nullable=False),
    # When, by whom and why it was over.
    Column("settled", BigInteger),
    Column("settler", Text),
    Column("decision", Text),
    Column("version", Integer, nullable=False),
    Index("ix_recoveries_subject_key", "subject_key"),
    Index("ix_recoveries_state_due", "state", "due"),
    Index("ix_recoveries_tenant_created", "tenant", "created"),
    sqlite_autoincrement=True,
)

# Sessions of subscribers at their own pages, as digests.
subscriber_sessions = Table(
    "subscriber_sessions",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("handle", String(32), nullable=False, unique=True),
    Column("subject_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    # How they came in: handed over by the application, through the gate, by a factor.
    Column("way", String(12), nullable=False),
    Column("method", String(12)),
    Column("level", SmallInteger, nullable=False),
    # The session at the application that they came from.
    Column("session", Text),
    Column("created", BigInteger, nullable=False),
    Column("authenticated", BigInteger),
    Column("last_seen", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("ip", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Index("ix_subscriber_sessions_subject_key", "subject_key"),
    Index("ix_subscriber_sessions_expires", "expires"),
)

# What an application asked before it answered its user, and what it was told.
sign_in_questions = Table(
    "sign_in_questions",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("handle", String(32), nullable=False, unique=True),
    # The key's id and the application's own name for the sign-in: asked twice, it is the same.
    Column("asker", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("subject_key", BigInteger, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("session", Text),
    Column("ip", Text),
    Column("time", BigInteger, nullable=False),
    Column("event_id", LargeBinary(16)),
    # The log's own record of the same sign-in.
    Column("met_by", LargeBinary(16)),
    Column("verdict", String(12), nullable=False),
    Column("risk", Float, nullable=False),
    Column("outcome", String(12)),
    Column("created", BigInteger, nullable=False),
    # MessagePack of reasons and of what was answered.
    Column("body", LargeBinary),
    Index("uq_sign_in_questions_asker_question", "asker", "question", unique=True),
    Index("ix_sign_in_questions_subject_key_time", "subject_key", "time"),
    Index("ix_sign_in_questions_created", "created"),
    sqlite_autoincrement=True,
)
