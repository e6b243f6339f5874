"""What each detector found, counted from an index alone."""

from monitor.store.migrations.indexes import add_index

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index."""
    columns = ["detector", "id", "severity", "withdrawn", "subject_key"]
    add_index("ix_findings_detector", "findings", columns)
