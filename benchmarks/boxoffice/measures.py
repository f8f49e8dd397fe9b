"""What is measured on one generated database."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from benchmarks.boxoffice.clients import (
    CLIENTS,
    Latency,
    Service,
    Transfer,
    ask_together,
    download,
    exchange,
    form_with_file,
)
from benchmarks.boxoffice.database import ALL
from benchmarks.boxoffice.season import AS_OF
from benchmarks.boxoffice.workbooks import snapshot_workbook
from benchmarks.rig.command import BenchmarkError
from benchmarks.rig.procfs import MIB, activity, memory

from boxoffice.metrics.catalogue import METRICS, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.boxoffice.database import Database, Server

PAGE = 100
"""Rows of a request."""
RAW_ROWS = 13_500
"""Bookings in the sheet beside the figures: a workbook of 1 MB."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One metric, asked by ten clients at once."""

    metric: str
    who: str
    latency: Latency
    server_ms: float
    """Processor time of our processes for one request."""
    database_ms: float
    """The same of PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Previews and commits of workbooks, one after the other."""

    file_bytes: int
    previewed: Latency
    committed: Latency
    commit_cpu_ms: tuple[float, float]
    """Processor time of our process and of PostgreSQL for one commit."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One metric as a whole file."""

    metric: str
    form: str
    transfer: Transfer


def ask_metrics(
    server: Server, database: Database, who: str, requests: int, metrics: Sequence[Metric] = METRICS
) -> Iterator[Asked]:
    """Every metric: totals whole, everything else its first rows."""
    service = server.service(database.people[who])
    for metric in metrics:
        path = f"/api/v1/metrics/{metric.slug}?asOf={AS_OF}&limit={PAGE}"
        ask_together(service, path, 3 * CLIENTS)  # every connection has prepared the statement
        before = _cpu_ms(server, database)
        latency = ask_together(service, path, requests)
        after = _cpu_ms(server, database)
        spent = [(late - early) / requests for early, late in zip(before, after, strict=True)]
        yield Asked(metric.slug, who, latency, spent[0], spent[1])


def import_workbooks(server: Server, database: Database, files: int) -> Imported:
    """Tomorrow's workbooks of performances that are on, each of some 1 MB: preview, then commit."""
    service = server.service(database.people[ALL])
    sizes: list[int] = []
    previewed: list[float] = []
    committed: list[float] = []
    commit_cpu: list[tuple[float, float]] = []
    for name, content in list(tomorrows_workbooks(database, files, RAW_ROWS)):
        sizes.append(len(content))
        headers, body = form_with_file(name, content)
        seconds, answer = _post(service, f"/api/v1/previews?asOf={AS_OF}", headers, body)
        previewed.append(seconds)
        path = f"/api/v1/previews/{answer['previewId']}/commit?asOf={AS_OF}"
        before = _cpu_ms(server, database)
        seconds, _ = _post(service, path, {}, b"")
        committed.append(seconds)
        after = _cpu_ms(server, database)
        commit_cpu.append((after[0] - before[0], after[1] - before[1]))
    middle = [statistics.median(each) for each in zip(*commit_cpu, strict=True)]
    return Imported(
        max(sizes), Latency.of(previewed), Latency.of(committed), (middle[0], middle[1])
    )


def tomorrows_workbooks(
    database: Database, files: int, raw_rows: int
) -> Iterator[tuple[str, bytes]]:
    """Names and contents: the newest snapshots of plays that are on, dated a day later."""
    with psycopg.connect(database.superuser) as connection:
        newest = connection.execute(
            "SELECT performance.code, max(snapshot.record_date), max(snapshot.id)"
            " FROM boxoffice.performance JOIN boxoffice.snapshot"
            " ON snapshot.performance_id = performance.id AND snapshot.status = 'active'"
            " WHERE performance.is_active AND performance.category <> 'concert'"
            " GROUP BY performance.code ORDER BY performance.code LIMIT %s",
            (files,),
        ).fetchall()
        # Where there are few performances, they get reports of earlier and earlier days.
        for number in range(files):
            code, record_date, snapshot_id = newest[number % len(newest)]
            day = min(record_date, AS_OF) + timedelta(days=1 - number // len(newest))
            content = snapshot_workbook(
                connection, snapshot_id, concert=False, raw_rows=raw_rows + number
            )
            yield f"{day:%Y%m%d}_{code}_benchmark.xlsx", content


def export_metrics(server: Server, database: Database) -> Iterator[Exported]:
    """The largest metrics whole, in each form."""
    service = server.service(database.people[ALL])
    for slug in ("play_all_shows", "upload_calendar", "play_revenue_by_cast"):
        for form in ("json", "csv", "xlsx"):
            path = f"/api/v1/metrics/{slug}?asOf={AS_OF}&format={form}"
            yield Exported(slug, form, download(service, path))


def peak_memory(server: Server) -> float:
    """The most MiB that one of our processes was resident with so far (proc(5), VmHWM)."""
    texts = (Path(f"/proc/{pid}/status").read_text() for pid in server.pids)
    return max(int(text.partition("\nVmHWM:")[2].split()[0]) for text in texts) / MIB


def whole_memory(server: Server, database: Database) -> tuple[float, float]:
    """PSS in MiB of our processes with their children, and of PostgreSQL."""
    ours = [each for pid in server.pids for each in (pid, *_children(pid))]
    postmaster = _postmaster(database)
    return memory(ours).pss, memory([postmaster, *_children(postmaster)]).pss


def _post(service: Service, path: str, headers: Any, body: bytes) -> tuple[float, dict[str, Any]]:
    connection = service.connect()
    try:
        begin = time.perf_counter()
        status, answer = exchange(connection, "POST", path, {**service.headers, **headers}, body)
        seconds = time.perf_counter() - begin
    finally:
        connection.close()
    if status not in (200, 201):
        raise BenchmarkError(f"{path} answered {status} {answer[:500].decode(errors='replace')}")
    return seconds, json.loads(answer)


def _cpu_ms(server: Server, database: Database) -> tuple[float, float]:
    """Milliseconds of processor time so far: of ours, and of PostgreSQL on our behalf."""
    ours = activity(server.pids).cpu
    return ours * 1000, activity(_backends(database)).cpu * 1000


def _backends(database: Database) -> list[int]:
    with psycopg.connect(database.superuser) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return [pid for (pid,) in rows]


def _postmaster(database: Database) -> int:
    with psycopg.connect(database.superuser) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row
        return _parent(row[0])


def _parent(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and _parent(int(entry.name)) == pid:
                found += [int(entry.name), *_children(int(entry.name))]
        except OSError:
            continue  # it ended while we looked
    return found
