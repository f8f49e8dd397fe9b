"""Imports at the same time, and reports in between (acceptance 5)."""

import importlib
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, text

from boxoffice.db.transactions import LOCAL, SYSTEM, transaction
from boxoffice.ingest import UploadRefusedError
from boxoffice.ingest.judging import Judged, judge
from boxoffice.ingest.lifecycle import Action, change_standing
from boxoffice.planning.drafts import PerformanceDraft
from boxoffice.planning.performances import change_performance, find_performance
from boxoffice.planning.store import replace_targets
from boxoffice.testing import EDGE_AS_OF
from boxoffice.workbook import Code

CONTENTS = ("good", "older_date", "time_text", "text_number")
ROUNDS = 12

DAYS = text("SELECT total_amount FROM play_target_attainment WHERE performance_code = :code")
SHOWS = text("SELECT sum(paid_amount) FROM play_all_shows WHERE performance_code = :code")


def test_two_uploads_of_a_day_at_once_leave_one_active_and_one_superseded(uploads):
    barrier = threading.Barrier(2)

    def send(case: str):
        barrier.wait(60)
        return uploads.send(case)

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(send, ("good", "older_date")))
    assert [report.status for report in reports] == ["created", "created"]
    assert Counter(uploads.standings().values()) == {"active": 1, "superseded": 1}


def test_the_same_file_sent_twice_at_once_is_one_snapshot(uploads):
    barrier = threading.Barrier(3)

    def send(_: int):
        barrier.wait(60)
        return uploads.send()

    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(send, range(3)))
    assert Counter(report.status for report in reports) == {"created": 1, "unchanged": 2}
    assert list(uploads.standings().values()) == ["active"]


def figures(connection: Connection, code: str) -> tuple[int, int]:
    """What a report reads by two metrics, one after the other."""
    days = connection.execute(DAYS, {"code": code}).scalar_one()
    shows = connection.execute(SHOWS, {"code": code}).scalar_one()
    return int(days), int(shows)


def test_a_report_during_an_import_sees_one_state(uploads):
    """Both figures of a report belong to one workbook, however many are imported meanwhile."""
    code = uploads.show["liveId"]
    states: dict[tuple[int, int], str] = {}
    for case in CONTENTS:
        sheets = uploads.send(case).as_json()["sheets"]
        states[sheets["daily"]["amount"], sheets["shows"]["amount"]] = case
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with transaction(
                uploads.engine, actor=LOCAL, as_of=EDGE_AS_OF, read_only=True
            ) as connection:
                seen.append(figures(connection, code))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(ROUNDS):
            uploads.send(CONTENTS[number % len(CONTENTS)])
    finally:
        done.set()
        reader.join(60)
    assert len(states) > 1, "the workbooks do not differ in these figures"
    assert set(seen) <= set(states)
    assert len(set(seen)) > 1, "no import fell between the reports"


def test_a_category_that_changes_while_a_file_is_read_decides_how_it_is_read(uploads, monkeypatch):
    """The first reading went by a play's layout; a concert's figures would never read its rows."""
    module = importlib.import_module("boxoffice.ingest.upload")
    judged: list[Judged] = []

    def judge_slowly(*arguments: Any) -> Judged:
        judged.append(judge(*arguments))
        if len(judged) == 1:
            with transaction(uploads.engine, actor=SYSTEM) as connection:
                stored = find_performance(connection, uploads.show["liveId"], to_change=True)
                assert stored
                draft = PerformanceDraft.model_validate(
                    {**stored.values, "category": "concert"}, by_name=True
                )
                change_performance(connection, SYSTEM, stored, draft)
        return judged[-1]

    monkeypatch.setattr(module, "judge", judge_slowly)
    with pytest.raises(UploadRefusedError) as refused:
        uploads.send()
    assert refused.value.errors[0].code is Code.SHEET_MISSING
    assert len(judged) == 1
    assert uploads.standings() == {}


def test_plans_and_snapshots_change_at_once_without_a_deadlock(uploads):
    """Both lock the performance first, and its sums after it."""
    snapshot_id = uploads.send().snapshot_id
    locked, deleting = threading.Event(), threading.Event()

    def delete() -> None:
        locked.wait(60)
        with transaction(uploads.engine, actor=LOCAL) as connection:
            deleting.set()
            change_standing(connection, snapshot_id, Action.DELETE, LOCAL)

    with ThreadPoolExecutor(1) as pool:
        deleted = pool.submit(delete)
        with transaction(uploads.engine, actor=LOCAL) as connection:
            assert find_performance(connection, uploads.show["liveId"], to_change=True)
            locked.set()
            deleting.wait(60)
            wait_for_a_lock(connection)
            replace_targets(connection, uploads.performance_id, {EDGE_AS_OF: 1000})
        deleted.result(60)
    assert uploads.standings() == {snapshot_id: "deleted"}


def wait_for_a_lock(connection: Connection) -> None:
    """Until somebody waits for one of ours, or surely does not any more."""
    waiting = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
    end = time.monotonic() + 10
    while not connection.execute(waiting).scalar_one() and time.monotonic() < end:
        time.sleep(0.02)
