"""Nothing is restarted that is well: a slow service under load, an app whose database is away."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.recovery.house import House, house
from benchmarks.rig.command import wait_until
from tests.postgresql_server import running_postgresql
from tests.sample_app.sample import Sample

from usher.model.spec import ProbeSpec
from usher.model.target import HttpTarget

if TYPE_CHECKING:
    from collections.abc import Generator

SHARE = 0.8
"""Of its time-out that the slow service takes for every answer."""

CLIENTS = 16


@dataclass(frozen=True, slots=True)
class Slow:
    """A healthy service that takes 80 % of its time-out, under load."""

    minutes: float
    requests: int
    slowest: float
    """Seconds."""
    restarts: int
    """Starts after the first; every one was wrong."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The database of a healthy app was away."""

    minutes: float
    restarts: int
    degraded: float
    """Seconds after the stop until it was told."""
    cause: str
    """As the incident names it."""
    restored: float
    """Seconds after the database answered again until the app counted as well."""


def slow(minutes: float) -> Slow:
    """Ask without a pause for so many minutes."""
    timeout = ProbeSpec(name="alive", target=HttpTarget(url="/")).timeout
    path = f"/slow?s={SHARE * timeout:g}"
    sample = Sample()
    with house() as home:
        home.start(sample.table(f'probes.alive = {{ http = "{{url}}{path}" }}'))
        with _load(sample, path) as took:
            time.sleep(minutes * 60)
        return Slow(minutes, len(took), max(took), _restarts(home))


def outage(minutes: float) -> Outage:
    """Stop PostgreSQL for so many minutes."""
    probes = (
        'probes.alive = { http = "{url}/health" }',
        'probes.db = { postgres = true, dsn_env = "DATABASE_URL" }',
    )
    with running_postgresql() as server, house() as home:
        sample = Sample(env={"DATABASE_URL": server.url})
        home.start(sample.table(*probes))
        begun = time.time()
        server.stop()
        time.sleep(minutes * 60)
        (told,) = home.incidents()
        server.start()
        back = time.time()
        wait_until(lambda: bool(home.incidents()[0]["recovered"]), 60, "that it was restored")
        (ended,) = home.incidents()
        causes = home.report(ended)["causes"]
        return Outage(
            minutes,
            _restarts(home),
            told["detected"] - begun,
            f"{causes[0]['id']}: {causes[0]['text']}" if causes else _last_words(home),
            ended["recovered"] - back,
        )


def _last_words(home: House) -> str:
    return next(each["detail"] for each in home.events("api") if each["event"] == "degraded")


def _restarts(home: House) -> int:
    return sum(each["event"] == "starting" for each in home.events("api")) - 1


@contextmanager
def _load(sample: Sample, path: str) -> Generator[list[float]]:
    """Clients that ask again and again; yields the seconds that each answer took."""
    took: list[float] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            begin = time.monotonic()
            sample.ask(path, patience=30.0)
            took.append(time.monotonic() - begin)

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield took
    finally:
        over.set()
        for thread in threads:
            thread.join()
