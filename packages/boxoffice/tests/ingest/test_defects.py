"""What the former server's uploads got wrong, each by its number in boxoffice-defects.md."""

from datetime import date

import pytest
from sqlalchemy import func, select, text

from boxoffice.db.tables import play_daily_sale, play_show_sale, stored_file
from boxoffice.db.transactions import LOCAL, SYSTEM, transaction
from boxoffice.ingest import UploadRefusedError
from boxoffice.ingest.lifecycle import Action, change_standing

BROKEN = ("sheet_daily_missing", "text_in_number", "time_missing", "not_excel_png")


def refuse(uploads, case: str, day: str = "20250617") -> None:
    with pytest.raises(UploadRefusedError):
        uploads.send(case, day)


def stored_rows(uploads, snapshot_id: int) -> list[int]:
    with transaction(uploads.engine, actor=SYSTEM, read_only=True) as connection:
        return [
            connection.execute(
                select(func.count()).where(table.c.snapshot_id == snapshot_id)
            ).scalar_one()
            for table in (play_daily_sale, play_show_sale)
        ]


def latest_record_date(uploads) -> date | None:
    as_of = date(2025, 6, 18)
    with transaction(uploads.engine, actor=SYSTEM, as_of=as_of, read_only=True) as connection:
        return connection.execute(
            text("SELECT latest_record_date FROM performance_as_of WHERE performance_id = :id"),
            {"id": uploads.performance_id},
        ).scalar_one()


@pytest.mark.parametrize("case", BROKEN)
def test_u1_a_bad_file_leaves_the_good_one_of_its_day(uploads, case):
    good = uploads.send()
    before = stored_rows(uploads, good.snapshot_id)
    refuse(uploads, case)
    assert uploads.standings() == {good.snapshot_id: "active"}
    assert stored_rows(uploads, good.snapshot_id) == before
    assert min(before) > 0


@pytest.mark.parametrize("case", BROKEN)
def test_u2_a_bad_file_moves_no_record_date(uploads, case):
    uploads.send(day="20250616")
    refuse(uploads, case, day="20250617")
    assert latest_record_date(uploads) == date(2025, 6, 16)


@pytest.mark.parametrize("case", BROKEN)
def test_u3_a_refusal_leaves_no_transaction_open(uploads, case):
    refuse(uploads, case)
    with transaction(uploads.engine, actor=SYSTEM) as connection:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        )
        assert connection.execute(waiting).scalar_one() == 0
    # What is written afterwards is committed: another session sees it.
    good = uploads.send()
    uploads.engine.dispose()
    assert uploads.standings() == {good.snapshot_id: "active"}


@pytest.mark.parametrize("case", BROKEN)
def test_u4_a_refused_file_is_not_kept(uploads, case):
    """A stored file belongs to a snapshot, whose transaction it was stored in."""
    uploads.send(day="20250616")
    refuse(uploads, case)
    stray = text(
        "SELECT count(*) FROM stored_file WHERE NOT EXISTS"
        " (SELECT FROM snapshot WHERE snapshot.sha256 = stored_file.sha256)"
    )
    with transaction(uploads.engine, actor=SYSTEM, read_only=True) as connection:
        assert connection.execute(stray).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(stored_file)).scalar_one() > 0


def test_u13_deleting_a_snapshot_touches_no_other_performance(uploads, other_uploads):
    mine, theirs = uploads.send(), other_uploads.send()
    with transaction(uploads.engine, actor=LOCAL) as connection:
        change_standing(connection, mine.snapshot_id, Action.DELETE, LOCAL)
    assert uploads.standings() == {mine.snapshot_id: "deleted"}
    assert latest_record_date(uploads) is None
    assert other_uploads.standings() == {theirs.snapshot_id: "active"}
    assert latest_record_date(other_uploads) == date(2025, 6, 17)
