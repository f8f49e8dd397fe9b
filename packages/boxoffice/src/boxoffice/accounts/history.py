"""Reading the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from boxoffice.db.tables import audit_event
from boxoffice.db.transactions import SYSTEM, transaction


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did to something, and what stood there before and after."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def read_events(engine: Engine, *, before: int | None, limit: int) -> list[Event]:
    """At most `limit` events, newest first, older than the one numbered `before`."""
    table = audit_event
    columns = (
        table.c[name] for name in ("id", "at", "actor", "action", "subject", "before", "after")
    )
    query = select(*columns).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        return [Event(*row) for row in connection.execute(query)]
