"""Files are whole or untouched; logs are read back whole across rotation."""

import asyncio
import stat
from pathlib import Path

import pytest

from usher.runtime import files, log_files
from usher.runtime.environments import Environments


def test_write_atomically_replaces_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "state"
    files.write_atomically(path, b"one")
    files.write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_content(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with pytest.raises(OSError, match="state"):
        files.write_atomically(tmp_path / "state", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize(
    ("now", "before", "asked", "expected"),
    [
        (b"", b"", 3, []),
        (b"a\nb\nc\n", b"", 2, ["b", "c"]),
        (b"a\nb\nunfinished", b"", 2, ["b", "unfinished"]),
        (b"c\n", b"a\nb\n", 2, ["b", "c"]),
        (b"a\n", b"", 0, []),
        (b"\xff\xfe\n", b"", 1, ["\ufffd\ufffd"]),
    ],
)
def test_tail(tmp_path: Path, now: bytes, before: bytes, asked: int, expected: list[str]) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(now)
    (tmp_path / "app.log.1").write_bytes(before)
    assert log_files.tail(path, asked) == expected


def test_tail_of_a_long_file_reads_whole_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("".join(f"line {n} {'x' * 90}\n" for n in range(50_000)))
    found = log_files.tail(path, 2000)
    assert len(found) == 2000
    assert found[0].startswith("line 48000 ")


async def test_follow_goes_through_rotation(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("old\n")
    lines: list[str] = []
    arrived = asyncio.Event()

    async def read() -> None:
        async for line in log_files.follow(path):
            lines.append(line)
            arrived.set()

    async def until(count: int) -> None:
        async with asyncio.timeout(5):
            while len(lines) < count:
                await arrived.wait()
                arrived.clear()

    task = asyncio.create_task(read())
    await asyncio.sleep(0)
    with path.open("a") as file:
        file.write("one\nha")
    await until(1)
    with path.open("a") as file:
        file.write("lf\n")
    path.rename(tmp_path / "app.log.1")
    path.write_text("two\n")
    await until(3)
    task.cancel()
    assert lines == ["one", "half", "two"]


def test_environments_are_private_and_named_without_telling(tmp_path: Path) -> None:
    store = Environments(tmp_path / "env")
    digest = store.put({"PASSWORD": "hunter2"})
    assert Environments(tmp_path / "env").get(digest) == {"PASSWORD": "hunter2"}
    assert store.put({"PASSWORD": "hunter2"}) == digest
    assert store.put({}) == ""
    assert Environments(tmp_path / "other").put({"PASSWORD": "hunter2"}) != digest
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "env").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o700
    store.keep_only(set())
    with pytest.raises(FileNotFoundError):
        Environments(tmp_path / "env").get(digest)
