"""Parts of a file that a client asks for (RFC 9110, 14.1.2): one range of bytes."""

import re
from typing import Final

_ONE: Final = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


class UnsatisfiableError(Exception):
    """The range lies behind the end."""


def parse(header: str | None, size: int) -> range:
    """Return the offsets to send of a file of `size` bytes. Raises UnsatisfiableError.

    Without a header, and for what is no single range, that is all of it, as the RFC allows.
    """
    whole = range(size)
    match = _ONE.fullmatch(header or "")
    if match is None or match.group(0).strip() == "bytes=-":
        return whole
    first, last = match.groups()
    if not first:
        wanted = range(max(0, size - int(last)), size)
    else:
        wanted = range(int(first), min(size, int(last) + 1) if last else size)
        if last and int(last) < int(first):
            return whole  # not a range at all
    if not wanted:
        raise UnsatisfiableError
    return wanted
