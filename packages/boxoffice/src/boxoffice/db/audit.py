"""The audit log: who did what to what, written in the transaction that does it."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert

from boxoffice.db.tables import audit_event
from boxoffice.db.transactions import Actor

State = Mapping[str, object]


def record(
    connection: Connection,
    actor: Actor,
    action: str,
    subject: str,
    *,
    before: State | None = None,
    after: State | None = None,
) -> None:
    """Remember that `actor` did `action` (`user.approve`) to `subject` (`user:7`).

    `before` and `after` are what a reader needs to undo it, as JSON; never a secret.
    """
    statement = insert(audit_event).values(
        actor=actor.name,
        action=action,
        subject=subject,
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
    )
    # Inline: its number is not asked back, which only the system could see.
    connection.execute(statement.inline())
