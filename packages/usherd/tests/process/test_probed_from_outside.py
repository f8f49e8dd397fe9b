"""`usher probe` asks the sample app from outside, in both languages."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.sample_app.sample import Sample
from tests.usher_home import until

pytestmark = pytest.mark.process

QUESTIONS = """
[probes.alive]
http = "{url}/health"

[probes.body]
http = "{url}/checks"
expect = ['status == "ok"', 'checks.database == "ok"']

[probes.ready]
http = "{url}/ready"
"""


@contextmanager
def running(sample: Sample) -> Iterator[None]:
    env = {**os.environ, "PORT": str(sample.port), **sample.env}
    with subprocess.Popen(sample.command, env=env, stdout=subprocess.DEVNULL) as process:
        try:
            until(sample.ask, 30)
            yield
        finally:
            process.kill()


def test_a3_05_a_body_that_knows_better_than_its_status(usher: Any, postgresql: Any) -> None:
    sample = Sample(env={"DATABASE_URL": postgresql.url})
    usher.script("set.toml", QUESTIONS.format(url=sample.url))
    with running(sample):
        assert "ready  ok" in usher("probe", "set.toml").stdout
        postgresql.stop()
        try:
            said = usher("probe", "set.toml", code=3).stdout
        finally:
            postgresql.start()
    alive, body, ready = said.splitlines()
    assert alive.startswith("alive  ok")
    assert body.startswith("body   failed")
    assert "checks.database" in body
    assert "status 503" in ready


@pytest.mark.parametrize("language", ["python", "node"])
def test_a3_06_each_way_to_drop_a_channel_is_told_by_its_code(
    usher: Any, node: str, language: str
) -> None:
    sample = Sample(node=node if language == "node" else "")
    address = sample.url.replace("http", "ws", 1)
    with running(sample):
        assert usher("probe", f"{address}/ws").stdout
        for code in (1001, 1006, 1008, 1009, 1011, 1012, 1013):
            assert str(code) in usher("probe", f"{address}/ws?drop={code}", code=3).stdout
        lost = usher("probe", f"{address}/ws?sessionId=of-before-the-restart", code=3).stdout
    assert "1008" in lost
