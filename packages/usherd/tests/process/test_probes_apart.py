"""Probes that need a driver: asked in a process apart, of a real PostgreSQL."""

from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process


def test_e7_a_database_that_fails_degrades_the_app_and_restarts_nothing(
    usher: Any, postgresql: Any
) -> None:
    usher.config(
        '[apps.api]\ncommand = ["sleep", "1000"]\n'
        f'env.DATABASE_URL = "{postgresql.url}"\n'
        "[apps.api.probes.db]\npostgres = true\ndsn_env = 'DATABASE_URL'\n"
        "interval = '300ms'\nconfirm_interval = '200ms'\ntimeout = '10s'\n"
    )
    usher("start")
    pids = usher.pids()

    def told(event: str) -> list[str]:
        return [each["detail"] for each in usher.events("api") if each["event"] == event]

    until(lambda: "postgres answers" in usher("describe", "api").stdout, 30)
    postgresql.sql("ALTER ROLE app PASSWORD 'another'")
    try:
        (degraded,) = until(lambda: told("degraded"), 60)
    finally:
        postgresql.sql("ALTER ROLE app PASSWORD 'correct-horse'")
    assert "db: " in degraded
    assert "password authentication failed" in degraded
    assert "correct-horse" not in degraded
    until(lambda: told("restored"), 60)
    assert usher.pids() == pids
