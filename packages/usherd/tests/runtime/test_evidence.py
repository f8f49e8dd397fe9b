"""What is seen of live processes: busy, waiting, stopped; with the stacks that they tell."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from usher.diagnosis import hang
from usher.model.events import Key
from usher.runtime import evidence
from usher.runtime.evidence_shelf import KEPT, EvidenceShelf

KEY = Key("api", 1, 0)

BUSY = """\
import faulthandler, signal
faulthandler.register(signal.SIGUSR1)
def spin():
    print("up", flush=True)
    while True: pass
spin()
"""
WAITS = """\
import socket, sys
waiting = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print("up", flush=True)
waiting.recv(1)
"""
IDLE = "import time; print('up', flush=True); time.sleep(600)"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Start a program whose errors go to a log; it has said that it is up."""
    running: list[subprocess.Popen[bytes]] = []

    def start(code: str, *arguments: str) -> int:
        with (tmp_path / "err.log").open("wb") as log:
            argv = [sys.executable, "-c", code, *arguments]
            made = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log)
        running.append(made)
        assert made.stdout is not None
        assert made.stdout.readline() == b"up\n"
        return made.pid

    yield start
    for each in running:
        each.kill()
        each.wait()
        assert each.stdout is not None
        each.stdout.close()


def asked(pid: int, folder: Path, **more: Any) -> evidence.Asked:
    fields: dict[str, Any] = {
        "cwd": str(folder),
        "logs": (f"{folder}/err.log",),
        "stack_signal": None,
        "environment": ("PATH",),
        "probe": "alive",
        "probes": ("probe alive: failed",),
        "changed": tuple,
        "redact": str,
        **more,
    }
    return evidence.Asked(key=KEY, run=1, pid=pid, **fields)


async def test_a2_03_a_busy_loop_is_told_with_its_stack(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(BUSY)
    seen = await evidence.collect(asked(pid, tmp_path, stack_signal=signal.SIGUSR1))
    assert any("in spin" in line for line in seen.stacks), seen.missing
    assert hang.judge(seen, {}).id == "loop.blocked"
    assert evidence.diagnosed(KEY, seen, "busy").state == "running"
    assert seen.descriptors["file"] >= 1
    assert seen.environment == ("PATH",)


async def test_a2_03_what_it_waits_for_is_named(
    process: Callable[..., int], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        pid = process(WAITS, str(port))
        # It may still be on its way from the word "up" to its wait.
        while (seen := await evidence.collect(asked(pid, tmp_path))).threads[0].state != "S":
            await asyncio.sleep(0.01)
        cause = hang.judge(seen, {f"127.0.0.1:{port}": "db"})
    assert cause.text == f"waiting on db 127.0.0.1:{port}"
    assert f"1 x established to 127.0.0.1:{port}" in cause.evidence
    assert seen.missing == ("stacks: the app has no `stack_signal`",)


async def test_a2_03_what_is_stopped_or_waits_for_nothing(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(IDLE)
    seen = await evidence.collect(asked(pid, tmp_path))
    idle = hang.judge(seen, {})
    assert idle.id == "probe.unresponsive"
    channel = await evidence.collect(asked(pid, tmp_path, probe="channel"))
    assert hang.judge(channel, {}).fingerprint != idle.fingerprint, "another way not to answer"
    os.kill(pid, signal.SIGSTOP)
    while (seen := await evidence.collect(asked(pid, tmp_path))).state != "T":
        time.sleep(0.01)
    assert hang.judge(seen, {}).id == "process.stopped"
    assert evidence.diagnosed(KEY, seen, "").state == "stopped"


async def test_a_signal_that_would_end_the_process_is_not_sent(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(IDLE)
    seen = await evidence.collect(asked(pid, tmp_path, stack_signal=signal.SIGUSR1))
    assert any("does not catch SIGUSR1" in each for each in seen.missing)
    assert evidence.diagnosed(KEY, seen, "").state == "running"


async def test_who_is_gone_is_told_to_be(process: Callable[..., int], tmp_path: Path) -> None:
    pid = process(IDLE)
    os.kill(pid, signal.SIGKILL)
    while (seen := await evidence.collect(asked(pid, tmp_path))).state not in "ZX":
        time.sleep(0.01)
    assert evidence.diagnosed(KEY, seen, "").state == "gone"


async def test_lines_around_the_first_error_are_kept_without_secrets(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(IDLE)
    lines = [*["quiet"] * 50, "Error: token s3cret is wrong", *["after"] * 50]
    (tmp_path / "err.log").write_text("\n".join(lines) + "\n")
    redact: Callable[[str], str] = lambda text: text.replace("s3cret", "***")  # noqa: E731
    seen = await evidence.collect(asked(pid, tmp_path, redact=redact))
    assert "Error: token *** is wrong" in seen.log
    assert len(seen.log) == 2 * evidence.AROUND + 1


async def test_the_shelf_is_private_and_bounded(
    process: Callable[..., int], tmp_path: Path
) -> None:
    shelf = EvidenceShelf(tmp_path / "evidence")
    seen = await evidence.collect(asked(process(IDLE), tmp_path))
    paths = [shelf.keep(_later(seen, number)) for number in range(KEPT + 3)]
    kept = sorted((tmp_path / "evidence").iterdir())
    assert [str(path) for path in kept] == paths[3:]
    assert kept[0].stat().st_mode & 0o777 == 0o600
    assert json.loads(kept[0].read_text())["service"] == "api"


def _later(seen: Any, number: int) -> Any:
    return msgspec.structs.replace(seen, at=seen.at + number)
