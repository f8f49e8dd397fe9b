"""The time line of incidents: it goes on evenly while somebody sets the clock.

Theory: people want wall-clock times, and durations that are true; a wall clock that is set gives
one of both. So events of one boot are placed by the boot clock, which nobody sets, from an anchor:
the wall time that the zero of the boot clock stands for. While anything goes on the anchor stays
as it is; with no incident open it follows the wall clock, so that the times of the next one are
those of the logs. Across boots, and where the boot clock is not known, the wall clock counts.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from usher.model.incident import Anchor, Book, Diagnosis, Happening, Occurred

STEP: Final = 0.1
"""Seconds from which the wall clock was set; what is less is the rounding of recorded times."""


class Moment(NamedTuple):
    """When something happened, on both clocks."""

    wall: float
    """Seconds since 1970."""
    boot: float | None = None
    """Seconds of the boot clock; None: not recorded."""
    boot_id: str = ""
    """Which boot's."""


def anchored(book: Book, moment: Moment) -> Book:
    """The book with the anchor for what happens at a moment."""
    if moment.boot is None:
        return book
    before, fresh = book.anchor, Anchor(moment.boot_id, moment.wall - moment.boot)
    if before is None or before.boot_id != fresh.boot_id:
        return _replace(book, anchor=fresh)
    shift = fresh.zero - before.zero
    if book.open or abs(shift) < STEP:
        return book
    signs = {name: _moved_sign(each, shift) for name, each in book.signs.items()}
    return _replace(book, anchor=fresh, signs=signs, well=_moved_times(book.well, shift))


def time_of(book: Book, moment: Moment) -> float:
    """Say when a moment is on the time line of the book; seconds since 1970."""
    anchor = book.anchor
    if anchor is None or moment.boot is None or anchor.boot_id != moment.boot_id:
        return moment.wall
    return round(anchor.zero + moment.boot, 3)


def placed(book: Book, happening: Happening, moment: Moment) -> Happening:
    """The happening at its place on the time line, with what it says of its own begin."""
    at = time_of(book, moment)
    found = happening.diagnosis
    if found is not None:
        found = _moved_diagnosis(found, at - moment.wall)
    return _replace(happening, at=at, diagnosis=found)


def _moved_sign(sign: Occurred, shift: float) -> Occurred:
    not_before = None if sign.not_before is None else sign.not_before + shift
    return _replace(sign, at=sign.at + shift, not_before=not_before)


def _moved_times(times: Mapping[str, float], shift: float) -> dict[str, float]:
    return {name: at + shift for name, at in times.items()}


def _moved_diagnosis(found: Diagnosis, shift: float) -> Diagnosis:
    """Processes began so long ago, whatever the wall clock said when that was read."""
    if abs(shift) < STEP or all(each.since is None for each in found.causes):
        return found
    causes = tuple(
        each if each.since is None else _replace(each, since=each.since + shift)
        for each in found.causes
    )
    return _replace(found, causes=causes)


_replace = msgspec.structs.replace
