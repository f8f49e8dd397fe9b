"""A daemon that says nothing: the keeper is asked to look at it, and at last it is given up."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from usher.api.exit_codes import ExitCode
from usher.api.types import Frame
from usher.client import Client, SilentError, connect, silence, transport
from usher.client.aio import AsyncClient
from usher.client.silence import ask_keeper, pauses
from usher.keeper import procfs


def test_the_pauses_grow_and_end_with_the_patience() -> None:
    assert list(pauses(60.0)) == [5, 10, 20, 25]
    assert list(itertools.islice(pauses(None), 7)) == [5, 10, 20, 40, 60, 60, 60]


class Doubts:
    """Counts how often somebody was to look, and says what to do."""

    def __init__(self) -> None:
        self.count = 0
        self.last: tuple[int, Callable[[], None]] | None = None
        """At which count, from now on, to do what."""

    def __call__(self) -> str:
        self.count += 1
        if self.last is not None and self.count == self.last[0]:
            self.last[1]()
        return f"look number {self.count}"


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubt a hundred times sooner."""
    monkeypatch.setattr(silence, "FIRST", 0.05)
    monkeypatch.setattr(silence, "SELDOM", 0.6)


@pytest.fixture
def hasty(eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up whole answers as much sooner, too; only for a daemon that never answers."""
    for module in (silence, transport, sys.modules[AsyncClient.__module__]):
        monkeypatch.setattr(module, "PATIENCE", 0.6)


@pytest.fixture
def deaf(tmp_path: Path) -> Iterator[str]:
    """Return the path of a socket that takes connections and never answers, as a stopped daemon."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "usher.sock"))
        listener.listen()
        yield str(tmp_path / "usher.sock")


@pytest.mark.usefixtures("hasty")
def test_a_whole_answer_is_given_up(deaf: str) -> None:
    doubts = Doubts()
    with pytest.raises(SilentError, match=r"the daemon says nothing for 0\.6 s") as caught:
        Client(deaf, doubts).ping()
    assert doubts.count == 4
    assert caught.value.hint == "look number 4"
    assert caught.value.exit_code == ExitCode.TIMEOUT


@pytest.mark.usefixtures("hasty")
def test_a_request_that_nobody_takes_is_given_up(deaf: str) -> None:
    """More than the socket's buffer holds."""
    with pytest.raises(SilentError):
        Client(deaf, Doubts()).write(["api"], "x" * 4_000_000)


@pytest.mark.usefixtures("hasty")
async def test_so_it_is_by_the_asyncio_client(deaf: str) -> None:
    doubts = Doubts()
    with pytest.raises(SilentError, match="says nothing") as caught:
        await AsyncClient(deaf, doubts).call(Client.ping)
    assert doubts.count == 4
    assert caught.value.hint == "look number 4"


@pytest.fixture
def follower(daemon: Any, make_event: Callable[..., Frame]) -> str:
    """Return the path of a daemon that tells one event and then nothing."""
    daemon.answers["GET /v1/events"] = [make_event()]
    daemon.endless.add("GET /v1/events")
    return str(daemon.home / "usher.sock")


@pytest.mark.usefixtures("eager")
def test_a_stream_may_be_silent_for_ever(follower: str, daemon: Any) -> None:
    doubts = Doubts()
    events = Client(follower, doubts).events(follow=True)
    assert next(events).seq == 1
    doubts.last = (doubts.count + 6, daemon.close)  # longer than any patience of `hasty`
    assert list(events) == []


@pytest.mark.usefixtures("eager")
async def test_so_may_a_stream_of_the_asyncio_client(follower: str, daemon: Any) -> None:
    doubts = Doubts()
    events = AsyncClient(follower, doubts).stream(Client.events, follow=True)
    async with asyncio.timeout(120):
        assert (await anext(events)).seq == 1
        doubts.last = (doubts.count + 6, daemon.close)
        assert [event async for event in events] == []


LISTENER = """
import signal, sys
signal.signal(signal.SIGURG, lambda *_: (print('asked', flush=True), sys.exit(0)))
print('ready', flush=True)
signal.pause()
"""


@pytest.fixture
def keeper(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program in the place of the keeper of `home` that says when it was asked to look."""
    argv = [sys.executable, "-c", LISTENER]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        started = procfs.start_time(process.pid)
        (home / "keeper.pid").write_text(f"{process.pid} {started}\n")
        yield process
        with contextlib.suppress(ProcessLookupError):
            process.kill()


def test_the_keeper_is_asked(home: Path, keeper: subprocess.Popen[str]) -> None:
    hint = connect(str(home)).doubt()
    assert f"pid {keeper.pid}) was asked to replace it" in hint
    assert "keeper.log" in hint
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == "asked\n"
    assert keeper.wait(60) == 0


def test_a_stopped_keeper_is_said(home: Path, keeper: subprocess.Popen[str]) -> None:
    os.kill(keeper.pid, signal.SIGSTOP)
    deadline = time.monotonic() + 60
    while (brief := procfs.brief(keeper.pid)) is None or brief.state != b"T":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert ask_keeper(home) == f"its keeper is stopped, too: `kill -CONT {keeper.pid}`"


@pytest.mark.parametrize("words", [None, "", "nonsense", "{pid} 1"])
def test_without_a_keeper_a_person_is_told_what_to_end(
    home: Path, keeper: subprocess.Popen[str], words: str | None
) -> None:
    """No file, a torn one, or one whose number meanwhile belongs to another process."""
    file = home / "keeper.pid"
    file.unlink() if words is None else file.write_text(words.format(pid=keeper.pid))
    assert "its keeper is gone: end the daemon" in ask_keeper(home)
    assert keeper.poll() is None
