"""Reading a service's output back from its files, across rotations."""

import asyncio
import os
from collections.abc import AsyncIterator
from io import FileIO
from pathlib import Path
from typing import Final

CHUNK: Final = 64 * 1024
POLL: Final = 0.1
"""Seconds between looks at a followed file; nothing looks while nobody follows."""

TAIL_LIMIT: Final = 4 * 1024 * 1024
"""Bytes read back at most for the last lines of one stream."""


def tail(path: Path, lines: int) -> list[str]:
    """Return the last `lines` lines of a log, from its rotated predecessor too if it is short."""
    if lines <= 0:
        return []
    found = _tail_of(path, lines)
    if len(found) < lines:
        found = _tail_of(path.with_name(path.name + ".1"), lines - len(found)) + found
    return found


def _tail_of(path: Path, lines: int) -> list[str]:
    try:
        with path.open("rb") as file:
            position = file.seek(0, os.SEEK_END)
            content = b""
            while position > 0 and content.count(b"\n") <= lines and len(content) < TAIL_LIMIT:
                step = min(CHUNK, position)
                position = file.seek(position - step)
                content = file.read(step) + content
    except OSError:
        return []
    whole = content.split(b"\n")
    if whole[-1] == b"":
        whole.pop()
    if position > 0 and len(whole) > 1:
        # The first piece may have begun before what was read.
        whole = whole[1:]
    return [_text(line) for line in whole[-lines:]]


async def follow(path: Path) -> AsyncIterator[str]:
    """Yield whole lines written after this call, through rotation and truncation."""
    file = _open(path)
    if file is not None:
        file.seek(0, os.SEEK_END)
    while True:
        if file is not None:
            with file:
                async for line in _follow_file(file, path):
                    yield line
        else:
            await asyncio.sleep(POLL)
        file = _open(path)


async def _follow_file(file: FileIO, path: Path) -> AsyncIterator[str]:
    """Yield whole lines of one open file until its name belongs to another file."""
    rest = b""
    while True:
        content = file.read(CHUNK)
        if content:
            *whole, rest = (rest + content).split(b"\n")
            for line in whole:
                yield _text(line)
        elif _was_replaced(file.fileno(), path):
            return
        else:
            if os.fstat(file.fileno()).st_size < file.tell():
                file.seek(0)
            await asyncio.sleep(POLL)


def _open(path: Path) -> FileIO | None:
    try:
        return path.open("rb", buffering=0)
    except OSError:
        return None


def _was_replaced(fd: int, path: Path) -> bool:
    """Tell whether the name now belongs to another file; the old one was read to its end."""
    try:
        now = path.stat()
    except OSError:
        return False
    mine = os.fstat(fd)
    return (mine.st_dev, mine.st_ino) != (now.st_dev, now.st_ino)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
