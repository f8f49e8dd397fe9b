"""From a stage to the log: whole lines, framed where that is asked for, rotated where it is due."""

from __future__ import annotations

import time

from usher.keeper.lines import whole_characters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from usher.keeper.lines import Framing
    from usher.keeper.logfile import LogFile
    from usher.keeper.stage import Stage

LINE_LIMIT: Final = 64 * 1024
"""Bytes of an unfinished line that wait for its end; a longer line is passed on in pieces."""


def pour(
    stage: Stage,
    files: list[LogFile],
    framing: Framing | None,
    buffer: bytearray,
    *,
    final: bool,
) -> None:
    """Append the whole lines that `stage` holds to all `files`; with `final` an unfinished too.

    `buffer` is room for more than LINE_LIMIT bytes. Raises OSError when a file cannot be written;
    then no file has anything of what failed.
    """
    with memoryview(buffer) as view:
        # A framed line is never seen with more than the limit, so it is cut there in every case.
        window = view[:LINE_LIMIT] if framing else view
        while count := stage.peek(window):
            length = buffer.rfind(b"\n", 0, count) + 1
            goes_on = not length and count >= LINE_LIMIT
            if not length:
                if not final and not goes_on:
                    return
                length = whole_characters(buffer, count) if framing and goes_on else count
            now = time.time_ns()
            if framing is None:
                _append(stage, files, buffer, length, now)
            else:
                framed = framing(bytes(view[:length]), now, goes_on)
                _append(stage, files, framed, len(framed), now, taken=length)


def undo(stage: Stage, files: list[LogFile]) -> None:
    """Take back an append that an earlier keeper began; it is done anew."""
    for place in stage.interrupted:
        for file in files:
            file.cut(place)
    stage.abandon()


def _append(
    stage: Stage,
    files: list[LogFile],
    text: bytes | bytearray,
    length: int,
    now: int,
    taken: int | None = None,
) -> None:
    """Append as much of `text` as fits into all files, or rotate those in which nothing fits.

    `taken` is how many staged bytes the lines of `text` were made of, if not as many.
    """
    places = [file.place() for file in files]
    fits = [
        file.fitting(stage, place, text, length) for file, place in zip(files, places, strict=True)
    ]
    if 0 in fits:
        for file, fitting in zip(files, fits, strict=True):
            if not fitting:
                file.rotate()
        return
    fitting = min(fits)
    stage.intend(places)
    with memoryview(text) as view:
        lines = view[:fitting]
        try:
            for file, place in zip(files, places, strict=True):
                file.append(stage, place, lines, now)
        except OSError:
            for file, place in zip(files, places, strict=True):
                file.cut(place)
            stage.abandon()
            raise
        midline = lines[-1] != 0x0A
    if taken is None:
        taken = fitting
    elif fitting < length:
        taken = stage.lines(text.count(b"\n", 0, fitting))
    stage.consume(taken, midline=midline)
