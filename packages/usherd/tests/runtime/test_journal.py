"""What is read back is what was: after any kill, with a torn tail, after a snapshot."""

import errno
import os
import tempfile
from pathlib import Path

import pytest

from usher.model import events as ev
from usher.model.spec import ServiceSpec
from usher.model.world import World
from usher.policy.step import step
from usher.runtime import files
from usher.runtime.journal import Journal

pytestmark = pytest.mark.usefixtures("descriptors_end")

BOOT = "boot-1"
KEY = ev.Key("a", 1, 0)

STORY: list[ev.Event] = [
    ev.PlanChanged(
        job="j1",
        origin="test",
        services=(ServiceSpec(name="a", argv=("sleep", "1"), cwd="/"),),
        start=("a",),
    ),
    ev.CheckDone(key=KEY, run=1),
    ev.Spawned(key=KEY, run=1, pid=100),
    ev.Tick(),
    ev.ProcessExited(key=KEY, run=1, status=ev.Exit(3)),
    ev.Spawned(key=KEY, run=2, pid=101),
    ev.Stop(job="j2", origin="test", services=("a",)),
]


def live(journal: Journal, world: World, story: list[ev.Event], start: float = 0.0) -> World:
    """Do what the driver does: decide, and append what changed the world."""
    for second, event in enumerate(story):
        now = ev.Now(boot=1000.0 + start + 2 * second, wall=0.0)
        after, _ = step(world, event, now)
        if after is not world:
            journal.append(event, now)
        world = after
    return world


def opened(folder: Path) -> tuple[Journal, World]:
    journal = Journal(folder, BOOT)
    found = journal.load(step)
    if found is None:
        journal.snapshot(World())
        return journal, World()
    return journal, found.world


@pytest.mark.parametrize("killed_after", range(len(STORY) + 1))
def test_a_killed_daemon_remembers_every_decision(tmp_path: Path, killed_after: int) -> None:
    journal, world = opened(tmp_path)
    world = live(journal, world, STORY[:killed_after])
    assert opened(tmp_path)[1] == world


def test_f4_7_it_tells_until_when_the_daemon_before_was_there(tmp_path: Path) -> None:
    """What died after that died while nobody watched."""
    journal, world = opened(tmp_path)
    assert journal.ended is None
    live(journal, world, STORY)
    again, _ = opened(tmp_path)
    assert again.ended is not None
    assert 1000.0 < again.ended.boot <= 1000.0 + 2 * (len(STORY) - 1)


def test_a_snapshot_replaces_the_journal_and_life_goes_on(tmp_path: Path) -> None:
    journal, world = opened(tmp_path)
    world = live(journal, world, STORY[:3])
    journal.snapshot(world)
    assert (tmp_path / "journal").stat().st_size == 0
    world = live(journal, world, STORY[3:], start=6)
    assert opened(tmp_path)[1] == world


def test_a_kill_between_snapshot_and_truncation_repeats_nothing(tmp_path: Path) -> None:
    journal, world = opened(tmp_path)
    world = live(journal, world, STORY)
    entries = (tmp_path / "journal").read_bytes()
    journal.snapshot(world)
    (tmp_path / "journal").write_bytes(entries)
    assert opened(tmp_path)[1] == world


@pytest.mark.parametrize("damage", [b"0", b"deadbeef {}\n", b'12345678 {"n":9', b"\n\n"])
def test_a_torn_tail_is_dropped_and_kept_aside(tmp_path: Path, damage: bytes) -> None:
    journal, world = opened(tmp_path)
    world = live(journal, world, STORY[:4])
    with (tmp_path / "journal").open("ab") as file:
        file.write(damage)
    journal, found = opened(tmp_path)
    assert found == world
    assert (tmp_path / "journal.torn").read_bytes() == damage
    assert opened(tmp_path)[1] == live(journal, world, [])


def test_a_damaged_snapshot_is_never_taken_for_an_empty_list(tmp_path: Path) -> None:
    journal, world = opened(tmp_path)
    journal.snapshot(live(journal, world, STORY))
    path = tmp_path / "snapshot.json"
    path.write_bytes(path.read_bytes().replace(b"sleep", b"sleeq"))
    with pytest.raises(ValueError, match="checksum does not match"):
        opened(tmp_path)


def test_a_frozen_journal_keeps_what_was(tmp_path: Path) -> None:
    journal, world = opened(tmp_path)
    before = live(journal, world, STORY[:4])
    journal.freeze()
    journal.snapshot(live(journal, before, STORY[6:], start=30))
    assert opened(tmp_path)[1] == before


def test_the_boot_is_remembered(tmp_path: Path) -> None:
    opened(tmp_path)
    found = Journal(tmp_path, "boot-2").load(step)
    assert found is not None
    assert found.boot_id == BOOT


class FullDisk:
    """A disk that has so many bytes left."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
        self.left = left
        self._write = os.write
        self._write_atomically = files.write_atomically
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(files, "write_atomically", self.write_atomically)

    def write(self, fd: int, content: bytes) -> int:
        if not self.left:
            raise OSError(errno.ENOSPC, "No space left on device")
        part = content[: self.left]
        self.left -= len(part)
        return self._write(fd, part)

    def write_atomically(self, path: Path, content: bytes) -> None:
        if len(content) > self.left:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._write_atomically(path, content)


@pytest.mark.parametrize("left", [0, 300, 301, 350, 400, 700])
def test_a2_15_a_full_disk_stops_no_decision_and_leaves_no_half_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    journal, world = opened(tmp_path)
    disk = FullDisk(monkeypatch, left)
    after = live(journal, world, STORY)
    # What is on the disk is what was true at some time: nothing is missing in the middle.
    found = opened(tmp_path)[1]
    assert found in [so_far(STORY[:n]) for n in range(len(STORY))]
    assert found != after
    # There is room again: the next snapshot makes it whole.
    disk.left = 10**6
    journal.append(ev.Tick(), ev.Now(boot=2000.0, wall=0.0))
    assert journal.wants_snapshot  # it is tried again every few seconds
    journal.snapshot(after)
    assert not journal.wants_snapshot
    assert opened(tmp_path)[1] == after
    again = live(journal, after, [ev.ProcessExited(KEY, 2, ev.Killed(15))], start=100)
    assert opened(tmp_path)[1] == again


def so_far(story: list[ev.Event]) -> World:
    """The world after a part of the story, on a disk with room."""
    with tempfile.TemporaryDirectory() as folder:
        return live(*opened(Path(folder)), story)
