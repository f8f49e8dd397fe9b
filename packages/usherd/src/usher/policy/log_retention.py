"""Which rotated logs go and which are compressed: age, total size, and a disk that is nearly full.

How many files a log may have (`retain`) is no matter for this: its writer keeps to that at each
rotation. A log that is being written is never touched here.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

MAX_TOTAL: Final = 1 << 30
"""Bytes of rotated logs of all services together."""

FREE_SHARE: Final = 20
"""Rotated logs go when less than this part of the disk (5 %) is free ..."""

FREE_ENOUGH: Final = 1 << 30
"""... unless so many bytes are (the writers stop at the same bound, usher.keeper.logfile)."""


class Rotated(NamedTuple):
    """One rotated file of the log at `path`; times in seconds since 1970."""

    path: str
    name: str
    inode: int
    device: int
    size: int
    written: float


class Rule(NamedTuple):
    """What a log's definition says."""

    max_age: float | None
    compress: bool


class Disk(NamedTuple):
    """Space of the file system a log is on, in bytes."""

    total: int
    free: int


class Decision(NamedTuple):
    """What to do, and in how many seconds to look again (None: at the next rotation)."""

    drop: tuple[Rotated, ...]
    compress: tuple[Rotated, ...]
    again: float | None


def decide(
    files: Sequence[Rotated],
    rules: Mapping[str, Rule],
    disks: Mapping[int, Disk],
    now: float,
    max_total: int = MAX_TOTAL,
) -> Decision:
    """Choose among the rotated files, the oldest first; `rules` by the log's path."""
    oldest_first = sorted(files, key=_written)
    drop = {each for each in oldest_first if _overdue(each, rules[each.path], now) <= 0}
    total = sum(each.size for each in files if each not in drop)
    short = {device: _shortage(disk) for device, disk in disks.items()}
    for each in oldest_first:
        if each in drop:
            short[each.device] = short.get(each.device, 0) - each.size
    for each in oldest_first:
        if each not in drop and (total > max_total or short.get(each.device, 0) > 0):
            drop.add(each)
            total -= each.size
            short[each.device] = short.get(each.device, 0) - each.size
    kept = [each for each in oldest_first if each not in drop]
    ends = [_overdue(each, rules[each.path], now) for each in kept]
    return Decision(
        tuple(each for each in oldest_first if each in drop),
        tuple(each for each in kept if rules[each.path].compress and not _is_compressed(each)),
        min((each for each in ends if each != float("inf")), default=None),
    )


def is_short(disk: Disk) -> bool:
    """Whether so little of a disk is free that logs have to make room."""
    return _shortage(disk) > 0


def _written(file: Rotated) -> float:
    return file.written


def _overdue(file: Rotated, rule: Rule, now: float) -> float:
    """Seconds until its age is over; infinite when it may grow old."""
    return float("inf") if rule.max_age is None else file.written + rule.max_age - now


def _shortage(disk: Disk) -> int:
    return min(disk.total // FREE_SHARE, FREE_ENOUGH) - disk.free


def _is_compressed(file: Rotated) -> bool:
    return file.name.endswith(".gz")
