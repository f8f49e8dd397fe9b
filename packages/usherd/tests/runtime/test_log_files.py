"""Logs are read back whole: over rotation, compression and truncation, with their times."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from usher.keeper import compress, rotation
from usher.keeper.logfile import Limits, LogFile
from usher.keeper.pour import pour
from usher.keeper.stage import Stage
from usher.keeper.times import GRAIN
from usher.runtime import log_files
from usher.runtime.log_files import Log, Window, tail, text_of
from usher.runtime.log_follow import PATIENCE, LogFollower


class Writer:
    """The keeper's side of one log; `clock` is the time of what is written next."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = 1_000 * GRAIN
        self.memfd = os.memfd_create("test")
        self.stage = Stage(self.memfd)
        self.log = LogFile(str(path), Limits(1 << 20, 5))
        monkeypatch.setattr("usher.keeper.pour.time.time_ns", lambda: self.clock)

    def write(self, text: str, *, final: bool = False) -> None:
        self.stage.put(text.encode())
        pour(self.stage, [self.log], None, bytearray(1 << 17), final=final)
        self.clock += 1_000 * GRAIN


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app-out.log"


@pytest.fixture
def writer(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    writer = Writer(path, monkeypatch)
    yield writer
    writer.log.close()
    os.close(writer.memfd)


def compress_rotated(path: Path, name: str) -> None:
    made = path.with_name(f".{name}.new")
    inode = path.with_name(name).stat().st_ino
    compress.compress(str(path.with_name(name)), inode, str(made))
    rotation.take_compressed(str(path), inode, str(made))


def read(path: Path, window: Window) -> list[tuple[int, str]]:
    with Log(str(path)) as log:
        return [(line.time_ns // (1000 * GRAIN), text_of(line.text)) for line in log.read(window)]


@pytest.mark.parametrize(
    ("now", "before", "asked", "expected"),
    [
        (b"", b"", 3, []),
        (b"a\nb\nc\n", b"", 2, ["b", "c"]),
        (b"a\nb\nunfinished", b"", 2, ["b", "unfinished"]),
        (b"c\n", b"a\nb\n", 2, ["b", "c"]),
        (b"a\n", b"", 0, []),
        (b"\n\na\n\n", b"", 3, ["", "a", ""]),
        (b"\xff\xfe\n", b"", 1, ["\ufffd\ufffd"]),
    ],
)
def test_tail(path: Path, now: bytes, before: bytes, asked: int, expected: list[str]) -> None:
    path.with_name("app-out.log.1").write_bytes(before)
    path.write_bytes(now)
    assert tail(path, asked) == expected


def test_tail_of_nothing(path: Path) -> None:
    assert tail(path, 3) == []


def test_tail_of_a_long_file_reads_whole_lines_only(path: Path) -> None:
    path.write_text("".join(f"line {n} {'x' * 90}\n" for n in range(50_000)))
    found = tail(path, 2000)
    assert len(found) == 2000
    assert found[0].startswith("line 48000 ")


def test_tail_gives_no_half_line_where_it_stops_looking(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "TAIL_LIMIT", 10_000)
    path.write_text("".join(f"line {n} {'x' * 90}\n" for n in range(2000)))
    assert all(line.startswith("line ") for line in tail(path, 1000))


@pytest.mark.parametrize("seed", range(20))
def test_the_last_lines_are_the_last_of_all(
    path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # noqa: S311 (a test's choices)
    monkeypatch.setattr(log_files, "CHUNK", chance.choice([3, 7, 64]))
    lines = ["x" * chance.randrange(9) for _ in range(40)]
    path.write_text("\n".join(lines) + chance.choice(["\n", "", "\nend"]))
    whole = path.read_text().removesuffix("\n").split("\n")
    for count in range(1, 45):
        assert tail(path, count) == whole[-count:]


def test_lines_have_the_time_at_which_they_were_taken(path: Path, writer: Writer) -> None:
    writer.write("one\ntwo\n")
    writer.write("three\n")
    assert read(path, Window(None)) == [(1, "one"), (1, "two"), (2, "three")]


def test_since_and_until_over_rotated_and_compressed_files(path: Path, writer: Writer) -> None:
    for number in range(1, 10):
        writer.write(f"line {number}\n")
        if number % 2 == 0:
            writer.log.rotate()
    for name in ("app-out.log.2", "app-out.log.3"):
        compress_rotated(path, name)
    assert sorted(each.name for each in path.parent.glob("[!.]*")) == [
        *("app-out.log", "app-out.log.1", "app-out.log.2.gz", "app-out.log.3.gz", "app-out.log.4"),
    ]
    # The writer's clock is the test's, that of the files is not: none is left out by its time.
    lines = [(number, f"line {number}") for number in range(1, 10)]
    assert read(path, Window(None)) == lines
    assert read(path, Window(None, since=3000 * GRAIN)) == lines[2:]
    assert read(path, Window(None, 3000 * GRAIN, 5000 * GRAIN)) == lines[2:5]
    assert read(path, Window(2, 3000 * GRAIN, 5000 * GRAIN)) == lines[3:5]
    assert read(path, Window(4)) == lines[5:]


def test_times_survive_a_flush_and_a_new_keeper(path: Path, writer: Writer) -> None:
    writer.write("one\n")
    writer.log.empty()
    writer.write("two\n")
    writer.log.close()
    writer.write("three\n")
    assert read(path, Window(None)) == [(2, "two"), (3, "three")]


def test_times_of_another_file_are_not_believed(path: Path, writer: Writer) -> None:
    writer.write("one\n")
    path.rename(path.with_name("elsewhere"))
    path.write_text("other\n")
    os.utime(path, ns=(0, 77_000 * GRAIN))
    assert read(path, Window(None)) == [(77, "other")]


def test_a_damaged_compressed_file_gives_what_it_can(path: Path, writer: Writer) -> None:
    writer.write("".join(f"{n} {hash((n, n))}\n" for n in range(9000)))
    writer.log.rotate()
    compress_rotated(path, "app-out.log.1")
    writer.write("last\n")
    packed = path.with_name("app-out.log.1.gz")
    packed.write_bytes(packed.read_bytes()[:50_000])
    found = read(path, Window(None))
    assert found[0][1].startswith("0 ")
    assert found[-1] == (2, "last")


def test_a_file_that_moved_up_is_not_compressed_as_another(path: Path, writer: Writer) -> None:
    writer.write("one\n")
    writer.log.rotate()
    inode = path.with_name("app-out.log.1").stat().st_ino
    writer.write("two\n")
    writer.log.rotate()
    made = path.with_name(".made")
    with pytest.raises(FileNotFoundError, match="another name"):
        compress.compress(str(path.with_name("app-out.log.1")), inode, str(made))
    assert not made.exists()


def test_dated_names_are_found_again_and_no_others(path: Path, writer: Writer) -> None:
    writer.log.limits.names = "YYYY-MM-DD_HH-mm-ss"
    for number in range(3):
        writer.write(f"{number}\n")
        writer.log.rotate()
    path.with_name("app-out__other.log").write_text("another service's\n")
    path.with_name("app-out.logs").write_text("another service's\n")
    assert len(rotation.rotated(str(path))) == 3
    assert [text for _, text in read(path, Window(None))] == ["0", "1", "2"]


# -- following -----------------------------------------------------------------------------------


@pytest.fixture
def follow(path: Path) -> Iterator[Callable[[], list[str]]]:
    with Log(str(path)) as log:
        follower = LogFollower(str(path), log.position())
    yield lambda: [text_of(line.text) for line in follower.poll()]
    follower.close()


def test_follow_goes_through_rotation(writer: Writer, follow: Callable[[], list[str]]) -> None:
    assert follow() == []
    writer.write("one\n")
    assert follow() == ["one"]
    writer.write("two\n")
    writer.log.rotate()
    writer.write("three\n")
    assert follow() == ["two", "three"]
    for number in range(4, 8):  # several rotations between two looks
        writer.write(f"{number}\n")
        writer.log.rotate()
    writer.write("8\n")
    assert follow() == ["4", "5", "6", "7", "8"]
    assert follow() == []


def test_follow_begins_where_the_reading_ended(path: Path, writer: Writer) -> None:
    writer.write("one\ntwo\n")
    with Log(str(path)) as log:
        writer.write("three\n")
        assert [line.text for line in log.read(Window(5))] == [b"one", b"two"]
        follower = LogFollower(str(path), log.position())
    assert [line.text for line in follower.poll()] == [b"three"]
    follower.close()


def test_follow_goes_through_truncation(writer: Writer, follow: Callable[[], list[str]]) -> None:
    writer.write("one\ntwo\n")
    assert follow() == ["one", "two"]
    writer.log.empty()
    writer.write("three\n")
    assert follow() == ["three"]


def test_follow_shows_an_unfinished_line_after_a_while(
    writer: Writer, follow: Callable[[], list[str]]
) -> None:
    writer.write("last words", final=True)
    for _ in range(PATIENCE):
        assert follow() == []
    assert follow() == ["last words"]
    writer.write("\nnext run\n")
    assert follow() == ["next run"]


@pytest.mark.parametrize("seed", range(10))
def test_follow_neither_loses_nor_repeats(
    path: Path, writer: Writer, follow: Callable[[], list[str]], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (a test's choices)
    writer.log.limits.retain = 1000
    seen: list[str] = []
    for number in range(300):
        writer.write(f"line {number}\n")
        if chance.random() < 0.2:
            writer.log.rotate()
        if chance.random() < 0.05 and path.with_name("app-out.log.1").exists():
            writer.log.close()
        if chance.random() < 0.3:
            seen += follow()
    writer.write("end\n")
    seen += follow()
    assert seen == [*(f"line {number}" for number in range(300)), "end"]
