"""Prints what apps print, in a thread of its own, for commands that stay in the foreground."""

import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

import msgspec

from usher.api.types import LogLine
from usher.cli.console import Console
from usher.client import Client, UsherError

Style: TypeAlias = Callable[[LogLine], str]

_QUIET: Final = 0.3
"""Seconds without a line after which the last one is taken to be printed."""

_LAST_WORDS: Final = 3.0
"""Seconds that last lines are waited for at most."""


def takes_style(parser: ArgumentParser) -> None:
    """Take how lines are printed; --json, which every command has, is a style too."""
    styles = parser.add_mutually_exclusive_group()
    styles.add_argument("--raw", action="store_true", help="lines as they are, without a name")
    styles.add_argument("--format", action="store_true", help="key=value pairs")


def style_of(options: Namespace, console: Console) -> Style:
    """Choose the style."""
    if console.json:
        return as_json
    if options.format:
        return as_pairs
    return bare if options.raw else named


def named(line: LogLine) -> str:
    """Show the app before the line: "web:0 | hello"."""
    return f"{line.label or line.service}:{line.slot} | {line.line}"


def bare(line: LogLine) -> str:
    """Show the line."""
    return line.line


def as_pairs(line: LogLine) -> str:
    """Show what `pm2-runtime --format` shows."""
    kind = "out" if line.stream == "out" else "error"
    stamp = _time(line).strftime("%Y-%m-%d-%H:%M:%S%z")
    who = f"app={line.label or line.service} id={line.id} type={kind}"
    return f"timestamp={stamp} {who} message={line.line}"


def as_json(line: LogLine) -> str:
    """Show what `pm2-runtime --json` shows of a line."""
    stamp = _time(line).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    value = {
        "message": line.line,
        "timestamp": stamp,
        "type": line.stream,
        "process_id": line.id,
        "app_name": line.label or line.service,
    }
    return msgspec.json.encode(value).decode()


def _time(line: LogLine) -> datetime:
    return datetime.fromtimestamp(line.time_ns / 1e9, UTC)


class Printer:
    """Follows the output of all apps from `since` (seconds since 1970) on."""

    def __init__(self, client: Client, style: Style, since: float) -> None:
        """Nothing is asked before `start`."""
        self._client = client
        self._style = style
        self._since = since
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._print, name="printer", daemon=True)

    def start(self) -> None:
        """Begin; apps must be defined by now."""
        self._thread.start()

    def finish(self) -> None:
        """Return when the last lines are printed."""
        deadline = time.monotonic() + _LAST_WORDS
        begun = time.monotonic()
        while self._thread.is_alive() and time.monotonic() < deadline:
            if time.monotonic() - max(self._last, begun) > _QUIET:
                return
            time.sleep(0.02)

    def _print(self) -> None:
        """Print; the daemon may be replaced meanwhile: what was printed is not asked for again."""
        newest = 0
        while True:
            try:
                for line in self._client.logs(since=self._since, follow=True):
                    if line.time_ns and line.time_ns <= newest:
                        continue
                    newest = line.time_ns
                    self._write(line)
            except UsherError:
                time.sleep(0.2)
            self._since = max(self._since, newest / 1e9)

    def _write(self, line: LogLine) -> None:
        stream = sys.stdout if line.stream == "out" or self._style is as_json else sys.stderr
        stream.write(self._style(line) + "\n")
        stream.flush()
        self._last = time.monotonic()
