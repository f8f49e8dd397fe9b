"""The questions of a run go on, whatever one of them meets."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from usher.model.events import Event, Key, Now, ProbeResult
from usher.model.spec import ProbeSpec
from usher.model.target import CommandTarget, HttpTarget, LogTarget, Target
from usher.probe.answer import Answer
from usher.runtime.heartbeats import Heartbeat
from usher.runtime.probes import Prober, Subject

SUBJECT = Subject(Key("api", 1, 0), run=1, pid=0, probe_socket=None)
DEADLINE = 60


class Asker:
    """Keeps what was answered."""

    def __init__(self) -> None:
        self.answers: asyncio.Queue[ProbeResult] = asyncio.Queue()

    def post(self, event: Event) -> None:
        assert isinstance(event, ProbeResult)
        self.answers.put_nowait(event)

    def probe_interval(self, key: Key, probe: str) -> float:
        return 0.01


async def unused(*asked: Any) -> Answer:
    raise AssertionError(asked)


async def broken(*asked: Any) -> Answer:
    raise RuntimeError("its folder\nhas gone")


Answered = Callable[..., Awaitable[list[ProbeResult]]]


@pytest.fixture
async def answered() -> AsyncIterator[Answered]:
    """Ask a target until it was answered twice."""
    asker = Asker()
    probers: list[Prober] = []

    async def ask(target: Target, run_command: Any = unused) -> list[ProbeResult]:
        prober = Prober(asker, lambda: Now(time.monotonic(), time.time()), run_command, unused)
        probers.append(prober)
        prober.start(SUBJECT, [ProbeSpec("alive", target, timeout=DEADLINE)])
        async with asyncio.timeout(DEADLINE):
            return [await asker.answers.get() for _ in range(2)]

    yield ask
    for prober in probers:
        prober.close()


async def test_an_answer_that_cannot_be_read_is_a_failure_and_asked_again(
    answered: Answered,
) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 65536)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await answered(HttpTarget(f"http://127.0.0.1:{port}/공연", expect=("a == 1",)))
    assert [each.ok for each in found] == [False, False]
    assert "nested too deeply" in found[0].detail


async def test_a_question_that_cannot_be_asked_is_a_failure_and_logged_once(
    answered: Answered, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    found = await answered(CommandTarget(("true",)), broken)
    words = "cannot ask, or read the answer: RuntimeError: its folder has gone"
    assert [(each.ok, each.detail) for each in found] == [(False, words)] * 2
    (record,) = caplog.records
    assert record.getMessage() == "probe of 'api': cannot ask by command"
    assert record.exc_info


async def test_a_sign_that_cannot_be_looked_for_is_a_failure(
    answered: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(self: Heartbeat, now: float) -> Answer:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Heartbeat, "look", look)
    found = await answered(LogTarget("tick"))
    assert not found[0].ok
    assert "Permission denied" in found[0].detail
