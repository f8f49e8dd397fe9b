"""Calendar notes and seat classes."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what this step is for."""
