"""A real database goes away under healthy apps: told, nothing restarted, well again with it."""

import json
import time
from typing import Any

import pytest
from tests.sample_app.sample import SHORT, Sample
from tests.usher_home import until

pytestmark = pytest.mark.process


def events(usher: Any, service: str, word: str) -> list[str]:
    return [each["detail"] for each in usher.events(service) if each["event"] == word]


def test_a2_06_e7_a_database_that_is_away_restarts_nothing(usher: Any, postgresql: Any) -> None:
    """One app whose database is asked by us, and one that says itself whether it is there."""
    env = {"DATABASE_URL": postgresql.url, "POOL_MAX": "1"}
    asked, honest = Sample("asked", env=env), Sample("honest", env=env)
    alive = f'probes.alive = {{ http = "{{url}}/health", {SHORT} }}'
    # The driver is loaded by a process apart, which takes a while on a busy machine.
    times = 'interval = "500ms", confirm_interval = "300ms", timeout = "10s"'
    usher.config(
        asked.table(alive, f'probes.db = {{ postgres = true, dsn_env = "DATABASE_URL", {times} }}')
        + honest.table(
            alive, f'probes.db = {{ http = "{{url}}/ready", scope = "dependency", {times} }}'
        )
    )
    usher("start")
    until(lambda: "postgres answers" in usher("describe", "asked").stdout, 60)
    until(lambda: "db" in usher("describe", "honest").stdout, 30)
    pids = usher.pids()
    postgresql.stop()
    try:
        for name in ("asked", "honest"):
            until(lambda name=name: events(usher, name, "degraded"), 60)
            assert usher.services()[name]["ready"] == 1, "it answers what needs no database"
        time.sleep(3)
    finally:
        postgresql.start()
    for name in ("asked", "honest"):
        until(lambda name=name: events(usher, name, "restored"), 60)
    assert usher.pids() == pids
    (told,) = events(usher, "asked", "degraded")
    assert "refused" in told
    assert str(postgresql.port) in told
    assert "503" in events(usher, "honest", "degraded")[0]
    kinds = {each["kind"] for each in json.loads(usher("incidents", "--json").stdout)["incidents"]}
    assert kinds == {"dependency"}
