"""Rules over figures (spec/operations.md B.4): each takes samples and says what they mean, or None.

The thresholds are the specification's; where it gives none, the reason stands beside the number.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from usher.diagnosis import leak
from usher.diagnosis.leak import FAST, LONG, Leak, Sample, ceiling, leaking
from usher.diagnosis.signature import Signature
from usher.diagnosis.signatures import measured as faults

GIBIBYTE: Final = 2**30

FEW: Final = 0.10
"""Share of a disk, of its inodes, or of memory, below which there is too little left."""
LEAST_FREE: Final = GIBIBYTE
PRESSURE: Final = 10.0
"""Per cent of the last 10 s in which everything waited for memory (PSI, `full avg10`)."""
HOG: Final = 0.40
"""Share of the host's memory."""
NEARLY_ALL: Final = 0.80
"""Share of the limit of descriptors."""
MORE: Final = 50
"""Descriptors more than half an hour ago that are worth a word; fewer are a pool being filled."""
SLOWER: Final = 5.0
"""Times its own median of the last hour ..."""
NOTICEABLE: Final = 0.25
"""... and seconds, below which nobody minds."""
RECENT: Final = 300.0
HOUR: Final = 3600.0
ENOUGH: Final = 10
"""Answers without which a percentile says nothing."""
JUMP: Final = 5.0
"""Seconds that the wall clock may go differently from the boot clock."""
BINS: Final = 6


class Observed(NamedTuple):
    """What a rule found."""

    fault: Signature
    text: str
    """The figures, in a sentence."""


class Memory(NamedTuple):
    """Memory of one run: samples in order of time, and what bounds it."""

    samples: Sequence[Sample]
    limit: int | None
    """Bytes that the definition allows; None: as much as there is."""
    available: int | None
    """Bytes that the host has left; None: unknown."""
    pace: float
    """Seconds between two samples."""


def rising_fast(memory: Memory) -> Observed | None:
    """Memory grows and would be too much soon; for information, nothing is done about it."""
    found = _leak(memory, fast=True)
    return None if found is None else Observed(faults.RISING, _growth(memory, found))


def leak_suspected(memory: Memory) -> Observed | None:
    """The floor of memory has been growing for as long as is sure."""
    found = _leak(memory, fast=False)
    return None if found is None else Observed(faults.LEAK, _growth(memory, found))


def masked_leak(ends: Sequence[leak.RunEnd]) -> Observed | None:
    """A schedule restarts the app before its leak is felt: by the ends of its last runs, in order.

    A leak that goes at the same pace every day shows in each run, one that quickens (with load,
    with what is stored) from restart to restart (operations.md A.2.18).
    """
    if higher := leak.higher_each_time(ends):
        sizes = ", ".join(_bytes(each.size) for each in higher)
        text = f"larger at each of the last scheduled restarts: {sizes}"
    elif grown := leak.grown_each_time(ends):
        rates = ", ".join(_rate(each.slope) for each in grown)
        text = f"grew in each of the last runs until the scheduled restart: by {rates}"
    else:
        return None
    return Observed(faults.MASKED_LEAK, f"{text}, after {_duration(ends[-1].uptime)} each")


def _leak(memory: Memory, *, fast: bool) -> Leak | None:
    if not memory.samples:
        return None
    limit = ceiling(memory.samples[-1].size, memory.limit, memory.available)
    return leaking(memory.samples, limit, (FAST if fast else LONG).at_pace(memory.pace))


def _growth(memory: Memory, found: Leak) -> str:
    size = memory.samples[-1].size
    until = (
        "it doubles" if memory.limit is None else f"the limit of {_bytes(memory.limit)} is reached"
    )
    when = _duration(found.limit_in)
    return f"{_bytes(size)}, growing by {_rate(found.slope)}: {until} in {when}"


def descriptors(
    counts: Sequence[tuple[float, int]], most_used: float, pace: float
) -> Observed | None:
    """Judge open descriptors: `counts` are (time, number), `most_used` the share of its limit.

    Of the process of the app that is nearest to it.
    """
    if most_used > NEARLY_ALL:
        number = counts[-1][1] if counts else 0
        return Observed(faults.DESCRIPTORS, f"{most_used:.0%} of its limit are open ({number})")
    length = LONG.at_pace(pace).length
    bins = _binned(counts, length)
    grows = len(bins) == BINS and all(later > earlier for earlier, later in pairwise(bins))
    if not grows or bins[-1] - bins[0] < MORE:
        return None
    text = f"{bins[-1]} are open, {bins[-1] - bins[0]} more than {_duration(length)} ago"
    return Observed(faults.DESCRIPTORS, f"{text}, and never fewer in between")


def _binned(counts: Sequence[tuple[float, int]], length: float) -> list[int]:
    """The least of each bin of the time that ends with the last count; fewer: one was empty."""
    if not counts:
        return []
    begin = counts[-1][0] - length
    least: dict[int, int] = {}
    for at, number in counts:
        if at >= begin:
            place = min(BINS - 1, int((at - begin) * BINS / length))
            least[place] = min(number, least.get(place, number))
    return [least[place] for place in sorted(least)]


def slow_answers(answers: Sequence[tuple[float, float]]) -> Observed | None:
    """Judge answers that were good: (time, seconds that it took), in order of time."""
    if not answers:
        return None
    end = answers[-1][0]
    recent = [took for at, took in answers if at > end - RECENT]
    before = [took for at, took in answers if end - HOUR < at <= end - RECENT]
    if len(recent) < ENOUGH or len(before) < ENOUGH:
        return None
    now, usual = sorted(recent)[math.ceil(0.95 * len(recent)) - 1], median(before)
    if now <= max(SLOWER * usual, NOTICEABLE):
        return None
    text = f"95 % of answers take up to {now:.2g} s; {usual:.2g} s is usual in the hour before"
    return Observed(faults.SLOW, text)


class HostMemory(NamedTuple):
    """Bytes, and the share of time (per cent) in which all work waited for memory."""

    total: int
    available: int
    waiting: float | None = None


def host_memory(host: HostMemory) -> Observed | None:
    """Judge the memory of the host."""
    left = f"{_bytes(host.available)} of {_bytes(host.total)} are left"
    if host.available < FEW * host.total:
        return Observed(faults.HOST_MEMORY, left)
    if host.waiting is not None and host.waiting > PRESSURE:
        return Observed(faults.HOST_MEMORY, f"all work waits {host.waiting:.0f} % of time; {left}")
    return None


class Foreign(NamedTuple):
    """A process that usher does not run."""

    pid: int
    path: str
    """Its program, as the kernel names it; " (deleted)" at the end where that is gone."""
    user: str
    resident: int
    """Bytes."""
    since: str
    """When it was started."""


TEMPORARY: Final = ("/tmp/", "/var/tmp/", "/dev/shm/")  # noqa: S108 (looked for, never written to)


def foreign_hog(processes: Iterable[Foreign], host: HostMemory) -> list[Observed]:
    """Find who else holds much memory; a program that hides its file is said to do so."""
    return [
        Observed(faults.FOREIGN_HOG, _hog(each, host))
        for each in processes
        if each.resident > HOG * host.total
    ]


def _hog(process: Foreign, host: HostMemory) -> str:
    share = process.resident / host.total
    odd = ""
    if process.path.endswith(" (deleted)"):
        odd = "; its program file was deleted, as malware does"
    elif process.path.startswith(TEMPORARY):
        odd = "; its program lies in a folder for temporary files, as malware does"
    return (
        f"pid {process.pid} ({process.path or 'unknown program'}) of {process.user} holds"
        f" {_bytes(process.resident)}, {share:.0%} of memory, since {process.since}{odd}"
    )


class Disk(NamedTuple):
    """One file system; bytes and numbers."""

    path: str
    free: int
    size: int
    inodes_free: int
    inodes: int
    used: Sequence[Sample] = ()
    """Bytes in use over time."""


def disk(disk: Disk) -> Observed | None:
    """Judge the room of a file system."""
    left = f"{_bytes(disk.free)} of {_bytes(disk.size)} are left at {disk.path}"
    if disk.size and (disk.free < FEW * disk.size or disk.free < LEAST_FREE):
        return Observed(faults.DISK, left)
    if disk.inodes and disk.inodes_free < FEW * disk.inodes:
        return Observed(faults.DISK, f"{disk.inodes_free} inodes are left at {disk.path}")
    if not disk.used:
        return None
    growing = leaking(disk.used, disk.used[-1].size + disk.free, LONG)
    if growing is None:
        return None
    when = _duration(growing.limit_in)
    return Observed(faults.DISK, f"{left}; at {_rate(growing.slope)} it is full in {when}")


def clock_jump(before: tuple[float, float], after: tuple[float, float]) -> Observed | None:
    """Judge two readings of (boot clock, wall clock)."""
    jump = (after[1] - before[1]) - (after[0] - before[0])
    if abs(jump) <= JUMP:
        return None
    direction = "forward" if jump > 0 else "back"
    return Observed(faults.CLOCK, f"the wall clock was set {direction} by {_duration(abs(jump))}")


def _bytes(size: float) -> str:
    return f"{size / GIBIBYTE:.1f} GiB" if size >= GIBIBYTE else f"{size / 2**20:.0f} MiB"


def _rate(slope: float) -> str:
    """Bytes a second in a unit in which it is a number that people can imagine."""
    if slope >= 2**19:
        return f"{slope / 2**20:.1f} MiB a second"
    return f"{slope * 60 / 2**20:.1f} MiB a minute"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
