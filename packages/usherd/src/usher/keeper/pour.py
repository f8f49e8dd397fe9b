"""From a stage to the log: whole lines, framed where that is asked for, rotated where it is due."""

from __future__ import annotations

import time

from usher.keeper.lines import whole_characters
from usher.keeper.masking import WITHHELD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, TypeAlias

    from usher.keeper.lines import Framing
    from usher.keeper.logfile import LogFile
    from usher.keeper.stage import Stage

    Masked: TypeAlias = Callable[[bytes, int], tuple[bytes, list[int]]]
    """(lines, mark before) -> (as many lines, the mark behind each); raises OSError."""

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


MASKED_LINE_LIMIT: Final = 1 << 20
"""Bytes of a line that is masked; of a longer one only the length is logged, for a secret may stand
where it would have to be cut."""


def pour_masked(
    stage: Stage, files: list[LogFile], framing: Framing | None, masked: Masked, *, final: bool
) -> None:
    """Append like `pour`, each line as `masked` gives it back.

    Raises OSError also when nothing is given back; then the lines stay staged.
    """
    while text := _lines(stage, final=final):
        ended = text.endswith(b"\n")
        if stage.mark == WITHHELD or (not ended and len(text) >= MASKED_LINE_LIMIT):
            lines = b"[redacted:line %d bytes]" % (len(text) - ended) + b"\n" * ended
            marks = [0]
        else:
            lines, marks = masked(text, stage.mark)
        if not ended:
            marks[-1] = WITHHELD
        now = time.time_ns()
        if framing is not None:
            lines = framing(lines, now, not ended and not final)
        _append(stage, files, lines, len(lines), now, taken=len(text), marks=marks)


def _lines(stage: Stage, *, final: bool) -> bytes:
    """Return the next lines to mask; a long one, and the rest of one that is withheld, alone."""
    text = stage.read(LINE_LIMIT)
    alone = stage.mark == WITHHELD or b"\n" not in text
    if alone:
        text = stage.read(MASKED_LINE_LIMIT)
    length = (text.find if alone else text.rfind)(b"\n") + 1
    if length or final or len(text) >= MASKED_LINE_LIMIT:
        return text[: length or len(text)]
    return b""


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
    marks: list[int] | None = None,
) -> None:
    """Append as much of `text` as fits into all files, or rotate those in which nothing fits.

    `taken` is how many staged bytes the lines of `text` were made of, if not as many; `marks` is
    what holds behind each of its lines.
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
    whole = fitting == length
    count = 0 if whole else text.count(b"\n", 0, fitting)
    if taken is None:
        taken = fitting
    elif not whole:
        taken = stage.lines(count)
    if marks:
        stage.mark = marks[count - 1]
    stage.consume(taken, midline=midline)
