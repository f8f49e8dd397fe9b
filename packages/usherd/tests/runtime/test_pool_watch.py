"""Whom the watch of database connections looks at, and that it leaves all others alone."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from usher.model import events as ev
from usher.model.finding import Finding
from usher.model.phase import Process, Running
from usher.model.spec import LogSpec, PoolSpec, ServiceSpec
from usher.model.world import Generation, Instance, Service, World
from usher.runtime import pool_watch
from usher.runtime.pool_watch import PoolWatch, Seen

KEY = ev.Key("api", 1, 0)
URL = "postgresql://app:s3cret@127.0.0.1:1/shop"


class Known(NamedTuple):
    env: Mapping[str, str]


class Office:
    """Says what it is asked, and counts how often an environment is read."""

    def __init__(self, home: Path, env: Mapping[str, str]) -> None:
        self.home = home
        self.env = env
        self.read = 0
        self.told: list[Finding] = []

    def pid(self, key: ev.Key, run: int) -> int | None:
        return os.getpid()

    def instance_id(self, key: ev.Key) -> int:
        return 0

    def known_as(self, spec: ServiceSpec) -> Known:
        self.read += 1
        return Known(self.env)

    def tell(self, finding: Finding, key: ev.Key) -> None:
        self.told.append(finding)


def world(pool: PoolSpec | None, log: Path) -> World:
    spec = ServiceSpec("api", ("x",), "/", pool=pool, logs=LogSpec(out="/dev/null", err=str(log)))
    running = Running(Process(os.getpid(), 0.0), 0.0)
    instance = Instance(KEY, run=1, phase=running)
    return World(services={"api": Service(0, Generation(1, spec, {0: instance}))})


@pytest.fixture
def watch_of(tmp_path: Path) -> Iterator[object]:
    """Begin to watch one service; returns the watch and its office."""
    begun: list[PoolWatch] = []

    def begin(pool: PoolSpec | None, **env: str) -> tuple[PoolWatch, Office, Path]:
        office, log = Office(tmp_path, env), tmp_path / "err.log"
        watch = PoolWatch(office)
        begun.append(watch)
        watch.follow(world(pool, log))
        return watch, office, log

    yield begin
    for watch in begun:
        watch.close()


def is_awake(watch: PoolWatch) -> bool:
    return watch._task is not None


@pytest.mark.parametrize(
    ("pool", "env", "awake"),
    [
        (None, {}, False),
        (None, {"POOL_MAX": "5"}, False),
        (None, {"DATABASE_URL": URL}, False),
        (PoolSpec(), {"DATABASE_URL": URL}, False),
        (None, {"DATABASE_URL": URL, "POOL_MAX": "5"}, True),
        (PoolSpec(size=5), {"DATABASE_URL": URL}, True),
        (PoolSpec(size=5), {}, True),
    ],
)
async def test_only_a_known_pool_wakes_the_watch(
    watch_of: object, pool: PoolSpec | None, env: dict[str, str], awake: bool
) -> None:
    assert callable(watch_of)
    watch, office, _ = watch_of(pool, **env)
    assert is_awake(watch) is awake
    read = office.read
    for _ in range(5):
        watch.follow(world(pool, Path("/dev/null")))
    assert office.read == read, "an environment is read once a definition"
    watch.read_last_words(world(pool, Path("/dev/null")), KEY, 1)
    assert watch.findings() == []


async def test_nobody_is_watched_when_all_have_ended(watch_of: object) -> None:
    assert callable(watch_of)
    watch, _, _ = watch_of(PoolSpec(size=5), DATABASE_URL=URL)
    watch.follow(World())
    async with asyncio.timeout(20):
        while not watch._task.done():
            await asyncio.sleep(0.1)
    assert watch.seen(KEY, 1) == Seen()


async def test_a_sign_is_told_once_and_kept(
    watch_of: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(watch_of)
    monkeypatch.setattr(pool_watch, "OFTEN", 0.05)
    monkeypatch.setattr(pool_watch, "SELDOM", 0.05)
    watch, office, log = watch_of(PoolSpec(size=5), DATABASE_URL=URL)
    with log.open("a") as file:
        for _ in range(3):
            file.write("error: sorry, too many clients already\n")
            file.flush()
            await asyncio.sleep(0.2)
    async with asyncio.timeout(20):
        while not office.told or watch.seen(KEY, 1).connections is None:
            await asyncio.sleep(0.05)
    assert [each.code for each in office.told] == ["db.too_many_connections"]
    assert watch.seen(KEY, 1).findings == tuple(watch.findings())
    assert (watch.seen(KEY, 1).connections, watch.seen(KEY, 1).size) == (0, 5)


async def test_more_sockets_than_the_default_of_a_library_accuse_nobody(
    watch_of: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code may make a pool larger than its default: only what somebody said counts."""
    assert callable(watch_of)
    monkeypatch.setattr(pool_watch, "OFTEN", 0.02)
    monkeypatch.setattr(pool_watch, "SELDOM", 0.02)
    monkeypatch.setattr(pool_watch.database_sockets, "count", lambda *_: 99)
    monkeypatch.setattr(pool_watch, "dependencies", lambda _: frozenset({"pg"}))
    watch, office, _ = watch_of(None, DATABASE_URL=URL)
    async with asyncio.timeout(20):
        while watch.seen(KEY, 1).connections is None:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    assert (watch.seen(KEY, 1).connections, watch.seen(KEY, 1).size) == (99, 10)
    assert office.told == []
