"""Summaries that an import keeps up to date."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add what this step is for."""
