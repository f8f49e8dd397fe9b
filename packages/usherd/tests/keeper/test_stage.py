"""The staging protocol, killed at every system call it makes."""

import itertools
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usher.keeper import logfile, owner, rotation, stage, times
from usher.keeper.lines import framing
from usher.keeper.logfile import Limits, LogFile
from usher.keeper.pour import LINE_LIMIT, pour, undo
from usher.keeper.stage import HEAD, Place, Stage

CALLS = {"splice", "pwrite", "ftruncate", "replace", "unlink"}
"""Calls that change something, besides `open`."""


class KilledError(BaseException):
    """The keeper was killed here."""


class MortalKernel:
    """The os module, in which the keeper dies at the n-th call that changes something.

    `how` says whether the call happens before the death: not at all, wholly, or (pwrite) half.
    """

    def __init__(self, at: int, how: str) -> None:
        self.left = at
        self.how = how
        self._open: set[int] = set()

    def open(self, *args: Any, **kw: Any) -> int:
        fd: int = self._call("open", self._opened, *args, **kw)
        return fd

    def _opened(self, *args: Any, **kw: Any) -> int:
        fd = os.open(*args, **kw)
        self._open.add(fd)
        return fd

    def close(self, fd: int) -> None:
        self._open.discard(fd)
        os.close(fd)

    def bury(self) -> None:
        """Close what its processes had open, as the kernel does when they are dead."""
        while self._open:
            self.close(self._open.pop())

    def __getattr__(self, name: str) -> Any:
        call = getattr(os, name)
        return (lambda *args, **kw: self._call(name, call, *args, **kw)) if name in CALLS else call

    def _call(self, name: str, call: Any, *args: Any, **kw: Any) -> Any:
        if self.left != 0:
            self.left -= 1
            return call(*args, **kw)
        self.left = -1
        if self.how == "half" and name == "pwrite" and len(args[1]) > 76:
            # Longer than a record, so it may be cut; a record is written in one piece.
            os.pwrite(args[0], bytes(args[1])[: len(args[1]) // 2], args[2])
        elif self.how != "not":
            call(*args, **kw)
        raise KilledError


class Keeper:
    """What a keeper does for one stream, and what its successor does first."""

    def __init__(self, memfd: int, paths: list[Path], spec: dict[str, Any]) -> None:
        self.stage = Stage(memfd)
        self.files = [LogFile(str(path), Limits.of(spec)) for path in paths]
        self.framing = framing(spec, "out")
        if self.stage.interrupted:
            undo(self.stage, self.files)

    def work(self, pipe: int, limit: int) -> None:
        buffer = bytearray(LINE_LIMIT * 2)
        while True:
            try:
                if not self.stage.fill(pipe, limit):
                    break
            except BlockingIOError:
                return
            self.pour(buffer, final=False)
        self.pour(buffer, final=True)

    def pour(self, buffer: bytearray, *, final: bool) -> None:
        pour(self.stage, self.files, self.framing, buffer, final=final)


def all_of(path: Path) -> bytes:
    """Read a log with its rotated files; the order of dated ones is that of their numbers."""

    def age(each: Path) -> int:
        if each.suffix[1:].isdigit():
            return -int(each.suffix[1:])
        return int(each.stem.rpartition("_")[2]) if each.stem.count("_") > 2 else 0

    numbered = list(path.parent.glob(f"{path.name}.*"))
    dated = list(path.parent.glob(f"{path.stem}__*"))
    old = sorted([*numbered, *dated], key=age)
    return b"".join(each.read_bytes() for each in [*old, path] if each.exists())


MODULES: list[Any] = [stage, logfile, rotation, times, owner]


def run(
    paths: list[Path], text: list[bytes], spec: dict[str, Any], kernel: MortalKernel, limit: int
) -> bool:
    """Pass `text` through keepers that die as `kernel` says; return whether one died."""
    died = False
    read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    memfd = os.memfd_create("test")
    keeper: Keeper | None = None
    for module in MODULES:
        module.os = kernel
    try:
        for piece in [*text, b""]:
            if piece:
                os.write(write, piece)
            else:
                os.close(write)
            for _ in range(2):
                try:
                    keeper = keeper or Keeper(memfd, paths, spec)
                    keeper.work(read, limit)
                    break
                except KilledError:
                    died, keeper = True, None
                    kernel.bury()
    finally:
        for module in MODULES:
            module.os = os
        kernel.bury()
        os.close(read)
    assert Stage(memfd).pending == 0
    assert os.fstat(memfd).st_size == HEAD
    os.close(memfd)
    return died


LINES = st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b" ") + b"\n"))
TEXT = st.lists(LINES.map(b"".join), min_size=1, max_size=8)
DATED = re.compile(rb"20\d\d: (.*)", re.DOTALL)


def printed(found: bytes, spec: dict[str, Any]) -> bytes:
    """Take the frames off what is in the files."""
    if spec.get("format") == "json":
        return b"".join(json.loads(row)["message"].encode() for row in found.splitlines(True))
    if spec.get("date_format"):
        dated = [DATED.fullmatch(row) for row in found.split(b"\n")[:-1]]
        return b"".join(row[1] + b"\n" for row in dated if row)
    return found


FORMATS: list[dict[str, Any]] = [
    {},
    {"date_format": "YYYY"},
    {"format": "json", "id": 3, "name": 'a"b'},
    {"rotated_names": "YYYY-MM-DD"},
]


@settings(max_examples=40, deadline=None)
@given(
    text=TEXT,
    cuts=st.lists(st.integers(0, 400), max_size=6),
    max_size=st.integers(1, 300),
    limit=st.integers(16, 200),
    how=st.sampled_from(["not", "half", "wholly"]),
    form=st.sampled_from(FORMATS),
    combined=st.booleans(),
)
def test_every_byte_is_once_in_the_files_wherever_the_keeper_dies(
    tmp_path_factory: pytest.TempPathFactory,
    text: list[bytes],
    cuts: list[int],
    max_size: int,
    limit: int,
    how: str,
    form: dict[str, Any],
    combined: bool,
) -> None:
    whole = b"".join(text)
    bounds = [0, *sorted({min(cut, len(whole)) for cut in cuts}), len(whole)]
    pieces = [whole[a:b] for a, b in itertools.pairwise(bounds) if b > a]
    if form.get("format") == "json":
        whole = whole.decode("utf-8", "replace").encode()
    folder = tmp_path_factory.mktemp("log")
    spec = {"max_size": max_size, "retain": 10_000, **form}
    at, died = 0, True
    while died:
        paths = [folder / str(at) / name for name in ("out.log", "all.log")[: 1 + combined]]
        died = run(paths, pieces, spec, MortalKernel(at, how), limit)
        for path in paths:
            assert printed(all_of(path), spec) == whole, f"killed at call {at}"
        for each in (folder / str(at)).glob("[!.]*"):
            text_in = each.read_bytes()
            assert text_in.count(b"\n") <= 1 or len(text_in) <= max_size
            assert text_in.endswith(b"\n")
        at += 1 + at // 10


def test_a_stage_that_is_none_is_refused() -> None:
    memfd = os.memfd_create("test")
    os.pwrite(memfd, b"something else" * 10, 0)
    with pytest.raises(ValueError, match="record begins"):
        Stage(memfd)
    os.ftruncate(memfd, 10)
    with pytest.raises(ValueError, match="record is cut"):
        Stage(memfd)
    os.close(memfd)


def test_an_interrupted_append_cuts_only_the_file_it_was_made_to(tmp_path: Path) -> None:
    path = tmp_path / "out.log"
    path.write_bytes(b"123456")
    found = path.stat()
    log = LogFile(str(path), Limits(100, 1))
    log.cut(Place(found.st_dev, found.st_ino + 1, 3))
    assert path.read_bytes() == b"123456"
    log.cut(Place(found.st_dev, found.st_ino, 3))
    assert path.read_bytes() == b"123"
    log.cut(Place(found.st_dev, found.st_ino, 5))
    assert path.read_bytes() == b"123"  # never made longer
    log.close()


@pytest.mark.parametrize("kind", ["symlink", "hard link", "folder"])
def test_a_log_is_not_written_through_links(tmp_path: Path, kind: str) -> None:
    victim, path = tmp_path / "victim", tmp_path / "out.log"
    victim.write_bytes(b"precious\n")
    if kind == "symlink":
        path.symlink_to(victim)
    elif kind == "hard link":
        path.hardlink_to(victim)
    else:
        path.mkdir()
    memfd = os.memfd_create("test")
    staged = Stage(memfd)
    staged.put(b"line\n")
    with pytest.raises(OSError, match=r"link|directory"):
        pour(staged, [LogFile(str(path), Limits(100, 1))], None, bytearray(100), final=False)
    assert victim.read_bytes() == b"precious\n"
    os.close(memfd)


def test_devices_are_written_to_without_rotation(tmp_path: Path) -> None:
    memfd = os.memfd_create("test")
    staged = Stage(memfd)
    staged.put(b"line\n" * 100)
    null = LogFile(os.devnull, Limits(10, 1))
    pour(staged, [null], None, bytearray(100), final=False)
    null.empty()
    null.close()
    assert staged.pending == 0
    os.close(memfd)
