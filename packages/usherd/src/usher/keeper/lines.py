"""How lines look in a log: a date before each, or one JSON object each (PM2's two formats).

Every line is framed, never a chunk: what a read happened to take is no unit of anything. All lines
of one batch get the time at which the batch was taken, so a date costs nothing per line.
"""

from __future__ import annotations

import json

from usher.keeper.dates import DateFormat, iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, TypeAlias

    Framing: TypeAlias = Callable[[bytes, int, bool], bytes]
    """(lines, ns since the epoch, whether the last one goes on) -> as many lines, each ended."""

CUT: Final = b" [line goes on]"
"""Ends each piece but the last of a line that is longer than the limit."""


def framing(spec: dict[str, Any], kind: str) -> Framing | None:
    """Return what a LogSpec asks for; None: lines stay as they were printed.

    `kind` is "out" or "err". JSON objects hold PM2's fields; `id` and `name` of the LogSpec are
    process_id and app_name. Raises KeyError or TypeError when the LogSpec cannot be used.
    """
    date = DateFormat(spec["date_format"]) if spec.get("date_format") else None
    if spec.get("format") == "json":
        return _as_json(date or iso, kind, int(spec["id"]), str(spec["name"]))
    return _dated(date) if date else None


def _dated(date: Callable[[int], str]) -> Framing:
    def frame(lines: bytes, now: int, goes_on: bool) -> bytes:
        prefix = f"{date(now)}: ".encode()
        body = lines.removesuffix(b"\n").replace(b"\n", b"\n" + prefix)
        return b"%b%b%b\n" % (prefix, body, CUT if goes_on else b"")

    return frame


def _as_json(date: Callable[[int], str], kind: str, process_id: int, name: str) -> Framing:
    quote = json.JSONEncoder(ensure_ascii=False).encode
    last = f',"type":"{kind}","process_id":{process_id},"app_name":{quote(name)}}}\n'

    def frame(lines: bytes, now: int, _goes_on: bool) -> bytes:
        tail = f',"timestamp":{quote(date(now))}{last}'
        *whole, rest = lines.decode("utf-8", "replace").split("\n")
        # As PM2 has it, `message` ends in \n: without, the line was not ended, or goes on.
        framed = [f'{{"message":{quote(line)[:-1]}\\n"{tail}' for line in whole]
        if rest:
            framed.append(f'{{"message":{quote(rest)}{tail}')
        return "".join(framed).encode()

    return frame


def whole_characters(text: bytes | bytearray, count: int) -> int:
    """Return how many of the first `count` bytes hold no character of UTF-8 that is cut."""
    for back in range(1, min(4, count + 1)):
        byte = text[count - back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return count - back if back < needed else count
    return count
