"""A real Redis is asked for its health, goes away under an app, and comes back."""

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sample_app.sample import Sample, free_port
from tests.usher_home import until

from usher.model.target import ServerTarget
from usher.probe.connection import Stopwatch
from usher.probe.servers import ask

pytestmark = [pytest.mark.process, pytest.mark.debian]

PASSWORD = "correct-horse-of-redis"


class Redis:
    """A server on loopback that keeps nothing; `default` has a password, as has the user `app`."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        assert program, "there is no redis-server: install the package of this name"
        self.port = free_port()
        self._words = [
            *(program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""),
            *("--appendonly", "no", "--dir", str(folder), "--requirepass", PASSWORD),
            *("--user", "app", "on", f">{PASSWORD}", "+@connection"),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def url(self, who: str) -> str:
        return f"redis://{who}127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(self._words, stdout=subprocess.DEVNULL)
        until(lambda: asked(self.url(f":{PASSWORD}@"))[0], 60)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with tempfile.TemporaryDirectory(prefix="usher-redis-") as folder:
        server = Redis(Path(folder))
        try:
            yield server
        finally:
            server.stop()


def asked(url: str) -> tuple[bool, str]:
    target = ServerTarget("redis", variable="REDIS_URL")
    answer = asyncio.run(ask(target, {"REDIS_URL": url}, 10, Stopwatch()))
    return answer.ok, answer.detail


@pytest.mark.parametrize(
    ("who", "ok", "words"),
    [
        (f":{PASSWORD}@", True, "redis answers in "),
        (f"app:{PASSWORD}@", True, "redis answers in "),
        ("", False, "NOAUTH Authentication required"),
        (":wrong@", False, "WRONGPASS"),
        (f"nobody:{PASSWORD}@", False, "WRONGPASS"),
    ],
)
def test_a_real_redis_says_whether_it_lets_us_in(
    redis: Redis, who: str, ok: bool, words: str
) -> None:
    found, detail = asked(redis.url(who))
    assert (found, words in detail) == (ok, True), detail
    assert PASSWORD not in detail


def test_e7_a_redis_that_is_away_restarts_nothing(usher: Any, redis: Redis) -> None:
    sample = Sample(env={"REDIS_URL": redis.url(f":{PASSWORD}@")})
    usher.config(
        sample.table(
            'probes.cache = { redis = true, dsn_env = "REDIS_URL", interval = "500ms", '
            'confirm_interval = "300ms", timeout = "10s" }'
        )
    )
    usher("start")
    until(lambda: "redis answers" in usher("describe", "api").stdout, 60)
    pids = usher.pids()
    redis.stop()
    try:
        until(lambda: details(usher, "degraded"), 60)
        first = json.loads(usher("diagnose", "api", "--json").stdout)["cases"][0]["causes"][0]
        assert first["id"] == "dependency.down"
        assert f"{redis.port}" in first["evidence"][0]["text"]
    finally:
        redis.start()
    until(lambda: details(usher, "restored"), 60)
    assert usher.pids() == pids
    assert f"{redis.port}" in details(usher, "degraded")[0]
    told = usher("events").stdout + usher("describe", "api").stdout
    assert PASSWORD not in told


def details(usher: Any, word: str) -> list[str]:
    return [each["detail"] for each in usher.events("api") if each["event"] == word]
