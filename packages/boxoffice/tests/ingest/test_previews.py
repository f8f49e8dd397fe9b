"""Preview, then commit: what is shown is what happens, or nothing happens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from boxoffice.db.tables import play_daily_sale, snapshot, stored_file, upload_preview
from boxoffice.db.transactions import LOCAL, SYSTEM, transaction
from boxoffice.ingest import UploadRefusedError
from boxoffice.ingest.lifecycle import Action, change_standing
from boxoffice.ingest.previews import (
    LIFETIME,
    PreviewOutdatedError,
    PreviewUnknownError,
    commit,
    drop_preview,
    find_preview,
    preview,
)
from boxoffice.testing import EDGE_AS_OF

NOW = datetime(2025, 6, 18, 3, tzinfo=UTC)


def look(uploads, case: str = "good", day: str = "20250617", now: datetime = NOW):
    request = uploads.request(case, day)
    return preview(uploads.engine, request, as_of=EDGE_AS_OF, actor=LOCAL, now=now)


def take(uploads, seen, now: datetime = NOW):
    return commit(uploads.engine, seen.id, actor=LOCAL, now=now)


def counted(uploads, table, *where) -> int:
    with transaction(uploads.engine, actor=SYSTEM, read_only=True) as connection:
        return connection.execute(
            select(func.count()).select_from(table).where(*where)
        ).scalar_one()


def test_a_preview_imports_nothing_and_its_commit_what_it_showed(uploads):
    before = counted(uploads, stored_file)
    seen = look(uploads)
    assert uploads.standings() == {}
    assert counted(uploads, stored_file) == before
    report = take(uploads, seen)
    assert report.http_status == 201
    assert uploads.standings() == {report.snapshot_id: "active"}
    shown, done = seen.as_json(), report.as_json()
    for same in ("sheets", "columns", "warnings", "changes", "anomalies", "sha256", "recordDate"):
        assert shown[same] == done[same]
    assert shown["effect"] == done["status"] == "created"
    rows = counted(uploads, play_daily_sale, play_daily_sale.c.snapshot_id == report.snapshot_id)
    assert rows == done["sheets"]["daily"]["rows"] == 50


def test_the_bytes_move_from_the_preview_to_the_stored_files(uploads):
    seen = look(uploads)
    report = take(uploads, seen)
    statement = select(stored_file.c.content).where(stored_file.c.sha256 == report.sha256)
    with transaction(uploads.engine, actor=SYSTEM, read_only=True) as connection:
        assert connection.execute(statement).scalar_one() == uploads.request().content
        kept = select(upload_preview.c.content).where(upload_preview.c.id == seen.id)
        assert connection.execute(kept).scalar_one() is None


def test_a_commit_again_answers_with_the_same_snapshot(uploads):
    seen = look(uploads)
    first, again = take(uploads, seen), take(uploads, seen)
    assert (again.http_status, again.status) == (200, "unchanged")
    assert again.snapshot_id == first.snapshot_id
    with transaction(uploads.engine, actor=LOCAL, read_only=True) as connection:
        assert find_preview(connection, seen.id, NOW).snapshot_id == first.snapshot_id


def test_commits_of_one_preview_at_once_import_it_once(uploads):
    seen = look(uploads)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: take(uploads, seen), range(4)))
    assert sorted(report.http_status for report in reports) == [200, 200, 200, 201]
    assert len(uploads.standings()) == 1


def test_the_same_bytes_are_foreseen_as_unchanged(uploads):
    uploads.send()
    assert look(uploads).as_json()["effect"] == "unchanged"


def test_what_changes_is_shown_against_the_snapshot_before(uploads):
    first = uploads.send(day="20250610")
    shown = look(uploads, "older_date").as_json()
    assert shown["replacesSnapshotId"] is None
    compared = shown["changes"]["comparedWith"]
    assert compared == {"snapshotId": first.snapshot_id, "recordDate": "2025-06-10"}
    daily = shown["changes"]["daily"]
    assert daily["after"]["amount"] == shown["sheets"]["daily"]["amount"]
    assert daily["before"]["amount"] == first.as_json()["sheets"]["daily"]["amount"]
    assert daily["added"] + daily["changed"] + daily["vanished"] == len(daily["rows"]) > 0


def test_a_correction_of_the_day_is_shown_as_replacing_it(uploads):
    first = uploads.send()
    shown = look(uploads, "older_date").as_json()
    assert shown["replacesSnapshotId"] == first.snapshot_id
    assert shown["changes"]["comparedWith"]["snapshotId"] == first.snapshot_id


@pytest.mark.parametrize("between", ["another import", "a delete"])
def test_what_changed_since_the_preview_refuses_its_commit(uploads, between):
    first = uploads.send(day="20250610")
    seen = look(uploads)
    if between == "another import":
        uploads.send("older_date", day="20250615")
    else:
        with transaction(uploads.engine, actor=LOCAL) as connection:
            change_standing(connection, first.snapshot_id, Action.DELETE, LOCAL)
    before = uploads.standings()
    with pytest.raises(PreviewOutdatedError):
        take(uploads, seen)
    assert uploads.standings() == before


def test_an_import_of_a_later_day_leaves_a_preview_right(uploads):
    seen = look(uploads, day="20250610")
    uploads.send("older_date", day="20250617")
    assert take(uploads, seen).http_status == 201


def test_a_committed_preview_does_not_bring_back_what_was_deleted(uploads):
    seen = look(uploads)
    report = take(uploads, seen)
    with transaction(uploads.engine, actor=LOCAL) as connection:
        change_standing(connection, report.snapshot_id, Action.DELETE, LOCAL)
    with pytest.raises(PreviewOutdatedError):
        take(uploads, seen)


def test_a_preview_expires(uploads):
    seen = look(uploads)
    late = NOW + LIFETIME + timedelta(seconds=1)
    with pytest.raises(PreviewUnknownError):
        take(uploads, seen, late)
    look(uploads, now=late)
    assert counted(uploads, upload_preview, upload_preview.c.id == seen.id) == 0


def test_a_preview_can_be_forgotten(uploads):
    seen = look(uploads)
    for known in (True, False):
        with transaction(uploads.engine, actor=LOCAL) as connection:
            if known:
                drop_preview(connection, seen.id)
            else:
                with pytest.raises(PreviewUnknownError):
                    drop_preview(connection, seen.id)


def test_a_file_that_is_wrong_gets_no_preview_but_an_audit(uploads):
    with pytest.raises(UploadRefusedError):
        look(uploads, "ref_in_daily_sales")
    assert uploads.audited() == ["refused"]
    where = upload_preview.c.performance_id == uploads.performance_id
    assert counted(uploads, upload_preview, where) == 0


def test_a_suspicious_file_is_foreseen_in_quarantine(uploads):
    uploads.quarantine()
    uploads.send(day="20250610")
    seen = look(uploads, "zero_paid")
    assert seen.as_json()["effect"] == "quarantined"
    report = take(uploads, seen)
    assert (report.http_status, report.status) == (202, "quarantined")
    statement = select(snapshot.c.status).where(snapshot.c.id == report.snapshot_id)
    with transaction(uploads.engine, actor=SYSTEM, read_only=True) as connection:
        assert connection.execute(statement).scalar_one() == "quarantined"
