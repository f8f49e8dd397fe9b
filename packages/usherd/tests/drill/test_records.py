"""What drills measured is kept: numbered, bounded, for nobody else."""

import stat
from pathlib import Path

from msgspec.structs import replace

from usher.drill.records import FILE, drills, keep
from usher.model.drill import KEPT, Drill

CRASH = Drill(
    number=0, fault="crash", kind="crash", at=1_795_000_000.0, version="1", detect=0.2, recover=1.5
)


def test_a_home_without_drills_has_none(tmp_path: Path) -> None:
    assert drills(tmp_path) == []


def test_results_are_numbered_on_and_kept_for_their_owner_alone(tmp_path: Path) -> None:
    (first,) = keep(tmp_path / "new", [CRASH])
    more = keep(tmp_path / "new", [CRASH, replace(CRASH, fault="stop", kind="hang")])
    assert [each.id for each in (first, *more)] == ["DRILL-1", "DRILL-2", "DRILL-3"]
    assert drills(tmp_path / "new") == [first, *more]
    state = tmp_path / "new" / "state"
    assert [each.name for each in state.iterdir()] == [FILE]
    assert stat.S_IMODE((state / FILE).stat().st_mode) == 0o600
    assert {stat.S_IMODE(each.stat().st_mode) for each in (state, state.parent)} == {0o700}


def test_only_the_latest_are_kept_and_numbers_go_on(tmp_path: Path) -> None:
    keep(tmp_path, [CRASH] * (KEPT + 5))
    keep(tmp_path, [CRASH])
    numbers = [each.number for each in drills(tmp_path)]
    assert numbers == list(range(7, KEPT + 7))


def test_lines_that_are_no_result_are_passed_over(tmp_path: Path) -> None:
    keep(tmp_path, [CRASH])
    with (tmp_path / "state" / FILE).open("ab") as file:
        file.write(b'{"number": 2, "of": "another version"}\n{"number": 3, "fau')
    assert [each.number for each in drills(tmp_path)] == [1]
    (next_,) = keep(tmp_path, [CRASH])
    assert (next_.number, len(drills(tmp_path))) == (2, 2)
