"""Indexes by which lists of incidents are filtered, and tickets found by whom they are with."""

from monitor.store.migrations.indexes import add_index

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_READ_WITH = ["category", "tenant", "subject_key", "withdrawn"]


def upgrade() -> None:
    """Add indexes."""
    add_index("ix_incidents_newest", "incidents", ["updated", "id", "severity", *_READ_WITH])
    add_index("ix_incidents_severest", "incidents", ["severity", "updated", "id", *_READ_WITH])
    add_index("ix_tickets_incident_id_status", "tickets", ["incident_id", "status", "assignee"])
    add_index("ix_tickets_assignee_status", "tickets", ["assignee", "status"])
    add_index("ix_tickets_created", "tickets", ["created"])
