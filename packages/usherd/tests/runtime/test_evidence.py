"""What is seen of live processes: busy, waiting, stopped; with the stacks that they tell."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from usher import __version__
from usher.diagnosis import hang
from usher.keeper.times import Times
from usher.model.events import Key
from usher.model.evidence import Evidence, Measured
from usher.model.incident import Cause
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
SERVES = """\
import socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], file=sys.stderr, flush=True)
print("up", flush=True)
kept = server.accept()
time.sleep(600)
"""
IDLE = "import time; print('up', flush=True); time.sleep(600)"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Start a program whose errors go to a log; it has said that it is up."""
    running: list[subprocess.Popen[bytes]] = []

    def start(code: str, *arguments: str, by: Sequence[str] = (sys.executable, "-c")) -> int:
        with (tmp_path / "err.log").open("wb") as log:
            argv = [*by, code, *arguments]
            made = subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=log)
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


def judged(seen: Evidence, dependencies: Mapping[str, str] | None = None) -> Cause:
    cause = hang.judge(seen, dependencies or {})
    assert cause is not None
    return cause


def asked(pid: int, folder: Path, **more: Any) -> evidence.Asked:
    fields: dict[str, Any] = {
        "cwd": str(folder),
        "logs": (f"{folder}/err.log",),
        "stack_signal": None,
        "environment": ("PATH",),
        "probe": "alive",
        "probes": ("probe alive: failed",),
        "changed": tuple,
        "recognise": _nothing,
        "figures": (),
        "redact": str,
        "since": 0.0,
        "status": None,
        **more,
    }
    return evidence.Asked(key=KEY, run=1, pid=pid, **fields)


async def test_a2_03_a_busy_loop_is_told_with_its_stack(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(BUSY)
    seen = await evidence.collect(asked(pid, tmp_path, stack_signal=signal.SIGUSR1))
    assert any("in spin" in line for line in seen.stacks), seen.missing
    assert judged(seen).id == "loop.blocked"
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
        cause = judged(seen, {f"127.0.0.1:{port}": "db"})
    assert cause.text == f"waiting on db 127.0.0.1:{port}"
    assert f"1 x established to 127.0.0.1:{port}" in cause.evidence
    assert "stacks: the app has no `stack_signal`" in seen.missing


async def test_a2_03_what_is_stopped_or_waits_for_nothing(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(IDLE)
    seen = await evidence.collect(asked(pid, tmp_path))
    idle = judged(seen)
    assert idle.id == "probe.unresponsive"
    channel = await evidence.collect(asked(pid, tmp_path, probe="channel"))
    assert judged(channel).fingerprint != idle.fingerprint, "another way not to answer"
    os.kill(pid, signal.SIGSTOP)
    while (seen := await evidence.collect(asked(pid, tmp_path))).state != "T":
        time.sleep(0.01)
    assert judged(seen).id == "process.stopped"
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


async def test_a2_02_its_last_200_lines_and_the_first_error_of_them_are_kept_without_secrets(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(IDLE)
    lines = [*["long ago"] * 80, "Error: token s3cret is wrong", *["after"] * 198, "Error: last"]
    (tmp_path / "err.log").write_text("\n".join(lines) + "\n")
    redact: Callable[[str], str] = lambda text: text.replace("s3cret", "***")  # noqa: E731
    seen = await evidence.collect(asked(pid, tmp_path, redact=redact))
    assert seen.log == ("Error: token *** is wrong", *["after"] * 198, "Error: last")
    assert seen.error == "Error: token *** is wrong"


async def test_a2_02_what_was_said_before_is_not_quoted_and_both_outputs_are_in_order(
    process: Callable[..., int], tmp_path: Path
) -> None:
    """An old error says nothing of now, even if nobody wrote much since."""
    pid = process(IDLE)
    written(tmp_path / "err.log", (100, "Error: connect ECONNREFUSED 127.0.0.1:5432"), (902, "b"))
    written(tmp_path / "out.log", (899, "timeout, too early"), (901, "a"), (903, "Error: now"))
    logs = tuple(str(tmp_path / name) for name in ("err.log", "out.log"))
    told: list[str] = []

    def recognise(lines: Sequence[str]) -> tuple[str, ...]:
        told.extend(lines)
        return ()

    seen = await evidence.collect(asked(pid, tmp_path, logs=logs, since=900, recognise=recognise))
    assert seen.log == ("a", "b", "Error: now")
    assert seen.error == "Error: now"
    assert told == ["a", "b", "Error: now"]


async def test_a2_02_a_log_that_says_nothing_of_now_is_told_to_be_missing(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(IDLE)
    written(tmp_path / "err.log", (100, "Error: connect ECONNREFUSED 127.0.0.1:5432"))
    seen = await evidence.collect(asked(pid, tmp_path, since=time.time() - 60))
    assert (seen.log, seen.error) == ((), "")
    assert "log: nothing was written in the last 60 s" in seen.missing


def written(path: Path, *lines: tuple[int, str]) -> None:
    """Write a log whose lines are of these times (seconds since 1970), as the keeper notes them."""
    path.write_bytes(b"")
    times = Times(str(path), path.stat().st_ino)
    with path.open("ab") as log:
        for at, line in lines:
            times.note(log.tell(), at * 1_000_000_000)
            log.write(line.encode() + b"\n")
    times.close()


async def test_a2_02_node_tells_in_a_report_what_it_waits_for(
    process: Callable[..., int], node: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler that never answers: no JavaScript runs, and the report has no stack."""
    monkeypatch.setattr(evidence, "STACKS_WITHIN", 60)
    monkeypatch.setattr(evidence, "LIMIT", 120)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code = f"require('net').connect({port}, '127.0.0.1', () => console.log('up'))"
        pid = process(code, by=(node, "--report-on-signal", "-e"))
        seen = await evidence.collect(asked(pid, tmp_path, stack_signal=signal.SIGUSR2))
    assert f"the event loop waits for 1 x tcp to 127.0.0.1:{port}" in seen.stacks, seen


async def test_a2_02_what_is_involved_is_named_with_its_versions(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(IDLE)
    (tmp_path / "err.log").write_text("Error: connect ECONNREFUSED 127.0.0.1:5432\n")
    measured = (Measured(at=1.0, memory=2, cpu=3.0, descriptors=4, slowest=5.0),)
    seen = await evidence.collect(
        asked(
            pid,
            tmp_path,
            recognise=_refused,
            figures=measured,
            environment=("DATABASE_URL",),
            changed=lambda: ("files changed since it was started: /srv/.env",),
        )
    )
    assert seen.versions["usher"] == __version__
    assert seen.versions["kernel"] == os.uname().release
    assert "Python " + sys.version.split()[0] in seen.versions["program"]
    assert seen.matches == ("db.connection_refused: Error: connect ECONNREFUSED 127.0.0.1:5432",)
    assert seen.figures == measured
    assert seen.changed == ("files changed since it was started: /srv/.env",)
    assert seen.environment == ("DATABASE_URL",), "names, and no value"


def _nothing(_lines: Sequence[str]) -> tuple[str, ...]:
    return ()


def _refused(lines: Sequence[str]) -> tuple[str, ...]:
    return (f"db.connection_refused: {lines[0]}",)


async def test_a2_02_threads_are_told_with_what_they_wait_for_in_the_kernel(
    process: Callable[..., int], tmp_path: Path
) -> None:
    pid = process(IDLE)
    while (seen := await evidence.collect(asked(pid, tmp_path))).threads[0].state != "S":
        await asyncio.sleep(0.01)
    (main,) = seen.threads
    try:
        shown = Path(f"/proc/{pid}/stack").read_text().splitlines()
    except OSError:
        assert any(each.startswith("stacks in the kernel: ") for each in seen.missing)
    else:
        assert len(main.kernel) == min(len(shown), evidence.KERNEL_FRAMES)
        assert all(f" {name}+0x" in line for name, line in zip(main.kernel, shown, strict=False))


async def test_a2_02_sockets_are_counted_by_state(
    process: Callable[..., int], tmp_path: Path
) -> None:
    """A server that does not read: the client has gone, and the connection is half closed."""
    pid = process(SERVES)
    port = int((tmp_path / "err.log").read_text())
    with socket.create_connection(("127.0.0.1", port)):
        pass
    async with asyncio.timeout(60):
        while "close-wait" not in (seen := await evidence.collect(asked(pid, tmp_path))).sockets:
            await asyncio.sleep(0.1)
    assert seen.sockets == {"listen": 1, "close-wait": 1}
    assert seen.connections == (), "it has begun none"


async def test_a2_02_what_takes_too_long_is_missing_and_nothing_waits_for_it(
    process: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "LIMIT", evidence.LOOK + 0.1)
    done = threading.Event()
    pid = process(IDLE)

    def slow() -> tuple[str, ...]:
        done.wait(60)
        return ()

    seen = await evidence.collect(asked(pid, tmp_path, changed=slow))
    done.set()
    assert any(each.startswith("all but the state") for each in seen.missing)
    assert seen.state in "RS"
    assert seen.environment == ("PATH",)


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
