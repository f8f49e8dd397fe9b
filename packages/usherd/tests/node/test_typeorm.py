"""A real app with TypeORM on a real PostgreSQL, initialised once, twice in turn, and in a race."""

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.process, pytest.mark.debian]

WATCHED = float(os.environ.get("USHER_TEST_SINGLE_POOL_SECONDS", "12"))
"""Seconds for which a single pool must not be reported; the acceptance statement says 300."""

APP = """\
const { DataSource } = require('typeorm');
const source = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  extra: { max: Number(process.env.DB_POOL_MAX) },
});
const mode = process.env.DOUBLE_INIT;

async function connect() {
  await source.initialize();
}

async function load() {
  await Promise.all(Array.from({ length: 8 }, () => source.query('SELECT pg_sleep(0.05)')));
  setTimeout(load, 200);
}

async function main() {
  if (mode === 'seq') await connect();
  await connect();
  require('http').createServer((_, answer) => answer.end('ok')).listen(0, '127.0.0.1');
  await load();
}

if (mode === 'race') connect().catch(() => {});  // at module load, and nobody waits for it
main().catch((error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture
def typeorm(usher: Any, postgresql: Any, node: str) -> Any:
    """Start the app in one of its modes, from a file as its team would write it."""
    modules = Path(os.environ["USHER_TEST_NPM"]) / "node_modules"
    (usher.folder / "node_modules").symlink_to(modules)
    usher.script("main.js", APP)
    usher.env["PATH"] = f"{Path(node).parent}:{usher.env['PATH']}"

    def start(mode: str, *options: str) -> None:
        env = {"DATABASE_URL": postgresql.url, "DB_POOL_MAX": "2", "DOUBLE_INIT": mode}
        app = {"name": "api", "script": "main.js", "env": env}
        text = f"module.exports = {json.dumps({'apps': [app]})}\n"
        (usher.folder / "ecosystem.config.js").write_text(text)
        usher("start", "ecosystem.config.js", *options, code=None if options else 0)

    return start


def instance(usher: Any) -> dict[str, Any]:
    (only,) = json.loads(usher("describe", "api", "--json").stdout)["instances"]
    return only


def codes(usher: Any) -> list[str]:
    return [each["code"] for each in instance(usher)["findings"]]


def test_a0_01_typeorm_initialised_twice_in_turn(usher: Any, typeorm: Any, until: Any) -> None:
    typeorm("seq", "--no-wait")
    until(lambda: "orm.double_initialize" in codes(usher))
    until(lambda: usher.services()["api"]["status"] == "held", 30)
    seen = instance(usher)
    assert seen["restarts"] <= 1
    (message,) = [each["message"] for each in seen["findings"]]
    assert "CannotConnectAlreadyConnectedError" in message
    inner, outer = (
        f"{usher.folder}/main.js:{APP.splitlines().index(line) + 1}"
        for line in ("  await source.initialize();", "  await connect();")
    )
    assert f"called at {inner} and {outer}" in message
    assert "a restart does not help" in message


def test_a0_02_typeorm_initialised_in_a_race(
    usher: Any, typeorm: Any, until: Any, postgresql: Any
) -> None:
    typeorm("race")
    until(lambda: codes(usher) == ["orm.second_pool"], 30)
    (message,) = [each["message"] for each in instance(usher)["findings"]]
    # The lost pool keeps the connection it began with, on a busy host two of them.
    assert re.search(r"holds [34] sockets > pool max 2", message), message
    assert usher.services()["api"]["status"] == "active"


def test_a0_02_typeorm_initialised_once_is_never_reported(
    usher: Any, typeorm: Any, until: Any
) -> None:
    typeorm("")
    until(lambda: instance(usher)["connections"] == 2, 30)
    deadline = time.monotonic() + WATCHED
    while time.monotonic() < deadline:
        assert codes(usher) == []
        time.sleep(1)
