"""The server as a process: inherited sockets, an orderly end, a database that goes away."""

import os
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from boxoffice.db.engine import create_engine
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.ingest.store import lock_performance
from boxoffice.testing import EDGE_AS_OF, add_performance, edge_cases

pytestmark = pytest.mark.process


def test_shared_and_private_sockets_serve_the_same_application(
    serve: Any, fresh_database: str
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as shared,
        socket.create_server(("127.0.0.1", 0)) as private,
    ):
        site = serve(fresh_database, sockets={"http": shared, "probe": private})
        for listening in (shared, private):
            connection = HTTPConnection("127.0.0.1", listening.getsockname()[1], timeout=10)
            connection.request("GET", "/ready")
            assert connection.getresponse().status == 200
            connection.close()
        environ = Path(f"/proc/{site.process.pid}/environ").read_bytes()
        assert b"LISTEN_FDS=2" in environ


def test_two_instances_start_at_once_on_an_empty_database(serve: Any, fresh_database: str) -> None:
    sites: list[Any] = []
    threads = [
        threading.Thread(target=lambda: sites.append(serve(fresh_database))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [site.ask("/ready").status for site in sites] == [200, 200]


def test_supervisor_is_told_when_requests_are_answered(
    serve: Any, fresh_database: str, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        address = str(tmp_path / "notify")
        listener.bind(address)
        listener.settimeout(30)
        site = serve(fresh_database, NOTIFY_SOCKET=address)
        assert "READY=1" in listener.recv(4096).decode().splitlines()
        site.process.terminate()
        assert listener.recv(4096).decode() == "STOPPING=1"


def test_a_kept_connection_gets_one_more_answer_after_the_stop(
    serve: Any, fresh_database: str, poll: Any
) -> None:
    site = serve(fresh_database)
    kept = HTTPConnection("127.0.0.1", site.port, timeout=10)
    kept.request("GET", "/live")
    kept.getresponse().read()
    site.process.terminate()

    def refused() -> bool:
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", site.port)) != 0

    poll(refused, "no new connection is accepted")
    kept.request("GET", "/live")
    answer = kept.getresponse()
    assert answer.status == 200
    assert answer.getheader("connection") == "close"
    answer.read()
    kept.close()
    assert site.process.wait(10) == 0


def test_silent_connections_do_not_delay_the_end(serve: Any, fresh_database: str) -> None:
    site = serve(fresh_database)
    silent = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(3)]
    started = time.monotonic()
    site.process.terminate()
    assert site.process.wait(20) == 0
    assert time.monotonic() - started < 6
    for connection in silent:
        connection.close()


def test_health_answers_while_the_database_hangs_and_handlers_with_it(
    serve: Any, fresh_database: str, maintenance_url: str
) -> None:
    site = serve(fresh_database)
    name = fresh_database.partition("@/")[2].partition("?")[0]
    with psycopg.connect(maintenance_url, autocommit=True) as maintenance:
        with (
            psycopg.connect(maintenance_url.replace("@/postgres?", f"@/{name}?")) as locker,
            locker.transaction(),
        ):
            # Every handler that reads, and the probe, now wait for this lock.
            locker.execute("LOCK TABLE boxoffice.performance, boxoffice.alembic_version")
            waiting = [
                threading.Thread(target=lambda: site.ask("/live"), daemon=True) for _ in range(50)
            ]
            for thread in waiting:
                thread.start()
            started = time.monotonic()
            health = site.ask("/health")
            assert time.monotonic() - started < 5
            assert health.status == 200
            assert health.json["status"] == "degraded"
            assert health.json["database"] == {"status": "error", "error": "Timeout"}
            assert site.ask("/ready").status == 503
        for thread in waiting:
            thread.join(30)
        assert maintenance.execute("SELECT 1").fetchone()
    assert site.ask("/ready").status == 200


def test_a_schema_that_is_not_ours_is_not_ready(serve: Any, fresh_database: str) -> None:
    site = serve(fresh_database)
    with psycopg.connect(fresh_database) as connection:
        connection.execute("SELECT set_config('boxoffice.actor', 'system', true)")
        connection.execute("UPDATE boxoffice.alembic_version SET version_num = 'future'")
    answer = site.ask("/ready")
    assert answer.status == 503
    assert answer.json["database"]["status"] == "schema_outdated"


def test_lost_connections_are_made_anew(
    serve: Any, fresh_database: str, maintenance_url: str
) -> None:
    site = serve(fresh_database)
    assert site.ask("/live").status == 200
    name = fresh_database.partition("@/")[2].partition("?")[0]
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
    assert site.ask("/live").status == 200
    assert site.ask("/ready").status == 200


def run_serve(url: str, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(Path(sys.executable).with_name("boxoffice")), "serve", "--port", "0", *options],
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_without_a_database_it_waits_says_so_and_gives_up(tmp_path: Path) -> None:
    done = run_serve(f"postgresql://nobody@/x?host={tmp_path}", "--wait", "0.5")
    assert done.returncode == 3
    assert "cannot reach the database within 0.5 s" in done.stderr


def test_a_role_that_no_policy_binds_is_refused(
    serve: Any, fresh_database: str, maintenance_url: str
) -> None:
    serve(fresh_database)  # makes the role
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE boxoffice_app BYPASSRLS")
        try:
            done = run_serve(fresh_database)
        finally:
            connection.execute("ALTER ROLE boxoffice_app NOBYPASSRLS")
    assert done.returncode == 2
    assert "cannot serve" in done.stderr


def test_an_address_that_others_reach_is_refused(fresh_database: str) -> None:
    done = run_serve(fresh_database, "--host", "0.0.0.0")  # noqa: S104 - to see it refused
    assert done.returncode == 2
    assert "there are no accounts yet" in done.stderr


def test_a_stop_lets_a_running_import_end(serve: Any, module_database: str, poll: Any) -> None:
    """The import waits for its performance, which the test holds until the stop has begun."""
    case = next(case for case in edge_cases() if case.name == "good")
    engine = create_engine(module_database)
    performance_id = add_performance(engine, case.show)
    site = serve(module_database)
    answers: list[Any] = []

    def send() -> None:
        path = f"/upload?asOf={EDGE_AS_OF}"
        answers.append(site.upload(case.file.name, case.file.content, path))

    sending = threading.Thread(target=send)
    with transaction(engine, actor=SYSTEM) as connection:
        lock_performance(connection, performance_id)
        sending.start()
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        poll(lambda: connection.execute(waiting).scalar_one() > 0, "the import waits")
        site.process.terminate()

        def refused() -> bool:
            with socket.socket() as attempt:
                return attempt.connect_ex(("127.0.0.1", site.port)) != 0

        poll(refused, "the stop has begun")
    sending.join(30)
    assert [answer.status for answer in answers] == [201]
    assert site.process.wait(30) == 0
    engine.dispose()
