"""What was measured of an instance, kept for a day in little room.

Two rings of steps: fine ones for about half an hour, coarse ones (two minutes) for 24 hours. Where
a step lies follows from its time alone, so nothing has to be remembered of a ring but its bytes.
A coarse step that is over is written to a file of the instance, with one system call: that is what
survives a daemon that is killed. An instance takes 31 KiB; 2000 are kept (62 MB) and no more.
"""

import contextlib
import os
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from usher.runtime import files

STEP: Final = 10.0
"""Seconds of a fine step, where the definition does not ask for other ones ..."""
FINE: Final = 186
"""... of which so many are kept: the long window of a leak, and a little more."""
COARSE: Final = 120.0
KEPT: Final = 720
"""Coarse steps in 24 hours."""
MOST: Final = 2000
"""Instances."""

_RECORD: Final = struct.Struct("<IIIfIIHHHf")
"""Time, memory (lowest, highest; KiB), CPU, descriptors, sockets, restarts, answers, failures, s"""

_MANY: Final = 0xFFFF


class Point(NamedTuple):
    """One step."""

    at: float
    """When it begins; seconds since 1970."""
    low: int = 0
    """Bytes of memory, the least that was seen ..."""
    high: int = 0
    """... and the most; 0: not looked at."""
    cpu: float = 0.0
    """Per cent of one core, the most."""
    descriptors: int = 0
    sockets: int = 0
    restarts: int = 0
    asked: int = 0
    """Answers of probes."""
    failed: int = 0
    slowest: float = 0.0
    """Seconds that the slowest answer took."""

    def joined(self, other: "Point") -> "Point":
        """The same step after more was seen."""
        lows = [each for each in (self.low, other.low) if each]
        return Point(
            self.at,
            min(lows, default=0),
            max(self.high, other.high),
            max(self.cpu, other.cpu),
            other.descriptors or self.descriptors,
            other.sockets if other.descriptors else self.sockets,
            self.restarts + other.restarts,
            self.asked + other.asked,
            self.failed + other.failed,
            max(self.slowest, other.slowest),
        )


class Ring:
    """Steps of the same length; what is older than all of them is overwritten."""

    def __init__(self, step: float, size: int, content: bytes = b"") -> None:
        """`content` is a ring as it was kept; it counts only if it is whole."""
        self.step = step
        self.size = size
        whole = size * _RECORD.size
        self._bytes = bytearray(content if len(content) == whole else whole)

    @property
    def room(self) -> int:
        """Bytes that it takes."""
        return len(self._bytes)

    def add(self, point: Point) -> int:
        """Take what was seen at a time into its step; returns where that lies."""
        number = int(point.at // self.step)
        begin = float(int(number * self.step))
        place = number % self.size * _RECORD.size
        before = self._at(place)
        point = point._replace(at=begin)
        _RECORD.pack_into(
            self._bytes, place, *_packed(before.joined(point) if before.at == begin else point)
        )
        return place

    def record(self, place: int) -> bytes:
        """The bytes of the step that lies there."""
        return bytes(self._bytes[place : place + _RECORD.size])

    def points(self, since: float, until: float) -> list[Point]:
        """Steps that begin in this time, oldest first; none from a time that is not yet."""
        oldest = max(since, until - self.step * self.size)
        found = (self._at(place) for place in range(0, len(self._bytes), _RECORD.size))
        return sorted(point for point in found if oldest < point.at <= until)

    def _at(self, place: int) -> Point:
        at, low, high, *rest = _RECORD.unpack_from(self._bytes, place)
        return Point(float(at), low * 1024, high * 1024, *rest)


def _packed(point: Point) -> tuple[float, ...]:
    """Memory is rounded up, so that what was seen is never nothing."""
    return (
        int(point.at),
        -(-point.low // 1024),
        -(-point.high // 1024),
        point.cpu,
        point.descriptors,
        point.sockets,
        min(point.restarts, _MANY),
        min(point.asked, _MANY),
        min(point.failed, _MANY),
        point.slowest,
    )


class Series:
    """Both rings of one instance."""

    def __init__(self, path: Path, step: float = STEP) -> None:
        """`path` is the file in which coarse steps are kept."""
        self.fine = Ring(step, FINE)
        self.coarse = Ring(COARSE, KEPT, _read(path))
        self._path = path
        self._place: int | None = None
        """Of the coarse step that is not over."""

    def add(self, point: Point) -> None:
        """Take what was seen; a full disk costs the next daemon a step, and nothing else."""
        self.fine.add(point)
        place = self.coarse.add(point)
        if self._place not in (None, place):
            self.save()
        self._place = place

    def save(self) -> None:
        """Write the coarse step that is not written yet."""
        if self._place is not None:
            with contextlib.suppress(OSError):
                _write(self._path, self._place, self.coarse.record(self._place))

    def points(self, since: float, until: float) -> list[Point]:
        """Steps of this time: fine ones where there are some, coarse ones before."""
        fine = self.fine.points(since, until)
        begin = fine[0].at if fine else until
        coarse = self.coarse.points(since, until)
        return [*(each for each in coarse if each.at + COARSE <= begin), *fine]


class SeriesStore:
    """All series of a home, by service and slot: a slot goes on where its last run ended."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "state" / "series"
        self._series: dict[tuple[str, int], Series] = {}

    def get(self, service: str, slot: int, step: float = STEP) -> Series | None:
        """Return the series of an instance, a new one if need be; None: there are too many."""
        found = self._series.get((service, slot))
        if found is not None and found.fine.step == step:
            return found
        if found is None and len(self._series) >= MOST:
            return None
        files.private_folder(self._folder)
        made = self._series[service, slot] = Series(self._path(service, slot), step)
        return made

    def find(self, service: str, slot: int) -> Series | None:
        """Return the series of an instance that is measured."""
        return self._series.get((service, slot))

    def known(self) -> Iterator[tuple[str, int, Series]]:
        """List what there is, by service and slot."""
        for (service, slot), series in sorted(self._series.items()):
            yield service, slot, series

    def keep_only(self, services: Collection[str]) -> None:
        """Forget services that were deleted."""
        for service, slot in [*self._series]:
            if service not in services:
                del self._series[service, slot]
                self._path(service, slot).unlink(missing_ok=True)

    def load(self, services: Collection[str]) -> None:
        """Read what an earlier daemon kept of these services; the rest is removed."""
        if not self._folder.is_dir():
            return
        wanted = {quote(service, safe=""): service for service in services}
        for path in [*self._folder.iterdir()]:
            name, _, slot = path.name.rpartition(".")
            if name in wanted and slot.isdecimal():
                self.get(wanted[name], int(slot))
            else:
                path.unlink(missing_ok=True)

    def save(self) -> None:
        """Write what is not written yet."""
        for series in self._series.values():
            series.save()

    def _path(self, service: str, slot: int) -> Path:
        return self._folder / f"{quote(service, safe='')}.{slot}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _write(path: Path, place: int, record: bytes) -> None:
    """Write one step in its place; the file has its whole length from the first time on."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if os.fstat(fd).st_size != KEPT * _RECORD.size:
            os.ftruncate(fd, KEPT * _RECORD.size)
        os.pwrite(fd, record, place)
    finally:
        os.close(fd)
