"""A real database goes away under healthy apps: told, nothing restarted, well again with it."""

import json
import time
from typing import Any

import pytest
from tests.sample_app.sample import SHORT, Sample
from tests.usher_home import until

pytestmark = pytest.mark.process

PATIENT = 'interval = "500ms", confirm_interval = "300ms", timeout = "10s"'
"""Times of a probe whose driver is loaded by a process apart: a while on a busy machine."""


def events(usher: Any, service: str, word: str) -> list[str]:
    return [each["detail"] for each in usher.events(service) if each["event"] == word]


def test_a2_06_e7_a_database_that_is_away_restarts_nothing(usher: Any, postgresql: Any) -> None:
    """One app whose database is asked by us, and one that says itself whether it is there."""
    env = {"DATABASE_URL": postgresql.url, "POOL_MAX": "1"}
    asked, honest = Sample("asked", env=env), Sample("honest", env=env)
    alive = f'probes.alive = {{ http = "{{url}}/health", {SHORT} }}'
    usher.config(
        asked.table(
            alive, f'probes.db = {{ postgres = true, dsn_env = "DATABASE_URL", {PATIENT} }}'
        )
        + honest.table(
            alive, f'probes.db = {{ http = "{{url}}/ready", scope = "dependency", {PATIENT} }}'
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


def test_e13_a_health_endpoint_that_covers_no_database_is_exposed(
    usher: Any, postgresql: Any
) -> None:
    """/health says 200 while the API answers 500: what it does not see is named, and nothing is
    ready, nor restarted for it."""
    api = Sample(env={"DATABASE_URL": postgresql.url, "POOL_MAX": "1"})
    usher.config(
        api.table(
            'sample = "1s"',  # what is measured is judged then
            f'probes.alive = {{ http = "{{url}}/health", {SHORT} }}',
            f'probes.api = {{ http = "{{url}}/db", {PATIENT} }}',
            f'probes.database = {{ postgres = true, dsn_env = "DATABASE_URL", {PATIENT} }}',
        )
    )
    usher("start")
    until(lambda: "postgres answers" in usher("describe", "api").stdout, 60)
    until(lambda: passed(usher) == {"alive", "api", "database"}, 60)
    pids = usher.pids()
    postgresql.stop()
    try:
        until(lambda: events(usher, "api", "finding"), 60)
        until(lambda: usher.services()["api"]["ready"] == 0, 60)
        assert usher.services()["api"]["status"] == "degraded"
        assert "alive" in passed(usher)
        (said,) = events(usher, "api", "finding")
        assert "the health endpoint does not cover database: alive says status 200" in said
        until(lambda: events(usher, "api", "withheld"), 60)
        assert "database" in events(usher, "api", "withheld")[0], "a restart would not help"
    finally:
        postgresql.start()
    until(lambda: usher.services()["api"]["status"] == "active", 60)
    assert usher.pids() == pids


def passed(usher: Any) -> set[str]:
    """The probes whose last answer was good."""
    (instance,) = usher.services()["api"]["instances"]
    return {each["name"] for each in instance["probes"] if each["ok"]}
