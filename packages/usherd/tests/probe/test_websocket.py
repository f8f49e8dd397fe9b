"""WebSocket questions, against a server that speaks the protocol (wsproto's other side)."""

import asyncio
from typing import Any

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)

from usher.model.target import WebSocketTarget
from usher.probe import websocket
from usher.probe.answer import Answer
from usher.probe.connection import Stopwatch


class Server:
    """Accepts (or rejects), and then does what its script says."""

    def __init__(
        self, *, status: int = 101, close: int | None = None, pong: bool = True, drop: bool = False
    ) -> None:
        self._status = status
        self._close = close
        self._pong = pong
        self._drop = drop
        self.asked: list[Request] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = WSConnection(ConnectionType.SERVER)
        while data := await reader.read(4096):
            protocol.receive_data(data)
            for event in protocol.events():
                for answer in self._answers(event):
                    writer.write(protocol.send(answer))
            await writer.drain()
            if self._drop:
                writer.close()
                return

    def _answers(self, event: Event) -> list[Event]:
        match event:
            case Request():
                self.asked.append(event)
                if self._status != 101:
                    return [RejectConnection(status_code=self._status)]
                accepted: list[Event] = [
                    AcceptConnection(subprotocol=next(iter(event.subprotocols), None))
                ]
                if self._close is not None:
                    accepted.append(CloseConnection(code=self._close, reason="no session"))
                return accepted
            case Ping():
                return [event.response()] if self._pong else []
            case TextMessage():
                return [Ping(), TextMessage(data=f"echo: {event.data}")]
            case _:
                return []


async def ask(serve: Any, server: Server, **asked: Any) -> Answer:
    port = await serve(server)
    target = WebSocketTarget(f"ws://127.0.0.1:{port}/ws/voice?sessionId=1", **asked)
    async with asyncio.timeout(20):
        return await websocket.ask(target, Stopwatch())


async def test_an_upgrade_and_a_ping(serve: Any) -> None:
    server = Server()
    answer = await ask(serve, server, subprotocol="v1", headers=(("X-Token", "t"),))
    assert answer.ok, answer.detail
    (asked,) = server.asked
    assert asked.target == "/ws/voice?sessionId=1"
    assert (b"x-token", b"t") in asked.extra_headers
    assert [name for name, _ in answer.phases] == ["connect", "upgrade", "pong"]


@pytest.mark.parametrize(
    ("status", "hint"),
    [(502, "the app behind the proxy is down"), (404, "wrong path"), (200, "plain HTTP")],
)
async def test_a3_07_an_upgrade_that_is_answered_otherwise(
    serve: Any, status: int, hint: str
) -> None:
    answer = await ask(serve, Server(status=status))
    assert not answer.ok
    assert f"status {status} instead of 101" in answer.detail
    assert hint in answer.detail


async def test_a_message_comes_back(serve: Any) -> None:
    assert (await ask(serve, Server(), send="hello", receive="echo: hello")).ok


async def test_another_message_comes_back(serve: Any) -> None:
    port = await serve(Server())
    target = WebSocketTarget(f"ws://127.0.0.1:{port}/", send="hello", receive="welcome")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await websocket.ask(target, Stopwatch())


async def test_a_close_that_is_expected(serve: Any) -> None:
    assert (await ask(serve, Server(close=1008), close=1008)).ok


async def test_a3_06_a_close_with_another_code(serve: Any) -> None:
    answer = await ask(serve, Server(close=1011), close=1008)
    assert answer.detail == "closed with 1011 'no session', expected 1008"


async def test_a3_06_a_close_right_after_the_upgrade(serve: Any) -> None:
    answer = await ask(serve, Server(close=1008))
    assert answer.detail == "closed with 1008 'no session' before it was asked anything"


async def test_a3_06_a_connection_that_is_cut_is_1006(serve: Any) -> None:
    answer = await ask(serve, Server(drop=True, pong=False))
    assert not answer.ok
    assert "1006" in answer.detail


async def test_a_subprotocol_that_is_not_spoken(serve: Any) -> None:
    class Other(Server):
        def _answers(self, event: Event) -> list[Event]:
            return [AcceptConnection()] if isinstance(event, Request) else []

    answer = await ask(serve, Other(), subprotocol="v2")
    assert answer.detail == "subprotocol None was chosen"


async def test_e15_a_port_that_accepts_and_never_upgrades(serve: Any) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    port = await serve(silent)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await websocket.ask(WebSocketTarget(f"ws://127.0.0.1:{port}/"), Stopwatch())
