"""Kills for lack of memory, as files of the kernel tell of them."""

from pathlib import Path

import pytest

from usher.host.memory_kills import Count, Kill, counted, logged

LINE = "Memory cgroup out of memory: Killed process 2144 (node) total-vm:1069804kB, UID:0"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Make a /proc of a host that has counted three kills, and of a process in /unit."""
    folder = tmp_path / "proc"
    (folder / "self" / "ns").mkdir(parents=True)
    (folder / "self" / "ns" / "pid").symlink_to("pid:[4026531836]")
    (folder / "self" / "cgroup").write_text("4:memory:/x\n0::/unit\n")
    (folder / "vmstat").write_text("nr_free_pages 5\noom_kill 3\nunevictable 0\n")
    return folder


def test_our_own_group_is_counted_in_where_it_counts(proc: Path, tmp_path: Path) -> None:
    groups = tmp_path / "groups"
    (groups / "unit").mkdir(parents=True)
    assert counted(proc, groups) == Count(3, "")
    (groups / "unit" / "memory.events").write_text("low 0\noom 2\noom_kill 1\noom_group_kill 0\n")
    assert counted(proc, groups) == Count(1, "/unit")


def test_where_nothing_is_counted(tmp_path: Path) -> None:
    assert counted(tmp_path, tmp_path) is None


def test_the_log_names_the_process_and_when(proc: Path, tmp_path: Path) -> None:
    kmsg = tmp_path / "kmsg"
    kmsg.write_text(f"3,340,48126877353,-;{LINE}\n SUBSYSTEM=memory\n")
    assert logged(kmsg, proc) == [Kill(2144, 48126.877353, LINE)]
    kmsg.write_text("4,341,48126877354,-;sched: RT throttling activated\n")
    assert logged(kmsg, proc) == []


def test_a_log_that_is_not_for_us(proc: Path, tmp_path: Path) -> None:
    kmsg = tmp_path / "kmsg"
    assert logged(kmsg, proc) is None
    kmsg.write_text("nonsense;Out of memory: Killed process 7 (x)\n")
    assert logged(kmsg, proc) is None
    kmsg.write_text(f"3,340,48126877353,-;{LINE}\n")
    (proc / "self" / "ns" / "pid").unlink()
    (proc / "self" / "ns" / "pid").symlink_to("pid:[4026532177]")
    assert logged(kmsg, proc) is None, "in a container, process ids are others"
