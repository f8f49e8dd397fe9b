"""What can be read of uploads; above all, that every figure leads to the cell it stands in."""

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from boxoffice.db.transactions import LOCAL, transaction
from boxoffice.ingest.history import (
    find_snapshot,
    list_snapshots,
    newest_snapshot,
    read_audit,
    read_file,
    read_sheet,
)
from boxoffice.ingest.lifecycle import SnapshotUnknownError, Standing


@pytest.fixture
def reading(uploads):
    with transaction(uploads.engine, actor=LOCAL, read_only=True) as connection:
        yield connection


def as_stored(value):
    """A cell of openpyxl as the row holds it."""
    if isinstance(value, datetime):
        return value.date()
    return value


@pytest.mark.parametrize("case", ["good", "leading_column_empty", "empty_rows_between"])
def test_every_figure_stands_in_its_cell(uploads, case):
    """Each value of each row against the workbook, read by another program."""
    report = uploads.send(case)
    book = openpyxl.load_workbook(io.BytesIO(uploads.request(case).content), data_only=True)
    checked = 0
    with transaction(uploads.engine, actor=LOCAL, read_only=True) as connection:
        found = find_snapshot(connection, report.snapshot_id)
        for part in ("daily", "shows"):
            for row in read_sheet(connection, found, part):
                checked += _check_row(book[row.sheet], row)
    assert checked > 500


def _check_row(sheet, row) -> int:
    for column, cells in row.cells.items():
        values = [sheet[cell].value for cell in cells]
        assert all(sheet[cell].row == row.source_row for cell in cells)
        match column:
            case "show_at":
                day, at = values
                assert row.values[column] == datetime.combine(day.date(), at)
            case "cast_members":
                assert row.values[column] == [value for value in values if value]
            case "deposit_occupancy_pct" | "paid_occupancy_pct" | "free_occupancy_pct":
                assert float(row.values[column]) == pytest.approx(values[0] * 100, abs=0.00005)
            case _:
                assert [row.values[column]] == [as_stored(value) for value in values]
    return len(row.cells)


def test_the_sums_of_a_report_are_the_sums_of_its_rows(uploads):
    report = uploads.send()
    with transaction(uploads.engine, actor=LOCAL, read_only=True) as connection:
        rows = read_sheet(connection, find_snapshot(connection, report.snapshot_id), "daily")
    sums = report.as_json()["sheets"]["daily"]
    assert sum(row.values["amount"] for row in rows) == sums["amount"]
    assert len(rows) == sums["rows"]


def test_rows_are_read_by_pages_and_days(uploads):
    report = uploads.send()
    with transaction(uploads.engine, actor=LOCAL, read_only=True) as connection:
        found = find_snapshot(connection, report.snapshot_id)
        everything = read_sheet(connection, found, "daily")
        third = everything[2].values["sales_date"]
        assert read_sheet(connection, found, "daily", first=third, limit=2) == everything[2:4]
        assert read_sheet(connection, found, "daily", first=third, last=third) == everything[2:3]


def test_the_newest_snapshot_is_the_one_of_the_figures(uploads):
    older, newer = uploads.send(day="20250610"), uploads.send("older_date", day="20250617")
    code = uploads.show["liveId"]
    with transaction(uploads.engine, actor=LOCAL, read_only=True) as connection:
        for as_of, expected in (
            (date(2025, 6, 18), newer),
            (date(2025, 6, 16), newer),  # a workbook may be dated one day ahead
            (date(2025, 6, 15), older),
        ):
            assert newest_snapshot(connection, code, as_of).id == expected.snapshot_id
        with pytest.raises(SnapshotUnknownError):
            newest_snapshot(connection, code, date(2025, 6, 9) - timedelta(days=1))


def test_snapshots_come_by_day_and_page(uploads):
    ids = [uploads.send(day=day).snapshot_id for day in ("20250610", "20250612", "20250611")]
    code = uploads.show["liveId"]
    with transaction(uploads.engine, actor=LOCAL, read_only=True) as connection:
        first = list_snapshots(connection, code, list(Standing), limit=2)
        assert [each.id for each in first] == [ids[1], ids[2]]
        below = (first[-1].record_date, first[-1].id)
        rest = list_snapshots(connection, code, list(Standing), limit=2, below=below)
        assert [each.id for each in rest] == [ids[0]]
        assert list_snapshots(connection, code, [Standing.DELETED], limit=2) == []


def test_the_file_and_the_audit_can_be_read(uploads):
    report = uploads.send()
    with transaction(uploads.engine, actor=LOCAL, read_only=True) as connection:
        found = find_snapshot(connection, report.snapshot_id)
        assert read_file(connection, found) == uploads.request().content
        (entry,) = read_audit(connection, uploads.show["liveId"], limit=10)
    assert (entry["outcome"], entry["snapshot_id"]) == ("created", report.snapshot_id)
