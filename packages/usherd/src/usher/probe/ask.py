"""Asking whatever a target says, at most so long."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping

from usher.model.target import (
    CommandTarget,
    DnsTarget,
    HttpTarget,
    ListenTarget,
    LogTarget,
    ServerTarget,
    SocketTarget,
    Target,
    TcpTarget,
    TlsTarget,
    WatchdogTarget,
    WebSocketTarget,
)
from usher.probe import http, names, servers, websocket
from usher.probe.answer import Answer, UnansweredError
from usher.probe.connection import Stopwatch
from usher.probe.fault import failed
from usher.probe.filling import filled, places
from usher.probe.tcp import accepts
from usher.redaction.values import secrets_of, spelled

OUTPUT_LIMIT = 4096
"""Bytes of a command's output that are kept for its last line."""
PATIENCE = 1.0
"""Seconds that a killed command may take to be gone."""


async def ask(target: Target, environment: Mapping[str, str], timeout: float) -> Answer:
    """Ask once, at most `timeout` seconds; whatever goes wrong is a failed answer.

    `environment` holds URLs with secrets, and values.
    """
    watch = Stopwatch()
    try:
        async with asyncio.timeout(timeout):
            return await _ask(filled(target, environment), environment, timeout, watch)
    except UnansweredError as error:
        return Answer(ok=False, detail=str(error))
    except TimeoutError:
        return watch.late(timeout)
    except Exception as error:  # noqa: BLE001 (one question of many: the others want their answer)
        sent = [environment[name] for name in places(target)]
        return failed(error, secrets_of(environment) | spelled(sent))


async def _ask(
    target: Target, environment: Mapping[str, str], timeout: float, watch: Stopwatch
) -> Answer:
    match target:
        case HttpTarget():
            return await http.ask(target, watch)
        case WebSocketTarget():
            return await websocket.ask(target, watch)
        case ServerTarget():
            return await servers.ask(target, environment, timeout, watch)
        case DnsTarget():
            return await names.ask_dns(target, watch)
        case TlsTarget():
            return await names.ask_tls(target, timeout, watch)
        case CommandTarget(argv=argv):
            return await _run(argv, environment)
        case TcpTarget() | SocketTarget():
            return await accepts(target, watch)
        case ListenTarget() | LogTarget() | WatchdogTarget():
            return Answer(ok=False, detail="only an instance of ours can be asked that")


async def _run(argv: tuple[str, ...], environment: Mapping[str, str]) -> Answer:
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return Answer(ok=False, detail=f"cannot run {argv[0]!r}: {error.strerror}")
    try:
        assert process.stdout is not None  # noqa: S101 (asked for above)
        output = b""
        while part := await process.stdout.read(OUTPUT_LIMIT):
            output = (output + part)[-OUTPUT_LIMIT:]
        code = await process.wait()
    finally:
        await _end(process)
    lines = output.decode(errors="replace").strip().splitlines()
    last = f": {lines[-1][:200]}" if lines else ""
    return Answer(ok=code == 0, detail=f"ended with {code}{last}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the whole group of a command whose time is up, and take its leader's end.

    A process that even SIGKILL does not end (it waits for a disk) is left to the event loop.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await process.wait()
