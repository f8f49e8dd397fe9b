"""Masks lines before they reach a log (`redact_at_source`): a niced helper of the keeper's writer.

It remembers nothing: each request says which values are known and what the lines before left open,
so it may be ended at any time and another one asked (usher.keeper.masking).
"""

import json
import socket
import struct
import sys
import time
from functools import lru_cache

from usher.keeper.masking import REPLY, REQUEST, WITHHELD, receive
from usher.redaction.redactor import Redactor
from usher.redaction.stream import Stream


def program() -> list[str]:
    """Return the command of a helper; its standard input is the socket of the requests."""
    return [sys.executable, "-I", "-m", __name__]


def masked(known: bytes, text: bytes, mark: int) -> tuple[bytes, list[int]]:
    """Mask lines; return as many, and what each leaves open. An unfinished one may be the last."""
    stream = Stream(_redactor(known), open_for=0 if mark == WITHHELD else mark)
    lines, marks = text.decode("utf-8", "surrogateescape").split("\n"), list[int]()
    for at, line in enumerate(lines):
        if at < len(lines) - 1 or line:
            lines[at] = stream.line(line)
            marks.append(stream.open_for)
    return "\n".join(lines).encode("utf-8", "surrogateescape"), marks


@lru_cache(maxsize=256)
def _redactor(known: bytes) -> Redactor:
    # Its own time, not the clock's: a niced program waits long, and must not withhold for that.
    return Redactor(json.loads(known), clock=time.process_time)


def main() -> int:
    """Answer until nobody asks any more."""
    with socket.socket(fileno=0) as channel:
        while True:
            try:
                sizes = receive(channel, REQUEST.size)
            except ConnectionResetError:
                return 0
            known, text, mark = REQUEST.unpack(sizes)
            shown, marks = masked(receive(channel, known), receive(channel, text), mark)
            channel.sendall(REPLY.pack(len(shown), len(marks)) + shown)
            channel.sendall(struct.pack(f"={len(marks)}H", *marks))


if __name__ == "__main__":
    sys.exit(main())
