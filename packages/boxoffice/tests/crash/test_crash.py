"""Nothing is lost at a crash: importers and the database are killed in the middle (acceptance 4).

The moments are random but seeded, spread over the time an import takes on this machine. After
each: at most one active snapshot per day, exactly one of the day that had one, every snapshot
whole, figures of one snapshot and not of two, no stored bytes without a snapshot.
"""

import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import Engine, text

from boxoffice.db.engine import create_engine
from boxoffice.db.schema import upgrade
from boxoffice.db.transactions import LOCAL, SYSTEM, transaction
from boxoffice.ingest import UploadRequest, upload
from boxoffice.testing import EDGE_AS_OF, add_performance, edge_cases

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

PROCESS_KILLS, DATABASE_KILLS = 30, 10
DEADLINE = 120.0
GOOD = next(case for case in edge_cases() if case.name == "good")
SHOW = {**GOOD.show, "liveId": "CRASH1", "liveName": "끊긴 공연"}
DAY = "20250617"


class Database(Protocol):
    """What the fixture `killable_database` gives."""

    def start(self) -> str: ...

    def kill(self) -> None: ...


class Importers:
    """Starts and kills processes that import without end."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self, url: str, seed: int) -> int:
        """The pid of a new importer."""
        assert self._process.stdin
        self._process.stdin.write(f"{url} {seed}\n")
        self._process.stdin.flush()
        return int(self._line())

    def end(self, pid: int) -> int:
        """Kill it, if it still lives; its exit status, negative for a signal."""
        subprocess.run(["kill", "-KILL", str(pid)], check=False, stderr=subprocess.DEVNULL)
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@pytest.fixture
def importers() -> Iterator[Importers]:
    script = Path(__file__).with_name("importing_process.py")
    command = [sys.executable, str(script), SHOW["liveId"], SHOW["liveName"]]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what an importer says when its database dies
        text=True,
    )
    yield Importers(process)
    process.communicate()


@contextmanager
def connected(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def prepare(engine: Engine) -> float:
    """One performance with one good day; how long an import takes here, in seconds."""
    add_performance(engine, SHOW)
    request = UploadRequest(f"{DAY}_{SHOW['liveId']}_{SHOW['liveName']}.xlsx", GOOD.file.content)
    started = time.monotonic()
    upload(engine, request, as_of=EDGE_AS_OF, actor=LOCAL)
    return time.monotonic() - started


BROKEN = {
    "a day with two active snapshots": """
        SELECT record_date FROM snapshot WHERE status = 'active'
        GROUP BY performance_id, record_date HAVING count(*) > 1""",
    "the good day without one": f"""
        SELECT 1 WHERE NOT EXISTS (
            SELECT FROM snapshot WHERE status = 'active' AND record_date = '{DAY}')""",
    "a snapshot whose days are not those of its report": """
        SELECT id, report->'sheets'->'daily' FROM snapshot
        WHERE (SELECT (count(*), sum(amount), sum(seats)) FROM play_daily_sale
               WHERE snapshot_id = snapshot.id)
          IS DISTINCT FROM ((report#>>'{sheets,daily,rows}')::bigint,
                            (report#>>'{sheets,daily,amount}')::numeric,
                            (report#>>'{sheets,daily,seats}')::numeric)""",
    "a snapshot whose shows are not those of its report": """
        SELECT id, report->'sheets'->'shows' FROM snapshot
        WHERE (SELECT (count(*), sum(paid_amount), sum(paid_seats)) FROM play_show_sale
               WHERE snapshot_id = snapshot.id)
          IS DISTINCT FROM ((report#>>'{sheets,shows,rows}')::bigint,
                            (report#>>'{sheets,shows,amount}')::numeric,
                            (report#>>'{sheets,shows,paid}')::numeric)""",
    "figures that are not those of the newest snapshot": """
        SELECT total_amount FROM play_target_attainment
        WHERE total_amount <> (
            SELECT (report#>>'{sheets,daily,amount}')::numeric FROM snapshot
            WHERE status = 'active' ORDER BY record_date DESC LIMIT 1)""",
    "shows that are not those of the newest snapshot": """
        SELECT sum(paid_amount) FROM play_all_shows
        HAVING sum(paid_amount) <> (
            SELECT (report#>>'{sheets,shows,amount}')::numeric FROM snapshot
            WHERE status = 'active' ORDER BY record_date DESC LIMIT 1)""",
    "stored bytes without a snapshot": """
        SELECT sha256 FROM stored_file
        WHERE NOT EXISTS (SELECT FROM snapshot WHERE snapshot.sha256 = stored_file.sha256)""",
    "a snapshot that nobody was told of": """
        SELECT id FROM snapshot WHERE NOT EXISTS (
            SELECT FROM upload_audit AS told
            WHERE told.snapshot_id = snapshot.id AND told.outcome = 'created')""",
    "a preview that is committed and still has its bytes": """
        SELECT id FROM upload_preview WHERE (snapshot_id IS NULL) <> (content IS NOT NULL)""",
}


def check(engine: Engine) -> int:
    """Everything that must hold; how many snapshots there are."""
    others = text("""
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND backend_type = 'client backend'""")
    end = time.monotonic() + DEADLINE
    with transaction(engine, actor=SYSTEM, as_of=EDGE_AS_OF) as connection:
        # What the victim had sent already is still done; a commit may be among it.
        while connection.execute(others).scalar_one() > 0:
            assert time.monotonic() < end, "the victim's connections do not end"
            time.sleep(0.01)
            connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        found: dict[str, Any] = {}
        for what, query in BROKEN.items():
            rows = connection.exec_driver_sql(query.replace("%", "%%")).all()
            if rows:
                found[what] = rows
        assert not found, list(found.items())
        return connection.execute(text("SELECT count(*) FROM snapshot")).scalar_one()


def test_importers_killed_anywhere(database_url: str, importers: Importers):
    with connected(database_url) as engine:
        length = prepare(engine)
    chance = random.Random(20250617)  # noqa: S311 - repeatable on purpose
    statuses: list[int] = []
    snapshots = 1
    for seed in range(PROCESS_KILLS):
        pid = importers.start(database_url, seed)
        time.sleep(chance.uniform(0, 2 * length))
        statuses.append(importers.end(pid))
        with connected(database_url) as engine:
            snapshots = check(engine)
    assert statuses == [-signal.SIGKILL] * PROCESS_KILLS
    assert snapshots > PROCESS_KILLS / 4, "the importers were killed before they imported anything"


def test_the_database_killed_anywhere(killable_database: Database, importers: Importers):
    url = killable_database.start()
    with connected(url) as engine:
        upgrade(engine)
        length = prepare(engine)
    chance = random.Random(20250618)  # noqa: S311 - repeatable on purpose
    snapshots = 1
    for seed in range(DATABASE_KILLS):
        pid = importers.start(url, seed)
        time.sleep(chance.uniform(0, 5 * length))
        killable_database.kill()
        importers.end(pid)
        url = killable_database.start()
        with connected(url) as engine:
            snapshots = max(snapshots, check(engine))
    assert snapshots > 1, "the database was killed before anything was imported"


DAMAGE = {
    "a day with two active snapshots": (
        "DROP INDEX snapshot_active_key",
        (
            "INSERT INTO snapshot (performance_id, record_date, original_name, sha256, uploaded_by)"
            " SELECT performance_id, record_date, original_name, sha256, uploaded_by FROM snapshot"
        ),
    ),
    "the good day without one": ("UPDATE snapshot SET status = 'superseded'",),
    "a snapshot whose days are not those of its report": (
        "DELETE FROM play_daily_sale WHERE source_row = 5",
    ),
    "a snapshot whose shows are not those of its report": (
        "DELETE FROM play_show_sale WHERE source_row = 5",
    ),
    "figures that are not those of the newest snapshot": (
        "UPDATE performance_summary SET amount = amount + 1",
    ),
    "shows that are not those of the newest snapshot": (
        "UPDATE play_show_sale SET paid_amount = paid_amount + 1",
    ),
    "stored bytes without a snapshot": ("DELETE FROM snapshot",),
    "a snapshot that nobody was told of": ("DELETE FROM upload_audit",),
    "a preview that is committed and still has its bytes": (
        (
            "INSERT INTO upload_preview (performance_id, record_date, original_name, sha256,"
            " size_bytes, content, reading, report, snapshot_id, created_by, created_at,"
            " expires_at)"
            " SELECT performance_id, record_date, '', '', 1, 'x', '', '{}', id, '', now(), now()"
            " FROM snapshot"
        ),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_the_checks_would_notice(database_url: str, what: str):
    """Each thing that must never be is made, and found."""
    with connected(database_url) as engine:
        prepare(engine)
        assert check(engine) == 1
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL search_path = boxoffice"))
            connection.execute(text("SET LOCAL boxoffice.actor = 'system'"))
            for statement in DAMAGE[what]:
                connection.exec_driver_sql(statement)
        with pytest.raises(AssertionError, match=re.escape(what)):
            check(engine)
