"""What an upload does beside reading: replacing, repeating, and who is meant."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import Engine, func, select

from boxoffice.db.tables import play_daily_sale, play_show_sale, snapshot, stored_file, upload_audit
from boxoffice.db.transactions import LOCAL, SYSTEM, transaction
from boxoffice.ingest import UploadRefusedError, UploadRequest, upload
from boxoffice.testing import EDGE_AS_OF, edge_cases
from boxoffice.workbook import MAX_FILE_BYTES, Code

CASES = {case.name: case for case in edge_cases()}
NUMBERS = count(1)


@pytest.fixture
def show(add_performance):
    """A performance of its own for every test; its code is the one of the good workbook's kind."""
    number = next(NUMBERS)
    show = {**CASES["good"].show, "liveId": f"UP{number}", "liveName": f"올림 {number}"}
    return {**show, "id": add_performance(show)}


def request(show, case: str = "good", day: str = "20250617") -> UploadRequest:
    name = f"{day}_{show['liveId']}_{show['liveName']}.xlsx"
    return UploadRequest(name, CASES[case].file.content)


def send(engine: Engine, what: UploadRequest):
    return upload(engine, what, as_of=EDGE_AS_OF, actor=LOCAL)


def refusal(engine: Engine, what: UploadRequest) -> tuple[int, str]:
    with pytest.raises(UploadRefusedError) as refused:
        send(engine, what)
    return refused.value.http_status, refused.value.as_json()["code"]


def rows(engine: Engine, statement):
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        return connection.execute(statement).all()


def test_the_same_bytes_again_change_nothing(engine, show):
    first = send(engine, request(show))
    second = send(engine, request(show))
    assert (second.http_status, second.as_json()["status"]) == (200, "unchanged")
    assert second.snapshot_id == first.snapshot_id
    statement = select(func.count()).where(snapshot.c.performance_id == show["id"])
    assert rows(engine, statement) == [(1,)]


def test_a_new_file_of_the_day_supersedes_and_keeps_the_former(engine, show):
    first = send(engine, request(show))
    second = send(engine, request(show, "older_date"))
    third = send(engine, request(show))
    header = select(
        snapshot.c.id, snapshot.c.status, snapshot.c.replaced_by, snapshot.c.replaced_at
    )
    found = rows(
        engine, header.where(snapshot.c.performance_id == show["id"]).order_by(snapshot.c.id)
    )
    assert [(row.id, row.status, row.replaced_by) for row in found] == [
        (first.snapshot_id, "superseded", second.snapshot_id),
        (second.snapshot_id, "superseded", third.snapshot_id),
        (third.snapshot_id, "active", None),
    ]
    assert [row.replaced_at is not None for row in found] == [True, True, False]
    kept = select(func.count()).where(play_daily_sale.c.snapshot_id == first.snapshot_id)
    assert rows(engine, kept) == [(50,)]
    # The same bytes, sent twice for two snapshots, are stored once.
    files = select(func.count()).where(stored_file.c.sha256 == first.sha256)
    assert rows(engine, files) == [(1,)]


def test_rows_are_stored_as_read(engine, show):
    report = send(engine, request(show, "cast_comma"))
    (comma,) = [s for s in report.reading.sales.shows if any("," in member for member in s.cast)]
    statement = select(play_show_sale).where(
        play_show_sale.c.snapshot_id == report.snapshot_id,
        play_show_sale.c.show_at == comma.show_at,
    )
    (row,) = rows(engine, statement)
    assert row.cast_members == list(comma.cast)
    assert row.source_row == comma.source_row
    assert row.paid_occupancy_pct == comma.paid_occupancy_pct
    assert isinstance(row.show_at, datetime)
    assert isinstance(row.paid_occupancy_pct, Decimal)


def test_the_stored_bytes_are_those_sent(engine, show):
    sent = request(show)
    report = send(engine, sent)
    statement = select(stored_file.c.content).where(stored_file.c.sha256 == report.sha256)
    ((content,),) = rows(engine, statement)
    assert content == sent.content


def test_uploads_of_one_day_at_once_leave_one_active_snapshot(engine, show):
    sent = [request(show, case) for case in ("good", "older_date", "date_1904", "cast_empty")] * 2
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda what: send(engine, what), sent))
    statement = select(snapshot.c.id).where(
        snapshot.c.performance_id == show["id"], snapshot.c.status == "active"
    )
    ((active,),) = rows(engine, statement)
    assert active in {report.snapshot_id for report in reports}


def test_record_dates_are_judged_by_as_of(engine, show):
    sent = request(show)
    with pytest.raises(UploadRefusedError) as refused:
        upload(engine, sent, as_of=date(2025, 6, 15), actor=LOCAL)
    assert refused.value.errors[0].code is Code.RECORD_DATE_IN_FUTURE
    assert upload(engine, sent, as_of=date(2025, 6, 16), actor=LOCAL).http_status == 201


@pytest.mark.parametrize(
    ("live_id", "live_name", "expected"),
    [
        ("OTHER", None, (409, "code_mismatch")),
        (None, "없는 공연", (404, "performance_unknown")),
        (None, "널\x00문자", (404, "performance_unknown")),
    ],
)
def test_the_form_may_contradict_the_name(engine, show, live_id, live_name, expected):
    what = replace(request(show), live_id=live_id, live_name=live_name)
    assert refusal(engine, what) == expected


def test_the_form_may_agree_or_be_silent(engine, show):
    agreeing = replace(
        request(show), live_id=show["liveId"], live_name=f" {show['liveName']} ", filename=""
    )
    assert refusal(engine, agreeing) == (422, "file_name_invalid")
    agreeing = replace(agreeing, filename=request(show).filename)
    assert send(engine, agreeing).http_status == 201
    assert send(engine, replace(agreeing, live_id="", live_name=" ")).http_status == 200


def test_an_unknown_code_is_an_unknown_performance(engine):
    what = UploadRequest("20250617_NOBODY_x.xlsx", CASES["good"].file.content)
    assert refusal(engine, what) == (404, "performance_unknown")


def test_a_refusal_leaves_its_reasons_in_the_audit(engine, show):
    what = replace(
        request(show, "ref_in_daily_sales"), filename=f"20250616_{show['liveId']}_a.xlsx"
    )
    assert refusal(engine, what) == (422, "error_cell")
    statement = select(upload_audit).order_by(upload_audit.c.id.desc()).limit(1)
    (entry,) = rows(engine, statement)
    assert (entry.outcome, entry.actor, entry.original_name) == (
        "refused",
        "local",
        what.filename,
    )
    assert entry.report["details"][0]["value"] == "#REF!"
    assert entry.performance_id == show["id"]


@pytest.mark.parametrize("size", [MAX_FILE_BYTES + 1, 2 * MAX_FILE_BYTES])
def test_a_file_over_the_limit_is_not_opened(engine, show, size):
    assert refusal(engine, replace(request(show), content=bytes(size))) == (413, "file_too_large")


def test_every_figure_can_be_traced_to_its_cell(engine, show):
    """Sheet and column from the report of the snapshot, row from the record."""
    report = send(engine, request(show))
    statement = select(snapshot.c.report).where(snapshot.c.id == report.snapshot_id)
    ((kept,),) = rows(engine, statement)
    assert kept["columns"]["Daily"]["dash_date"] == "B"
    assert kept["columns"]["회차별판매"]["dash_time"] == "C"
    assert set(kept["columns"]["회차별판매"]) >= {
        "dash_cast_1",
        "dash_seat_paid_r",
        "dash_share_free",
    }
    first = select(func.min(play_show_sale.c.source_row)).where(
        play_show_sale.c.snapshot_id == report.snapshot_id
    )
    assert rows(engine, first) == [(4,)]
