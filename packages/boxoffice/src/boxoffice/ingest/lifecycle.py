"""What may happen to a snapshot after its import: delete, restore, release, purge.

A snapshot is kept whole and never changed; only its standing is. One that was deleted or replaced
comes back with a `restore`; only a `purge` takes rows and file away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, func, select

from boxoffice.db.summaries import summarise
from boxoffice.db.tables import snapshot, stored_file, upload_preview
from boxoffice.db.transactions import SYSTEM, Actor, transaction
from boxoffice.ingest.store import audit, lock_files, lock_performance, set_standing


class Standing(StrEnum):
    """What a snapshot counts for."""

    ACTIVE = "active"
    """Its figures are the day's; at most one of a performance and record date."""
    SUPERSEDED = "superseded"
    DELETED = "deleted"
    QUARANTINED = "quarantined"
    """Suspicious: waits until somebody releases or deletes it."""


class Action(StrEnum):
    """What somebody does to it; the value is what the audit says."""

    DELETE = "deleted"
    RESTORE = "restored"
    RELEASE = "released"
    PURGE = "purged"


ALLOWED: Mapping[Action, frozenset[Standing]] = MappingProxyType(
    {
        Action.DELETE: frozenset({Standing.ACTIVE, Standing.SUPERSEDED, Standing.QUARANTINED}),
        Action.RESTORE: frozenset({Standing.SUPERSEDED, Standing.DELETED}),
        Action.RELEASE: frozenset({Standing.QUARANTINED}),
        Action.PURGE: frozenset({Standing.SUPERSEDED, Standing.DELETED}),
    }
)
"""From which standing an action is possible."""


class SnapshotUnknownError(Exception):
    """There is no such snapshot, or not for this actor."""


class ActionRefusedError(Exception):
    """The snapshot's standing does not allow the action."""

    def __init__(self, snapshot_id: int, action: Action, standing: Standing) -> None:
        super().__init__(f"cannot have snapshot {snapshot_id} {action}: it is {standing}")
        self.snapshot_id, self.action, self.standing = snapshot_id, action, standing


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took away."""

    snapshots: int
    files: int
    previews: int


def change_standing(connection: Connection, snapshot_id: int, action: Action, actor: Actor) -> None:
    """Delete, restore or release a snapshot, and audit it.

    A snapshot that becomes active supersedes the one that was. Raises `SnapshotUnknownError` or
    `ActionRefusedError`.
    """
    found = _locked(connection, snapshot_id, action)
    if action is Action.DELETE:
        set_standing(connection, snapshot_id, status=Standing.DELETED.value, deleted_at=func.now())
    else:
        _activate(connection, found)
    summarise(connection, [found.performance_id])
    audit(connection, _entry(found, action, actor))


def purge(engine: Engine, snapshot_id: int, actor: Actor) -> None:
    """Take a snapshot away for good, and its file when no other snapshot needs it.

    `actor` must see the snapshot; the files are then counted as the system, which sees all
    snapshots that may need them.
    """
    with transaction(engine, actor=actor) as connection:
        _locked(connection, snapshot_id, Action.PURGE)
    with transaction(engine, actor=SYSTEM) as connection:
        _purge(connection, snapshot_id, actor)


def purge_expired(
    engine: Engine, *, now: datetime, retention: timedelta, only_count: bool = False
) -> Purged:
    """Purge what was replaced or deleted before `now - retention`, and expired previews."""
    since = func.greatest(snapshot.c.deleted_at, snapshot.c.replaced_at)
    expired = select(snapshot.c.id).where(
        snapshot.c.status.in_([standing.value for standing in ALLOWED[Action.PURGE]]),
        since < now - retention,
    )
    forgotten = upload_preview.c.expires_at < now
    with transaction(engine, actor=SYSTEM) as connection:
        ids = connection.execute(expired.order_by(snapshot.c.id)).scalars().all()
        if only_count:
            counted = select(func.count()).select_from(upload_preview).where(forgotten)
            return Purged(len(ids), 0, connection.execute(counted).scalar_one())
        previews = connection.execute(delete(upload_preview).where(forgotten)).rowcount
    files = 0
    for snapshot_id in ids:
        # One at a time: whoever uploads waits for one snapshot at most.
        with transaction(engine, actor=SYSTEM) as connection:
            files += _purge(connection, snapshot_id, SYSTEM)
    return Purged(len(ids), files, previews)


class _Found(NamedTuple):
    """A snapshot whose performance is locked."""

    id: int
    performance_id: int
    record_date: date
    status: str
    original_name: str
    sha256: str


def _locked(connection: Connection, snapshot_id: int, action: Action) -> _Found:
    """The snapshot, with its performance locked and its standing checked."""
    owner = select(snapshot.c.performance_id).where(snapshot.c.id == snapshot_id)
    performance_id = connection.execute(owner).scalar_one_or_none()
    if performance_id is None:
        raise SnapshotUnknownError(snapshot_id)
    lock_performance(connection, performance_id)
    columns = [snapshot.c[name] for name in _Found._fields]
    row = connection.execute(select(*columns).where(snapshot.c.id == snapshot_id)).one_or_none()
    if row is None:
        raise SnapshotUnknownError(snapshot_id)
    found = _Found(*row)
    if Standing(found.status) not in ALLOWED[action]:
        raise ActionRefusedError(snapshot_id, action, Standing(found.status))
    return found


def _activate(connection: Connection, found: _Found) -> None:
    active = connection.execute(
        select(snapshot.c.id).where(
            snapshot.c.performance_id == found.performance_id,
            snapshot.c.record_date == found.record_date,
            snapshot.c.status == Standing.ACTIVE.value,
        )
    ).scalar_one_or_none()
    if active is not None:
        set_standing(
            connection,
            active,
            status=Standing.SUPERSEDED.value,
            replaced_at=func.now(),
            replaced_by=found.id,
        )
    set_standing(
        connection,
        found.id,
        status=Standing.ACTIVE.value,
        replaced_at=None,
        replaced_by=None,
        deleted_at=None,
    )


def _purge(connection: Connection, snapshot_id: int, actor: Actor) -> int:
    """Take one snapshot away; how many files went with it (0 or 1)."""
    found = _locked(connection, snapshot_id, Action.PURGE)
    lock_files(connection, exclusively=True)
    connection.execute(delete(snapshot).where(snapshot.c.id == snapshot_id))
    audit(connection, {**_entry(found, Action.PURGE, actor), "snapshot_id": None})
    needed = select(snapshot.c.id).where(snapshot.c.sha256 == found.sha256).exists()
    unneeded = stored_file.c.sha256 == found.sha256, ~needed
    return connection.execute(delete(stored_file).where(*unneeded)).rowcount


def _entry(found: _Found, action: Action, actor: Actor) -> dict[str, object]:
    return {
        "actor": actor.name,
        "performance_id": found.performance_id,
        "snapshot_id": found.id,
        "original_name": found.original_name,
        "sha256": found.sha256,
        "outcome": action.value,
        "report": {
            "snapshotId": found.id,
            "recordDate": found.record_date.isoformat(),
            "before": found.status,
        },
    }
