"""People: users, their performances, sessions, tokens, audit."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what this step is for."""
