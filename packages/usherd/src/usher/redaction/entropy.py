"""Tokens that look random. Off by default: build ids and class names look so, too."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

LEAST_BITS: Final = 4.0
"""Shannon entropy of a token in bits a character (operations.md C.2)."""

_TOKEN: Final = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/=_-]{20,512}")
_KNOWN: Final = re.compile(
    r"[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|sha\d{1,3}-\S+",
    re.IGNORECASE,
)


def random_tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield where tokens begin and end that look random."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if "/" not in token[:1] and not _KNOWN.fullmatch(token) and _bits(token) >= LEAST_BITS:
            yield match.span()


def _bits(token: str) -> float:
    size = len(token)
    return -sum(n / size * math.log2(n / size) for n in Counter(token).values())
