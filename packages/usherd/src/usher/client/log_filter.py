"""Choosing lines of output that match a pattern."""

import re
from collections import deque
from collections.abc import Iterator
from typing import Final, TypeAlias

from usher.api.types import LogLine

LINES: Final = 15
"""Lines of each file that are shown when nobody says otherwise."""

SEARCHED: Final = 16 * 1024
"""Characters of a line in which a pattern is looked for."""

_Kept: TypeAlias = dict[tuple[str, int, str], deque[tuple[int, LogLine]]]


def matching(
    lines: Iterator[LogLine], pattern: re.Pattern[str], count: int | None
) -> Iterator[LogLine]:
    """Yield lines with the pattern in them: of the old ones the last `count` of each file.

    Old lines (`replayed`) come before new ones; they are kept back until the last of them is known.
    """
    kept: _Kept = {}
    for number, line in enumerate(lines):
        if kept and not line.replayed:
            yield from _in_order(kept)
        if not pattern.search(line.line[:SEARCHED]):
            continue
        if line.replayed and count is not None:
            source = (line.service, line.id, line.stream)
            kept.setdefault(source, deque(maxlen=count)).append((number, line))
        else:
            yield line
    yield from _in_order(kept)


def _in_order(kept: _Kept) -> Iterator[LogLine]:
    """Yield what is kept back in the order in which it came, and forget it."""
    numbered = {number: line for queue in kept.values() for number, line in queue}
    kept.clear()
    for number in sorted(numbered):
        yield numbered[number]
