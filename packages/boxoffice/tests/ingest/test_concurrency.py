"""Imports at the same time, and reports in between (acceptance 5)."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, text

from boxoffice.db.transactions import LOCAL, transaction
from boxoffice.testing import EDGE_AS_OF

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
