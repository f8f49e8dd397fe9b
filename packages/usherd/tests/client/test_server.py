"""The client against the daemon's own HTTP server, so that both mean the same protocol."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from usher.api.types import Frame, Pong, ProcessInfo
from usher.client import Client
from usher.daemon.server import Answer, Call, Route, Server, reply

PONG = Pong(
    version="1", home="/h", daemon=ProcessInfo(pid=1, uptime=2.0), keeper=None, safe_mode=True
)


@pytest.fixture
def client(
    tmp_path: Path, make_event: Callable[..., Frame], make_report: Callable[..., Frame]
) -> Iterator[Client]:
    """Serve two routes in a thread; a stop tells as many events as its body has bytes."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "usher.sock"))
    listener.listen()
    ending = threading.Event()

    async def ping(_: Call) -> Answer:
        return reply(PONG)

    async def stop(call: Call) -> Answer:
        async def frames() -> AsyncIterator[Frame]:
            for seq in range(len(call.body)):
                yield make_event(seq=seq, detail="x" * 5000)
            yield make_report()

        return frames()

    async def serve() -> None:
        server = Server([Route("GET", ("v1", "ping"), ping), Route("POST", ("v1", "stop"), stop)])
        await server.start(listener)
        await asyncio.to_thread(ending.wait)
        await server.finish()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    yield Client(str(tmp_path / "usher.sock"))
    ending.set()
    thread.join(5)


def test_whole_answers(client: Client) -> None:
    assert client.ping() == PONG


def test_streams(client: Client) -> None:
    *frames, last = client.stop(["a" * 200])
    assert [frame.event.seq for frame in frames if frame.event] == list(range(len(frames)))
    assert len(frames) > 200
    assert last.report is not None
