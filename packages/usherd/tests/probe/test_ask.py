"""Asking whatever a target says, at most so long."""

import asyncio
import gc
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from usher.config.schema import Asking
from usher.config.targets import build_target
from usher.model.target import CommandTarget, HttpTarget, ListenTarget, SocketTarget, TcpTarget
from usher.probe.ask import ask


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_a_server_that_never_answers_is_given_up(serve: Any) -> None:
    port = await serve(silent)
    answer = await ask(HttpTarget(f"http://127.0.0.1:{port}/"), {}, 0.3)
    assert answer.late
    assert re.fullmatch(r"connected in \d+ ms, no first byte within 0.3 s", answer.detail)
    assert [name for name, _ in answer.phases] == ["connect"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"ws": "ws://127.0.0.1:{port}/"}, r"connected in \d+ ms, no answer to the upgrade within"),
        ({"http": "https://127.0.0.1:{port}/"}, r"connected in \d+ ms, no TLS handshake within"),
        ({"redis": "127.0.0.1:{port}"}, r"connected in \d+ ms, no answer within"),
    ],
)
async def test_how_far_it_got_is_told(serve: Any, target: dict[str, str], words: str) -> None:
    port = await serve(silent)
    written = {way: where.format(port=port) for way, where in target.items()}
    answer = await ask(build_target(Asking(**written)), {}, 0.5)
    assert re.match(words, answer.detail), answer.detail


async def test_half_an_answer_is_late(serve: Any) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        await writer.drain()
        await reader.read()
        await reader.read()

    answer = await ask(HttpTarget(f"http://127.0.0.1:{await serve(half)}/"), {}, 1.0)
    assert re.match(r"the answer began in \d+ ms, no end of the answer within 1 s", answer.detail)


async def test_connections_that_are_accepted(serve: Any, tmp_path: Path) -> None:
    assert (await ask(TcpTarget(f"127.0.0.1:{await serve(silent)}"), {}, 10)).ok
    assert not (await ask(TcpTarget("127.0.0.1:1"), {}, 10)).ok
    path = str(tmp_path / "x.sock")
    await serve(silent, path=path)
    assert (await ask(SocketTarget(path), {}, 10)).ok
    assert not (await ask(SocketTarget(path + "x"), {}, 10)).ok


@pytest.mark.parametrize(
    ("program", "ok", "detail"),
    [
        ("print('first'); print('all is well')", True, "ended with 0: all is well"),
        ("import sys; sys.exit('no queue')", False, "ended with 1: no queue"),
        ("import os; print(os.environ['WORD'])", True, "ended with 0: known"),
    ],
)
async def test_a_command(program: str, ok: bool, detail: str) -> None:
    environment = {**os.environ, "WORD": "known"}
    answer = await ask(CommandTarget((sys.executable, "-c", program)), environment, 30)
    assert (answer.ok, answer.detail) == (ok, detail)


async def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = f"sleep 600 & echo $! > {pids}; wait"
    answer = await ask(CommandTarget(("/bin/sh", "-c", program)), dict(os.environ), 0.5)
    assert answer.detail == "no answer within 0.5 s"
    child = int(pids.read_text())
    async with asyncio.timeout(10):
        while (
            Path(f"/proc/{child}").exists()
            and "Z" not in Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        ):
            await asyncio.sleep(0.05)


def test_a_command_that_was_killed_is_taken_in_before_the_loop_ends() -> None:
    for _ in range(20):
        asyncio.run(ask(CommandTarget(("/bin/sleep", "600")), dict(os.environ), 0.01))
        gc.collect()  # an object of a process that still runs warns when it is dropped


async def test_a_command_that_is_not_there() -> None:
    answer = await ask(CommandTarget(("/nonexistent",)), {}, 5)
    assert answer.detail == "cannot run '/nonexistent': No such file or directory"


async def test_only_our_own_can_be_seen_to_listen() -> None:
    assert not (await ask(ListenTarget(80), {}, 5)).ok


async def test_whatever_goes_wrong_in_asking_is_an_answer(serve: Any) -> None:
    secret = "hunter2-of-the-port"
    wrong = HttpTarget("http://127.0.0.1:${PORT}/")  # the port that is none is quoted
    answer = await ask(wrong, {"PORT": secret, "OTHER": "x"}, 5)
    assert not answer.ok
    assert answer.detail.startswith("cannot ask, or read the answer: ValueError: ")
    assert secret not in answer.detail
    port = await serve(silent)
    twice = HttpTarget(f"http://127.0.0.1:{port}/", headers=(("Host", "a"),))
    answer = await ask(twice, {}, 10)
    assert "LocalProtocolError: " in answer.detail
