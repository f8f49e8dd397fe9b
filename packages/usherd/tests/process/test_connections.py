"""Connections of running instances, against a real PostgreSQL: counted, and told when too many."""

import json
import os
import sys
import time
from typing import Any

import pytest

pytestmark = pytest.mark.process

WATCHED = float(os.environ.get("USHER_TEST_SINGLE_POOL_SECONDS", "12"))
"""Seconds for which a single pool must not be reported; the acceptance statement says 300."""

APP = """
import os, sys, time
import psycopg

# Two pools of two, of which the first is orphaned after one connection: what a raced double
# initialisation leaves behind.
url, most = os.environ["DATABASE_URL"], int(os.environ["POOL_MAX"])
orphaned = [psycopg.connect(url)] if os.environ.get("DOUBLE_INIT") == "race" else []
pool = []
for number in range(most):
    try:
        pool.append(psycopg.connect(url))
        print("connected", number, flush=True)
    except psycopg.OperationalError as error:
        print(error, file=sys.stderr, flush=True)
while True:
    for connection in pool:
        connection.execute("SELECT 1")
        connection.commit()
    time.sleep(0.2)
"""

FILE = """
[apps.api]
command = ["{python}", "{script}"]
instances = {instances}
env = {{ DATABASE_URL = "{url}", POOL_MAX = "{most}", DOUBLE_INIT = "{double}" }}
"""

SEQUENTIAL = """
import sys, time
# Says what TypeORM says when a data source is initialised twice, and ends as its main does.
print('''CannotConnectAlreadyConnectedError: postgresql://app:w0rt-of-honour@127.0.0.1:1/shop
is connected already.
    at DataSource.initialize (/app/node_modules/typeorm/data-source/DataSource.js:143:19)
    at main (/app/dist/main.js:283:24)
    at Object.<anonymous> (/app/dist/main.js:151:5)''', file=sys.stderr, flush=True)
time.sleep(0.3)
sys.exit(1)
"""


@pytest.fixture
def app(usher: Any, postgresql: Any) -> Any:
    def write(most: int = 2, instances: int = 1, double: str = "") -> None:
        script = usher.script("app.py", APP)
        usher.config(
            FILE.format(
                python=sys.executable,
                script=script,
                instances=instances,
                url=postgresql.url,
                most=most,
                double=double,
            )
        )

    return write


def instances(usher: Any) -> list[dict[str, Any]]:
    return json.loads(usher("describe", "api", "--json").stdout)["instances"]


def codes(usher: Any) -> set[str]:
    return {each["code"] for one in instances(usher) for each in one["findings"]}


def counts(usher: Any) -> list[int | None]:
    return sorted(each["connections"] or 0 for each in instances(usher))


def test_a0_02_a_second_pool_is_reported_though_nothing_is_logged(
    usher: Any, app: Any, until: Any
) -> None:
    app(double="race")
    usher("start")
    until(lambda: "orm.second_pool" in codes(usher), 30)
    ((finding,),) = [each["findings"] for each in instances(usher)]
    assert "3 sockets > pool max 2" in finding["message"]
    assert "correct-horse" not in finding["message"]
    shown = usher("describe", "api").stdout
    assert "connections 3 of 2" in shown
    assert "orm.second_pool" in shown
    assert any(each["event"] == "finding" for each in usher.events("api"))
    # What is known to initialise twice counts twice from then on.
    (budget,) = json.loads(usher("budget", "--json").stdout)["budgets"]
    assert (budget["need"], budget["apps"][0]["doubled"]) == (4, True)


def test_a0_02_a_single_pool_is_never_reported(usher: Any, app: Any, until: Any) -> None:
    app()
    usher("start")
    until(lambda: counts(usher) == [2], 30)
    deadline = time.monotonic() + WATCHED
    while time.monotonic() < deadline:
        assert not codes(usher)
        assert counts(usher) == [2]
        time.sleep(1)


def test_a0_05_starvation_shows_counts_per_instance_and_its_signature(
    usher: Any, app: Any, until: Any, postgresql: Any
) -> None:
    app(most=5, instances=2)
    usher("start", "--force", "budget.over", "--reason", "to see it happen")
    # Who comes first gets all five; started at the same time, they share the seven in some way.
    until(lambda: sum(count or 0 for count in counts(usher)) == 7, 30)
    assert all(2 <= (count or 0) <= 5 for count in counts(usher))
    until(lambda: "db.too_many_connections" in codes(usher))
    assert postgresql.sessions() == 7
    said = [each["message"] for one in instances(usher) for each in one["findings"]]
    assert any("connection slots are reserved" in each for each in said)


def test_a0_01_double_initialisation_is_restarted_once_at_most(usher: Any, until: Any) -> None:
    script = usher.script("app.py", SEQUENTIAL)
    usher.config(
        f'[apps.api]\ncommand = ["{sys.executable}", "{script}"]\n'
        'env = { DATABASE_URL = "postgresql://app:w0rt-of-honour@127.0.0.1:1/shop" }\n'
        "pool = { max = 2 }\n"
        'ready = { alive_for = "0.1s" }\n'
    )
    usher("start", "--no-wait", code=None)
    until(lambda: usher.services()["api"]["status"] == "held", 30)
    (instance,) = instances(usher)
    assert instance["restarts"] <= 1
    (finding,) = instance["findings"]
    assert finding["code"] == "orm.double_initialize"
    for part in (
        "CannotConnectAlreadyConnectedError",
        "/app/dist/main.js:283 and /app/dist/main.js:151",
        "a restart does not help",
    ):
        assert part in finding["message"]
    assert "blocked: orm.double_initialize" in instance["detail"]
    assert "a restart does not help" in instance["detail"]
    # A password in the line is in the app's own log, and in nothing that usher shows or writes.
    assert "w0rt-of-honour" not in json.dumps(instance)
    kept = [path for path in (usher.home / "state").rglob("*") if path.is_file()]
    others = [path for path in kept if "env" not in path.relative_to(usher.home / "state").parts]
    assert others
    assert not [path for path in others if b"w0rt-of-honour" in path.read_bytes()]


def test_a0_11_fewer_workers_never_exceed_the_budget(
    usher: Any, app: Any, until: Any, postgresql: Any
) -> None:
    """Two pools of two and a budget of four: no way to one instance, and no reload, takes more."""
    server = "pool = { max = 2, server = { max_connections = 7, reserved = 3 } }\n"

    def define(number: int) -> None:
        app(instances=number)
        file = usher.folder / "usher.toml"
        file.write_text(file.read_text() + server)

    def settles(number: int) -> set[int]:
        seen = set[int]()

        def settled() -> bool:
            seen.add(postgresql.sessions())
            service = usher.services()["api"]
            wanted = service["instances_wanted"] == service["ready"] == number
            calm = wanted and len(service["instances"]) == number
            return calm and postgresql.sessions() == 2 * number

        until(settled, 40)
        return seen

    define(2)
    usher("start")
    settles(2)
    usher("reload", "api", "--no-wait")
    assert max(settles(2)) <= 4
    assert any(each["event"] == "in-place" for each in usher.events("api"))
    define(1)
    usher("start", "--no-wait")
    assert max(settles(1)) <= 4
    usher("scale", "api", "2")
    usher("scale", "api", "1", "--no-wait")
    assert max(settles(1)) <= 4
