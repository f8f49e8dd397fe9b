"""usher monit: the list, live, until q is typed."""

import contextlib
import os
import select
import sys
import termios
import tty
from argparse import ArgumentParser, Namespace
from collections.abc import Generator
from typing import Final

from usher.api.screen import render
from usher.cli.command import client_of
from usher.cli.console import Console
from usher.client import Client, LostError, NotRunningError

_EVERY: Final = 1.0
"""Seconds between two frames."""

_EVENTS: Final = 20

_HOME: Final = "\x1b[H"
_CLEAR_LINE: Final = "\x1b[K"
_CLEAR_BELOW: Final = "\x1b[J"


def configure(parser: ArgumentParser) -> None:
    """Take whether one look is enough."""
    parser.add_argument("--once", action="store_true", help="print one frame and end")


def run(options: Namespace, console: Console) -> int:
    """Draw a frame a second on a terminal; elsewhere print one."""
    client = client_of(options)
    if console.json:
        console.data(client.services())
        return 0
    if options.once or not (sys.stdin.isatty() and sys.stdout.isatty()):
        console.print(_frame(client, console))
        return 0
    with _screen():
        while True:
            _draw(_frame(client, console))
            if _key() in ("q", "Q", "\x1b"):
                return 0


def _frame(client: Client, console: Console) -> str:
    columns, rows = _size()
    try:
        seen = client.overview()
        events = list(client.events(lines=_EVENTS))
    except (LostError, NotRunningError) as error:
        return f"{error}\nq: quit"
    return render(
        seen.services,
        events,
        remotes=seen.remotes,
        columns=columns,
        rows=rows,
        color=console.color,
    )


def _size() -> tuple[int, int]:
    """Columns and rows; where no terminal cuts anything, room for everything."""
    try:
        size = os.get_terminal_size(1)
    except OSError:
        return 240, 10_000
    return max(40, size.columns), max(8, size.lines)


def _draw(frame: str) -> None:
    """Write over the last frame; clearing first would flicker."""
    lines = frame.split("\n")
    sys.stdout.write(_HOME + f"{_CLEAR_LINE}\r\n".join(lines) + _CLEAR_LINE + _CLEAR_BELOW)
    sys.stdout.flush()


def _key() -> str:
    """Return a key that was typed until the next frame is due; empty when none was."""
    ready, _, _ = select.select([sys.stdin], [], [], _EVERY)
    return os.read(sys.stdin.fileno(), 1).decode(errors="replace") if ready else ""


@contextlib.contextmanager
def _screen() -> Generator[None]:
    """Use the terminal's second screen, without cursor, key by key; give it back in any case."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd)
        sys.stdout.write("\x1b[?1049h\x1b[?25l")
        yield
    finally:
        sys.stdout.write("\x1b[?25h\x1b[?1049l")
        sys.stdout.flush()
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
