"""What may become of a snapshot, from every standing, and what it does to the others."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from boxoffice.db.tables import play_daily_sale, stored_file, upload_audit
from boxoffice.db.transactions import LOCAL, SYSTEM, transaction
from boxoffice.ingest.lifecycle import (
    ALLOWED,
    Action,
    ActionRefusedError,
    SnapshotUnknownError,
    Standing,
    change_standing,
    purge,
    purge_expired,
)
from boxoffice.ingest.store import set_standing

RETENTION = timedelta(days=30)


def act(uploads, snapshot_id: int, action: Action) -> None:
    if action is Action.PURGE:
        purge(uploads.engine, snapshot_id, LOCAL)
        return
    with transaction(uploads.engine, actor=LOCAL) as connection:
        change_standing(connection, snapshot_id, action, LOCAL)


def stand(uploads, snapshot_id: int, standing: Standing) -> None:
    with transaction(uploads.engine, actor=SYSTEM) as connection:
        set_standing(connection, snapshot_id, status=standing.value)


def scalar(uploads, statement):
    with transaction(uploads.engine, actor=SYSTEM, read_only=True) as connection:
        return connection.execute(statement).scalar_one()


AFTER = {
    Action.DELETE: "deleted",
    Action.RESTORE: "active",
    Action.RELEASE: "active",
    Action.PURGE: None,
}


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("action", Action)
def test_every_action_from_every_standing(uploads, action, standing):
    """The table of what is allowed, and that nothing else happens."""
    snapshot_id = uploads.send().snapshot_id
    stand(uploads, snapshot_id, standing)
    if standing in ALLOWED[action]:
        act(uploads, snapshot_id, action)
        assert uploads.standings().get(snapshot_id) == AFTER[action]
        assert uploads.audited()[-1] == action.value
    else:
        with pytest.raises(ActionRefusedError, match=f"it is {standing.value}"):
            act(uploads, snapshot_id, action)
        assert uploads.standings() == {snapshot_id: standing.value}
        assert uploads.audited() == ["created"]


@pytest.mark.parametrize("action", Action)
def test_an_unknown_snapshot_is_refused(uploads, action):
    with pytest.raises(SnapshotUnknownError):
        act(uploads, 2**40, action)


def test_restoring_lets_the_active_one_step_back(uploads):
    first, second = uploads.send().snapshot_id, uploads.send("older_date").snapshot_id
    assert uploads.standings() == {first: "superseded", second: "active"}
    act(uploads, first, Action.RESTORE)
    assert uploads.standings() == {first: "active", second: "superseded"}
    act(uploads, second, Action.RESTORE)
    assert uploads.standings() == {first: "superseded", second: "active"}


def test_deleting_brings_back_nothing_by_itself(uploads):
    first, second = uploads.send().snapshot_id, uploads.send("older_date").snapshot_id
    act(uploads, second, Action.DELETE)
    assert uploads.standings() == {first: "superseded", second: "deleted"}


def test_a_deleted_day_may_be_sent_again(uploads):
    first = uploads.send()
    act(uploads, first.snapshot_id, Action.DELETE)
    second = uploads.send()
    assert second.status == "created"
    assert uploads.standings() == {first.snapshot_id: "deleted", second.snapshot_id: "active"}


def test_quarantine_keeps_the_figures_until_a_release(uploads):
    first = uploads.send()
    uploads.quarantine()
    doubtful = uploads.send("zero_paid")
    assert (doubtful.http_status, doubtful.status) == (202, "quarantined")
    assert uploads.send("zero_paid").snapshot_id == doubtful.snapshot_id
    assert uploads.standings() == {first.snapshot_id: "active", doubtful.snapshot_id: "quarantined"}
    act(uploads, doubtful.snapshot_id, Action.RELEASE)
    assert uploads.standings() == {first.snapshot_id: "superseded", doubtful.snapshot_id: "active"}
    assert uploads.audited() == ["created", "quarantined", "quarantined", "released"]


def test_a_good_file_is_not_quarantined_and_a_doubtful_one_only_where_asked(uploads):
    assert uploads.send("zero_paid", day="20250610").status == "created"
    uploads.quarantine()
    assert uploads.send("good", day="20250609").status == "created"


def test_a_purge_takes_the_rows_and_the_file_nobody_needs(uploads):
    first, second = uploads.send("time_text"), uploads.send("older_date")
    act(uploads, first.snapshot_id, Action.PURGE)
    rows = select(func.count()).where(play_daily_sale.c.snapshot_id == first.snapshot_id)
    files = select(func.count()).select_from(stored_file)
    assert uploads.standings() == {second.snapshot_id: "active"}
    assert scalar(uploads, rows) == 0
    assert scalar(uploads, files.where(stored_file.c.sha256 == first.sha256)) == 0
    assert scalar(uploads, files.where(stored_file.c.sha256 == second.sha256)) == 1
    told = select(upload_audit.c.report["snapshotId"].as_integer()).where(
        upload_audit.c.outcome == "purged",
        upload_audit.c.performance_id == uploads.performance_id,
    )
    assert scalar(uploads, told) == first.snapshot_id


def test_a_purge_leaves_a_file_that_another_snapshot_needs(uploads):
    first = uploads.send("text_number", day="20250617")
    uploads.send("text_number", day="20250616")
    act(uploads, first.snapshot_id, Action.DELETE)
    act(uploads, first.snapshot_id, Action.PURGE)
    files = select(func.count()).where(stored_file.c.sha256 == first.sha256)
    assert scalar(uploads, files) == 1


def test_retention_counts_from_the_day_a_snapshot_stopped_to_count(uploads):
    old, young = uploads.send(day="20250610"), uploads.send(day="20250611")
    kept = uploads.send(day="20250612")
    for report in (old, young):
        act(uploads, report.snapshot_id, Action.DELETE)
    earlier = text("UPDATE boxoffice.snapshot SET deleted_at = now() - interval '31 days'")
    with transaction(uploads.engine, actor=SYSTEM) as connection:
        connection.execute(text("RESET ROLE"))
        connection.execute(text(f"{earlier} WHERE id = :id").bindparams(id=old.snapshot_id))
    now = datetime.now(UTC)
    foreseen = purge_expired(uploads.engine, now=now, retention=RETENTION, only_count=True)
    assert old.snapshot_id in uploads.standings()
    purged = purge_expired(uploads.engine, now=now, retention=RETENTION)
    assert purged.snapshots == foreseen.snapshots == 1
    assert uploads.standings() == {young.snapshot_id: "deleted", kept.snapshot_id: "active"}
