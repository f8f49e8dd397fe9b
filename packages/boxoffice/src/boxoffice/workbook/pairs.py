"""Two CSV files that were sent side by side become the one ZIP they could have been sent as."""

import io
import zipfile
from collections.abc import Sequence

DAILY, SHOWS = ".daily.csv", ".shows.csv"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""A time for every member: the same pair always makes the same bytes."""


def grouped(names: Sequence[str]) -> list[tuple[int, ...]]:
    """Which files belong together, by their places: both halves of a pair, or one file alone."""
    groups: list[tuple[int, ...]] = []
    waiting: dict[tuple[str, str], int] = {}
    for place, name in enumerate(names):
        stem, half = _half(name)
        other = waiting.pop((stem, SHOWS if half == DAILY else DAILY), None) if half else None
        if other is not None:
            groups[groups.index((other,))] = (other, place)
            continue
        groups.append((place,))
        if half:
            waiting[stem, half] = place
    return groups


def as_one(files: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Name and bytes of one upload: a file as it is, a pair as a ZIP."""
    if len(files) == 1:
        return files[0]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files):
            member = zipfile.ZipInfo(name, _EARLIEST)
            archive.writestr(member, content, compress_type=zipfile.ZIP_DEFLATED)
    return f"{_half(files[0][0])[0]}.zip", buffer.getvalue()


def is_half(name: str) -> bool:
    """Whether a file waits for another one beside it."""
    return _half(name)[1] is not None


def _half(name: str) -> tuple[str, str | None]:
    """The name without the ending that says which half it is."""
    for ending in (DAILY, SHOWS):
        if name.lower().endswith(ending):
            return name[: -len(ending)], ending
    return name, None
