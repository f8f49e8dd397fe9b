"""Every damaged file of the golden set, sent over HTTP to a server as it runs (acceptance 2).

Each case has a performance of its own with one good snapshot before it. Rejected: snapshots, rows
and stored files are as before. Accepted: the new snapshot holds what the set says. All of it is
judged as of 2025-06-18.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Protocol
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, func, select, text

from boxoffice.db.engine import create_engine
from boxoffice.db.tables import (
    concert_daily_sale,
    concert_show_sale,
    play_daily_sale,
    play_show_sale,
    snapshot,
    stored_file,
    upload_audit,
)
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.testing import EDGE_AS_OF, EdgeCase, add_performance, edge_cases
from boxoffice.workbook.delivery import READING_PROGRAM, Order, order_as_text

SALES = (play_daily_sale, play_show_sale, concert_daily_sale, concert_show_sale)


class Answer(Protocol):
    """An answer of the server."""

    status: int
    json: Any


class Site(Protocol):
    """What the fixture `serve` gives."""

    def upload(self, name: str, content: bytes, path: str, **fields: str) -> Answer: ...

    def ask(self, path: str, method: str, body: bytes, headers: Mapping[str, str]) -> Answer: ...


@pytest.fixture(scope="module")
def engine(module_database: str) -> Iterator[Engine]:
    engine = create_engine(module_database)
    yield engine
    engine.dispose()


def send(site: Site, name: str, content: bytes | None, title: str | None) -> Answer:
    path = f"/upload?asOf={EDGE_AS_OF}&lang=ko"
    fields = {} if title is None else {"liveName": title}
    if content is not None:
        return site.upload(name, content, path, **fields)
    form = "&".join(f"{key}={quote(value)}" for key, value in fields.items()).encode()
    return site.ask(path, "POST", form, {"Content-Type": "application/x-www-form-urlencoded"})


def open_transactions(engine: Engine) -> int:
    """Connections of the server that wait inside a transaction (the one that asks is active)."""
    query = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'
    """
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


def state(engine: Engine, performance_id: int) -> dict[str, Any]:
    """Everything an upload could have changed, but for the audit."""
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        snapshots = select(snapshot.c.id, snapshot.c.record_date, snapshot.c.status).where(
            snapshot.c.performance_id == performance_id
        )
        found = connection.execute(snapshots.order_by(snapshot.c.id)).all()
        ids = [row.id for row in found]
        counts = {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(table.c.snapshot_id.in_(ids))
            ).scalar_one()
            for table in SALES
        }
        files = connection.execute(select(func.count()).select_from(stored_file)).scalar_one()
        return {"snapshots": [tuple(row) for row in found], "rows": counts, "files": files}


def sums(engine: Engine, case: EdgeCase, snapshot_id: int) -> dict[str, dict[str, int]]:
    """Sums of what is stored, in the words of the golden set."""
    is_concert = case.show["category"] == "콘서트"
    daily, shows = SALES[2:] if is_concert else SALES[:2]
    seats = daily.c.paid_seats if is_concert else daily.c.seats
    day_columns = {"rows": func.count(), "amount": func.sum(daily.c.amount)}
    day_columns["seats"] = func.sum(seats)
    show_columns = {"rows": func.count(), "paid": func.sum(shows.c.paid_seats)}
    show_columns["invited"] = func.sum(shows.c.invited_seats)
    if not is_concert:
        show_columns["amount"] = func.sum(shows.c.paid_amount)
    found: dict[str, dict[str, int]] = {}
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        for name, table, columns in (("daily", daily, day_columns), ("shows", shows, show_columns)):
            statement = select(*columns.values()).where(table.c.snapshot_id == snapshot_id)
            row = connection.execute(statement).one()
            found[name] = {key: int(value) for key, value in zip(columns, row, strict=True)}
    return found


@pytest.mark.parametrize("case", edge_cases(), ids=lambda case: case.name)
def test_reaction(case: EdgeCase, engine: Engine, module_site: Site):
    performance_id = add_performance(engine, case.show)
    base = send(module_site, case.base.name, case.base.content, case.show["liveName"])
    assert (base.status, base.json["warnings"]) == (201, [])
    before = state(engine, performance_id)

    started = time.monotonic()
    content = None if case.name == "form_no_file" else case.file.content
    answer = send(module_site, case.file.name, content, case.live_name)
    assert time.monotonic() - started < 20
    assert answer.status == case.http
    assert open_transactions(engine) == 0
    if not case.accepted:
        assert case.codes <= {detail["code"] for detail in answer.json["details"]}
        assert answer.json["code"] == answer.json["details"][0]["code"]
        assert state(engine, performance_id) == before
        return

    report = answer.json
    warnings, notes = ({each["code"] for each in report[kind]} for kind in ("warnings", "notes"))
    assert warnings <= case.codes <= warnings | notes
    expected = {key: case.expect[key] for key in ("daily", "shows")}
    assert sums(engine, case, report["snapshotId"]) == expected == report["sheets"]
    assert report["recordDate"] == case.expect["record_date"]
    _check_snapshots(case, before["snapshots"], state(engine, performance_id)["snapshots"])


def _check_snapshots(case: EdgeCase, before: list[Any], after: list[Any]) -> None:
    """The new one is active; the former one is superseded when it was of the same day."""
    (former_id, former_date, _), (_, new_date, status) = after
    assert status == "active"
    assert before == [(former_id, former_date, "active")]
    assert after[0][2] == ("superseded" if new_date == former_date else "active")
    assert (case.name == "same_date_again") == (new_date == former_date)


def test_every_upload_is_in_the_audit(engine: Engine):
    """Runs after the cases of this module: two uploads each."""
    with transaction(engine, actor=SYSTEM, read_only=True) as connection:
        statement = select(upload_audit.c.outcome, func.count()).group_by(upload_audit.c.outcome)
        outcomes = dict(connection.execute(statement).all())
    refused = sum(not case.accepted for case in edge_cases())
    assert outcomes == {"created": 2 * len(edge_cases()) - refused, "refused": refused}


HEAVY = [case for case in edge_cases() if case.name in {"zip_bomb", "huge_dimension", "biff_xls"}]


MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
sys.stderr.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""
"""Runs a program and tells its peak in KiB.

A process between us and it: the kernel counts for a new program what its parent held at that time.
"""


@pytest.mark.parametrize("case", HEAVY, ids=lambda case: case.name)
def test_the_reader_stays_under_300_megabytes(case: EdgeCase):
    assert case.file.content is not None
    order = Order(case.file.name.rpartition(".")[2].lower(), False, date(2025, 6, 17), 500)
    reader = [sys.executable, "-I", "-m", READING_PROGRAM, order_as_text(order)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *reader],
        input=case.file.content,
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert done.stdout
    assert int(done.stderr) * 1024 < 300_000_000
