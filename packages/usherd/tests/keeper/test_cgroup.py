"""Control groups of runs: what they count."""

from pathlib import Path

from usher.keeper import cgroup
from usher.model.events import Killed
from usher.runtime.runs import exit_status


def test_a_group_counts_kills_of_its_own_where_memory_is_controlled(tmp_path: Path) -> None:
    assert cgroup.memory_kills(str(tmp_path)) is None
    (tmp_path / "memory.events").write_text("low 0\nmax 7\noom 2\noom_kill 1\noom_group_kill 0\n")
    assert cgroup.memory_kills(str(tmp_path)) == 1


def test_what_it_counted_is_part_of_how_a_run_ended() -> None:
    assert exit_status({"signal": 9}) == Killed(9)
    assert exit_status({"signal": 9, "memory_kills": 1}) == Killed(9, memory_kills=1)
