"""A person who may see one performance uploads to that one, and reaches no other."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from boxoffice.db.tables import app_user, user_performance
from boxoffice.db.transactions import SYSTEM, Actor, transaction
from boxoffice.ingest import UploadRefusedError
from boxoffice.ingest.history import find_snapshot, read_audit
from boxoffice.ingest.lifecycle import Action, SnapshotUnknownError, change_standing, purge
from boxoffice.ingest.previews import PreviewUnknownError, commit, preview
from boxoffice.testing import EDGE_AS_OF
from boxoffice.workbook import Code

NOW = datetime(2025, 6, 18, 3, tzinfo=UTC)


@pytest.fixture
def person(uploads) -> Actor:
    """An approved uploader of the performance of `uploads` alone."""
    name = f"김 {uploads.show['liveId']}"
    values = {"email": f"{uploads.show['liveId'].lower()}@example.org", "name": name}
    with transaction(uploads.engine, actor=SYSTEM) as connection:
        statement = insert(app_user).values(**values, is_approved=True, can_upload=True)
        user_id: int = connection.execute(statement.returning(app_user.c.id)).scalar_one()
        row = {"user_id": user_id, "performance_id": uploads.performance_id}
        connection.execute(insert(user_performance).values(**row))
    return Actor.of_user(user_id)


def test_the_name_of_the_uploader_is_kept(uploads, person):
    report = uploads.send(actor=person)
    with transaction(uploads.engine, actor=person, read_only=True) as connection:
        found = find_snapshot(connection, report.snapshot_id)
    assert found.uploaded_by == f"김 {uploads.show['liveId']}"


def test_a_preview_and_its_commit_are_the_person_s_own(uploads, person):
    request = uploads.request()
    seen = preview(uploads.engine, request, as_of=EDGE_AS_OF, actor=person, now=NOW)
    report = commit(uploads.engine, seen.id, actor=person, now=NOW)
    assert report.http_status == 201


def test_bytes_that_a_hidden_performance_has_too_can_be_sent(uploads, other_uploads, person):
    other_uploads.send("text_number_commas")
    report = uploads.send("text_number_commas", actor=person)
    assert report.status == "created"


def test_another_performance_is_out_of_reach(uploads, other_uploads, person):
    with pytest.raises(UploadRefusedError) as refused:
        other_uploads.send(actor=person)
    assert refused.value.errors[0].code is Code.PERFORMANCE_UNKNOWN
    hidden = other_uploads.send()
    previewed = preview(
        uploads.engine, other_uploads.request(), as_of=EDGE_AS_OF, actor=SYSTEM, now=NOW
    )
    with pytest.raises(PreviewUnknownError):
        commit(uploads.engine, previewed.id, actor=person, now=NOW)
    for action in (Action.DELETE, Action.RESTORE, Action.RELEASE):
        with (
            pytest.raises(SnapshotUnknownError),
            transaction(uploads.engine, actor=person) as connection,
        ):
            change_standing(connection, hidden.snapshot_id, action, person)
    with pytest.raises(SnapshotUnknownError):
        purge(uploads.engine, hidden.snapshot_id, person)
    with transaction(uploads.engine, actor=person, read_only=True) as connection:
        assert read_audit(connection, other_uploads.show["liveId"], limit=10) == []
    assert other_uploads.standings() == {hidden.snapshot_id: "active"}
