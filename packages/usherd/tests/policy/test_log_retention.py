"""Which rotated logs go and which are compressed, as a table."""

import pytest

from usher.policy.log_retention import Disk, Rotated, Rule, decide, is_short

KEEP = Rule(max_age=None, compress=False)
DAY = 86400.0
NOW = 100 * DAY
ROOMY = {1: Disk(100 << 30, 50 << 30)}


def file(name: str, size: int = 100, age: float = 0.0, device: int = 1) -> Rotated:
    return Rotated("/log", name, hash(name), device, size, NOW - age)


def names(files: tuple[Rotated, ...]) -> list[str]:
    return [each.name for each in files]


def test_nothing_is_due() -> None:
    decision = decide([file("a"), file("b")], {"/log": KEEP}, ROOMY, NOW)
    assert decision == ((), (), None)


def test_what_is_too_old_goes_and_the_next_look_is_when_another_is() -> None:
    files = [file("a", age=15 * DAY), file("b", age=13 * DAY), file("c", age=1 * DAY)]
    decision = decide(files, {"/log": KEEP._replace(max_age=14 * DAY)}, ROOMY, NOW)
    assert names(decision.drop) == ["a"]
    assert decision.again == DAY


def test_what_is_not_compressed_is() -> None:
    files = [file("a.gz"), file("b")]
    decision = decide(files, {"/log": KEEP._replace(compress=True)}, ROOMY, NOW)
    assert names(decision.compress) == ["b"]


def test_what_goes_is_not_compressed() -> None:
    rule = Rule(max_age=DAY, compress=True)
    decision = decide([file("a", age=2 * DAY)], {"/log": rule}, ROOMY, NOW)
    assert (names(decision.drop), decision.compress) == (["a"], ())


@pytest.mark.parametrize(("total", "gone"), [(300, []), (299, ["a"]), (100, ["a", "b"])])
def test_the_oldest_go_until_the_total_fits(total: int, gone: list[str]) -> None:
    files = [file("c", age=1), file("a", age=3), file("b", age=2)]
    assert names(decide(files, {"/log": KEEP}, ROOMY, NOW, total).drop) == gone


@pytest.mark.parametrize(
    ("free", "gone"),
    [
        (5000, []),
        (4999, ["a"]),
        (4900, ["a"]),
        (4899, ["a", "b"]),
        (0, ["a", "b"]),
    ],
)
def test_the_oldest_of_a_full_disk_go(free: int, gone: list[str]) -> None:
    files = [file("a", age=3), file("b", age=2), file("other disk", age=9, device=2)]
    disks = {1: Disk(100_000, free), 2: Disk(100_000, 90_000)}
    assert names(decide(files, {"/log": KEEP}, disks, NOW).drop) == gone


def test_what_goes_for_its_age_makes_room_as_well() -> None:
    files = [file("a", age=2 * DAY), file("b", age=1)]
    rule = {"/log": KEEP._replace(max_age=DAY)}
    assert names(decide(files, rule, {1: Disk(100_000, 4900)}, NOW).drop) == ["a"]


@pytest.mark.parametrize(
    ("disk", "short"),
    [
        (Disk(100, 5), False),
        (Disk(100, 4), True),
        (Disk(1 << 40, 1 << 30), False),  # 5 % of a large disk is no emergency
        (Disk(1 << 40, (1 << 30) - 1), True),
    ],
)
def test_when_a_disk_is_nearly_full(disk: Disk, short: bool) -> None:
    assert is_short(disk) is short
