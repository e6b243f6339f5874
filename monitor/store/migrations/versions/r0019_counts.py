"""Indexes by which accounts are counted, and snapshots looked through, without their bodies."""

from monitor.store.migrations.indexes import add_index

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add indexes."""
    add_index("ix_accounts_tenant_state_privileged", "accounts", ["tenant", "state", "privileged"])
    add_index("ix_snapshots_subject_key_last", "snapshots", ["subject_key", "last"])
