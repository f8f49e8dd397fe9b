"""Whether anybody accepts: a queue that does not move, told from one that is long and moves."""

import asyncio
import contextlib
import os
import socket
from typing import Any

import pytest

from usher.model import events as ev
from usher.model.spec import ProbeSpec, ServiceSpec
from usher.model.target import TcpTarget
from usher.policy import status
from usher.runtime import accept_watch
from usher.runtime.accept_watch import AcceptWatch, Queues
from usher.runtime.listening import Listener

KEY = ev.Key("api", 1, 0)


def _looks(*looks: tuple[float, set[str]], port: int = 80) -> dict[str, float]:
    queues, said = Queues(), dict[str, float]()
    for now, waiting in looks:
        found = [Listener("127.0.0.1", port, "1", len(waiting))]
        said = queues.look({port: frozenset(waiting)} if waiting else {}, found, now)
    return said


def test_the_same_clients_wait_and_nobody_takes_them() -> None:
    assert _looks((0, {"a"}), (4, {"a", "b"}), (8, {"a", "b", "c"}))["1"] == 8


def test_a_long_queue_that_moves_is_only_busy() -> None:
    """At 80 % of what it can do, or above: the oldest are taken, others come."""
    crowd = [f"c{number}" for number in range(1000)]
    looks = [(4.0 * turn, set(crowd[turn * 10 : turn * 10 + 100])) for turn in range(20)]
    assert _looks(*looks)["1"] == 0


def test_a_queue_that_was_empty_begins_anew() -> None:
    assert _looks((0, {"a"}), (4, set()), (8, {"a"})) == {"1": 0}


def test_of_two_listeners_on_a_port_the_one_that_stands_still() -> None:
    """Each instance has a socket of its own on the same port: one hangs, one is busy."""
    queues, said = Queues(), dict[str, float]()
    for turn in range(8):
        waiting = {"stuck", f"moving{turn}", f"more{turn}"}
        found = [
            Listener("127.0.0.1", 80, "hangs", 1),
            Listener("127.0.0.1", 80, "works", 2 - turn % 2),
        ]
        said = queues.look({80: frozenset(waiting)}, found, 4.0 * turn)
    assert said["hangs"] == 24
    assert said["works"] <= 4


class Office:
    """A world of one instance, which is this process."""

    def __init__(self) -> None:
        self.said: list[tuple[int, bool, str]] = []

    def post(self, event: ev.Event) -> None:
        assert isinstance(event, ev.ProbeResult)
        self.said.append((event.run, event.ok, event.detail))

    def pid(self, key: ev.Key, run: int) -> int:
        return os.getpid()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> tuple[AcceptWatch, Office, dict[str, Any]]:
    world: dict[str, Any] = {"run": 1, "spec": ServiceSpec("api", ("x",), "/")}

    def live_runs(_world: object) -> dict[ev.Key, int]:
        return {KEY: world["run"]}

    def spec_of(_world: object, _key: ev.Key) -> ServiceSpec:
        return world["spec"]

    monkeypatch.setattr(status, "live_runs", live_runs)
    monkeypatch.setattr(status, "spec_of", spec_of)
    office = Office()
    return AcceptWatch(office), office, world


async def test_clients_that_wait_at_a_real_socket(watch: Any) -> None:
    watcher, office, world = watch
    watcher.follow(world)
    with socket.create_server(("127.0.0.1", 0)) as server:
        clients = [socket.create_connection(server.getsockname()) for _ in range(3)]
        for now in (0.0, 10.0, 19.0):
            watcher.look(now)
        assert office.said == [], "nobody is accused before its time"
        watcher.look(20.0)
        assert office.said == [
            (1, True, "accepts connections"),
            (1, False, "clients wait for 20 s, and none is accepted"),
        ]
        for _ in clients:
            server.accept()[0].close()
        world["run"] = 2
        watcher.follow(world)
        watcher.look(24.0)
        assert office.said[-1] == (2, True, "accepts connections"), "its successor accepts"
        for client in clients:
            client.close()
    watcher.close()


@pytest.mark.parametrize(
    "fields",
    [
        {"accept_within": None},
        {"channel": "cluster"},
        {"kind": "job"},
        {"probes": (ProbeSpec("own", TcpTarget("127.0.0.1:1")),)},
    ],
)
async def test_who_is_not_watched(watch: Any, fields: dict[str, Any]) -> None:
    watcher, office, world = watch
    world["spec"] = ServiceSpec("api", ("x",), "/", **fields)
    watcher.follow(world)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()),
    ):
        for now in (0.0, 30.0, 60.0):
            watcher.look(now)
    assert office.said == []


@pytest.mark.parametrize("listens", [True, False])
async def test_what_does_not_listen_keeps_nobody_awake(
    watch: Any, monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    watcher, _, world = watch
    slept: list[float] = []
    waited = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 8:
            waited.set()
            await asyncio.Future()

    monkeypatch.setattr(asyncio, "sleep", sleep)
    if not listens:  # this process may listen for who runs the tests
        monkeypatch.setattr(accept_watch, "listeners", list)
    with socket.create_server(("127.0.0.1", 0)) if listens else contextlib.nullcontext():
        watcher.follow(world)
        watcher.follow(world)
        if listens:
            await waited.wait()
            assert slept == [4.0] * 8
        else:
            await watcher._task
            assert slept == [4.0, 8.0, 16.0]
            watcher.follow(world)
            assert watcher._task is None, "nothing new runs"
            world["run"] = 2
            watcher.follow(world)
            assert watcher._task is not None
    watcher.close()
