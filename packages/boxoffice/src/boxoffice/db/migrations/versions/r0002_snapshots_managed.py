"""What managing uploads needs: quarantine, previews, lineage."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what this step is for."""
