"""Care for log files, with a keeper that does what it is told in the same process."""

import asyncio
import gzip
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import rotation
from usher.model.events import Key
from usher.model.spec import LogSpec, ServiceSpec
from usher.runtime import runs
from usher.runtime.keeper_channel import RefusedError
from usher.runtime.log_keeping import Instance, LogKeeper
from usher.runtime.log_paths import NOWHERE, LogPaths, log_paths, records

SPEC = ServiceSpec(name="api", argv=("x",), cwd="/")


@pytest.mark.parametrize(
    ("logs", "instances", "expected"),
    [
        (LogSpec(), 1, ("/h/logs/api-out.log", "/h/logs/api-error.log", None)),
        (LogSpec(), 2, ("/h/logs/api-out-3.log", "/h/logs/api-error-3.log", None)),
        (LogSpec(suffix="id"), 1, ("/h/logs/api-out-7.log", "/h/logs/api-error-7.log", None)),
        (LogSpec(per_instance=False), 2, ("/h/logs/api-out.log", "/h/logs/api-error.log", None)),
        (LogSpec(out="/a/o", err="/a.d/e", suffix="id"), 1, ("/a/o-7", "/a.d/e-7", None)),
        (LogSpec(combined="/a/all.log"), 2,
         ("/h/logs/api-out-3.log", "/h/logs/api-error-3.log", "/a/all-3.log")),
        (LogSpec(out="NULL", err="/dev/null", suffix="id"), 1, (NOWHERE, NOWHERE, None)),
        (LogSpec(disabled=True, combined="/a"), 1, (NOWHERE, NOWHERE, None)),
        (LogSpec(combined="NULL"), 1, ("/h/logs/api-out.log", "/h/logs/api-error.log", None)),
    ],
)  # fmt: skip
def test_where_output_goes(logs: LogSpec, instances: int, expected: tuple[str, str, str]) -> None:
    spec = ServiceSpec(name="api", argv=("x",), cwd="/", logs=logs, instances=instances)
    assert log_paths(Path("/h"), spec, 3, 7) == LogPaths(*expected)


def test_what_the_keeper_is_told() -> None:
    logs = LogSpec(date_format="YYYY", format="json", max_size=5, retain=2, rotated_names="MM")
    spec = ServiceSpec(name="api@2", label="api", argv=("x",), cwd="/", logs=logs)
    assert records(LogPaths("/o", "/e", "/c"), spec, 7, {"uid": 5}, tuple)["stderr"] == {
        "path": "/e",
        "combined": "/c",
        "max_size": 5,
        "retain": 2,
        "rotated_names": "MM",
        "date_format": "YYYY",
        "format": "json",
        "id": 7,
        "name": "api",
        "uid": 5,
    }
    assert records(LogPaths("/o", "/e", None), SPEC, 7, {}, tuple)["stdout"].keys() == {
        *("path", "max_size", "retain", "id", "name"),
    }


class FakeKeeper:
    """Notes what it is asked; tidies up and runs helpers for real."""

    def __init__(self) -> None:
        self.runs: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.helpers: list[list[str]] = []
        self.refuses = False
        self.is_slow = False
        """Orders for writers wait in `orders`, as they do behind a slow disk."""
        self.orders: list[Callable[[], None]] = []

    async def request(self, kind: str, /, **fields: Any) -> object:
        self.asked.append((kind, fields))
        if self.refuses:
            raise RefusedError({"error": "no"})
        if kind == "tidy-logs":
            self.orders.append(lambda: _tidy(**fields))
        while self.orders and not self.is_slow:
            self.orders.pop(0)()
        return None

    async def run_helper(self, argv: list[str], /, **fields: Any) -> dict[str, Any]:
        self.helpers.append(argv)
        done = await asyncio.to_thread(subprocess.run, argv, capture_output=True, check=False)
        return {"status": {"code": done.returncode}, "output": done.stderr.decode()}


def _tidy(path: str, drop: list[int], compressed: list[tuple[int, str]]) -> None:
    rotation.drop(path, drop)
    for inode, made in compressed:
        rotation.take_compressed(path, inode, made)


class Home:
    """One service with its logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keeper = FakeKeeper()
        self.notes: list[tuple[str, str, str]] = []
        self.spec = SPEC
        self.logkeeper = LogKeeper(
            folder,
            self.keeper,
            lambda: [Instance(self.spec, 0, 0)],
            lambda *note: self.notes.append(note),
        )
        (folder / "logs").mkdir()

    def define(self, **logs: Any) -> None:
        self.spec = ServiceSpec(name="api", argv=("x",), cwd="/", logs=LogSpec(**logs))

    def run(self) -> str:
        name = runs.run_id(str(self.folder), Key("api", 1, 0), 4)
        self.keeper.runs[name] = None
        return name

    def file(self, name: str, text: str = "x\n", age: float = 0.0) -> Path:
        path = self.folder / "logs" / name
        path.write_text(text)
        os.utime(path, (time.time() - age, time.time() - age))
        return path

    def names(self) -> list[str]:
        return sorted(each.name for each in (self.folder / "logs").iterdir())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def test_a_rotation_is_followed_by_compression(home: Home) -> None:
    home.define(compress=True)
    home.file("api-out.log")
    home.file("api-out.log.1", "text\n" * 1000, age=50)
    left = home.file(".api-out.log.4711.gz.new")
    home.logkeeper.told({"kind": "rotated", "run": home.run(), "path": "whatever"})
    await eventually(lambda: home.names() == ["api-out.log", "api-out.log.1.gz"])
    packed = home.folder / "logs" / "api-out.log.1.gz"
    assert gzip.decompress(packed.read_bytes()) == b"text\n" * 1000
    assert packed.stat().st_mode & 0o777 == 0o600
    assert time.time() - packed.stat().st_mtime > 40
    assert not left.exists()


async def test_what_a_writer_has_not_taken_yet_waits_for_it(home: Home) -> None:
    home.define(compress=True)
    home.file("api-out.log.1", "text\n")
    home.keeper.is_slow = True
    for _ in range(2):
        home.logkeeper.sweep()
        await eventually(lambda: not home.logkeeper.is_busy)
    assert len(home.keeper.helpers) == 1
    for order in home.keeper.orders:
        order()
    assert home.names() == ["api-out.log.1.gz"]


async def test_what_a_writer_died_with_is_compressed_anew(home: Home) -> None:
    home.define(compress=True)
    home.file("api-out.log.1", "text\n")
    home.keeper.is_slow = True
    home.logkeeper.sweep()
    await eventually(lambda: not home.logkeeper.is_busy)
    home.keeper.orders.clear()
    home.keeper.is_slow = False
    home.logkeeper.keeper_back()
    await eventually(lambda: home.names() == ["api-out.log.1.gz"])


async def test_what_cannot_be_compressed_stays(home: Home) -> None:
    home.define(compress=True)
    home.file("api-out.log.1")
    home.keeper.refuses = True
    home.logkeeper.sweep()
    await eventually(lambda: home.keeper.asked != [])
    await eventually(lambda: not home.logkeeper.is_busy)
    assert "api-out.log.1" in home.names()


async def test_old_files_go_and_others_of_the_folder_stay(home: Home) -> None:
    home.define(max_age=100.0)
    for name in ("api-out.log", "api-out.log.1", "other-out.log.1", "api-out.log.txt"):
        home.file(name, age=200)
    home.logkeeper.sweep()
    await eventually(lambda: not home.logkeeper.is_busy)
    assert home.names() == ["api-out.log", "api-out.log.txt", "other-out.log.1"]


async def test_flush_leaves_live_logs_to_their_writer_and_empties_the_others(home: Home) -> None:
    out, err = home.file("api-out.log"), home.file("api-error.log")
    paths = {str(out), str(err)}
    assert await home.logkeeper.flush(paths) == 2
    assert (out.read_text(), err.read_text(), home.keeper.asked) == ("", "", [])
    out.write_text("more\n")
    run = home.run()
    assert await home.logkeeper.flush(paths) == 2
    assert home.keeper.asked == [("logs", {"run": run, "op": "flush"})]
    assert out.read_text() == "more\n"  # the fake writer does nothing


async def test_flush_does_not_follow_links(home: Home) -> None:
    victim = home.file("victim", "precious\n")
    link = home.folder / "logs" / "api-out.log"
    link.symlink_to(victim)
    assert await home.logkeeper.flush({str(link)}) == 0
    assert victim.read_text() == "precious\n"


async def test_orders_for_runs(home: Home) -> None:
    run = home.run()
    await home.logkeeper.reopen()
    home.logkeeper.rotate("api")
    home.logkeeper.rotate("other")
    await eventually(lambda: len(home.keeper.asked) == 2)
    assert home.keeper.asked == [
        ("logs", {"run": run, "op": "reopen"}),
        ("logs", {"run": run, "op": "rotate"}),
    ]


async def test_trouble_is_told(home: Home) -> None:
    run = home.run()
    failed = {"kind": "log-trouble", "run": run, "error": "cannot write log", "dropped": 0}
    home.logkeeper.told(failed)
    home.logkeeper.told({**failed, "error": None, "dropped": 12})
    assert home.notes == [
        ("log-trouble", "cannot write log", "api"),
        ("log-works", "its log is written again; 12 bytes of output are lost", "api"),
    ]
    await eventually(lambda: not home.logkeeper.is_busy)
