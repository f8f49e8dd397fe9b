"""The asyncio client asks what the plain client asks, and reads what it reads."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usher.api.types import Frame, Problem, ServiceList
from usher.client import Client, NotRunningError, ProblemError
from usher.client.aio import AsyncClient
from usher.model.spec import Plan


@pytest.fixture
def client(home: Path, daemon: Any) -> AsyncClient:
    return AsyncClient(str(home / "usher.sock"))


async def test_answers_are_the_same_values(
    client: AsyncClient, daemon: Any, make_service: Callable[..., Any]
) -> None:
    api = make_service("api")
    daemon.answers |= {"GET /v1/services": ServiceList(services=[api]), "GET /v1/jlist": b"[]"}
    assert await client.call(Client.services, ["api"]) == [api]
    assert await client.call(Client.jlist) == b"[]"
    assert (await client.call(Client.ping)).version == "9.9"


async def test_streams_yield_as_they_come_and_can_be_left(
    client: AsyncClient, daemon: Any, make_event: Any, make_report: Any
) -> None:
    frames: list[Frame] = [make_event(), make_report()]
    daemon.answers |= {"POST /v1/stop": frames, "GET /v1/events": [make_event()]}
    assert [frame async for frame in client.stream(Client.stop, ["api"])] == frames
    daemon.endless.add("GET /v1/events")
    async with asyncio.timeout(10):
        async for event in client.stream(Client.events, follow=True):
            assert event == frames[0].event
            break


async def test_errors_are_the_same_errors(client: AsyncClient, home: Path) -> None:
    with pytest.raises(ProblemError, match="cannot find"):
        await client.call(Client.service, "nobody")
    with pytest.raises(ProblemError):
        [frame async for frame in client.stream(Client.start, ["x"])]
    with pytest.raises(NotRunningError):
        await AsyncClient(str(home / "nothing.sock")).call(Client.ping)


async def test_a_problem_within_a_stream_is_raised(client: AsyncClient, daemon: Any) -> None:
    daemon.answers["GET /v1/events"] = [Frame(problem=Problem(error="too slow", exit_code=1))]
    with pytest.raises(ProblemError, match="too slow"):
        [event async for event in client.stream(Client.events)]


async def test_both_clients_ask_the_same(client: AsyncClient, home: Path, daemon: Any) -> None:
    plain = Client(str(home / "usher.sock"))
    plan = Plan(services=())
    streams: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
        (Client.apply, (plan, ["a"]), {"restart": ["b"]}),
        (Client.restart, (["a"],), {"slots": {"a": [0]}, "timeout": 2.0}),
        (Client.scale, ("a", "+2"), {}),
        (Client.logs, (["a"],), {"lines": 3, "follow": True}),
        (Client.wait, (["a"],), {"until": "stopped"}),
        (Client.undo, (4,), {}),
        (Client.kill, (), {}),
    ]
    for method, args, options in streams:
        with pytest.raises(ProblemError):
            list(method(plain, *args, **options))
        with pytest.raises(ProblemError):
            [each async for each in client.stream(method, *args, **options)]
        ours, theirs = daemon.requests[-1], daemon.requests[-2]
        assert ours == theirs
