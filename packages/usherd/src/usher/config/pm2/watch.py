"""PM2's `watch`, `ignore_watch`, `watch_delay` and `watch_options`.

`ignore_watch` holds globs, paths and RegExps; all become regular expressions on absolute paths.
"""

import os
import re
from pathlib import Path as FilePath
from typing import Final

from usher.config.app import Written
from usher.config.check import quote
from usher.config.process import ALWAYS_IGNORED, USUALLY_IGNORED, below
from usher.config.process import read_watch as read_native
from usher.config.schema import Pm2App, Regex
from usher.model.spec import WatchSpec

PATTERN_LIMIT: Final = 1000

_GLOB: Final = re.compile(r"\*\*/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]*\]|[^*?{\[]+|.")


def read_watch(app: Pm2App, written: Written, cwd: FilePath) -> WatchSpec | None:
    """Build what is watched; usher's own `watch` wins over PM2's."""
    if written.app.watch is not None:
        return read_native(written, cwd)
    if app.watch is False or app.watch == []:
        return None
    given = ["."] if app.watch is True else app.watch
    default = WatchSpec(paths=())
    paths = tuple(os.path.normpath(cwd / path) for path in given)
    return WatchSpec(
        paths=paths,
        ignore=(*below(paths, ALWAYS_IGNORED), *_ignored(app, written, cwd, paths)),
        delay=default.delay if app.watch_delay is None else float(app.watch_delay),
        # PM2 hands the rest to chokidar; only this changes what is seen.
        poll=app.watch_options.get("usePolling") is True,
    )


def usual_watch(cwd: str) -> WatchSpec:
    """Return what `watch: true` means for an app in `cwd`."""
    paths = (cwd,)
    return WatchSpec(paths, below(paths, (*ALWAYS_IGNORED, r"\.", *USUALLY_IGNORED)))


def _ignored(
    app: Pm2App, written: Written, cwd: FilePath, paths: tuple[str, ...]
) -> tuple[str, ...]:
    if app.ignore_watch is None:
        # PM2's own default is hidden files and node_modules.
        return below(paths, (r"\.", *USUALLY_IGNORED))
    patterns: list[str] = []
    for position, item in enumerate(app.ignore_watch):
        text = item.source if isinstance(item, Regex) else item
        try:
            pattern = _regex(item) if isinstance(item, Regex) else as_regex(item, cwd)
            re.compile(pattern)
        except (ValueError, re.error, RecursionError) as error:
            shown = quote(f"/{text}/" if isinstance(item, Regex) else text)
            written.complain("ignore_watch", f"cannot use {shown}: {error}", inside=(position,))
            continue
        patterns.append(pattern)
    return tuple(patterns)


def as_regex(pattern: str, cwd: FilePath) -> str:
    """Turn a glob or path into a regular expression on absolute paths.

    A pattern without a slash is found at any depth, as people mean it; one with a slash starts
    at the app's folder. What matches is ignored with all that lies below it. Raises ValueError
    for a pattern of more than PATTERN_LIMIT characters.
    """
    if len(pattern) > PATTERN_LIMIT:
        raise ValueError(f"longer than {PATTERN_LIMIT} characters")
    bare = pattern.removeprefix("./").rstrip("/")
    body = "".join(_piece(piece) for piece in _GLOB.findall(bare))
    if bare.startswith("/"):
        return rf"^{body}(?:/|$)"
    depth = "" if "/" in bare else "(?:.*/)?"
    return rf"^{re.escape(str(cwd))}/{depth}{body}(?:/|$)"


def _piece(piece: str) -> str:
    match piece:
        case "**/":
            return "(?:.*/)?"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if piece.startswith("{") and piece.endswith("}"):
            return f"(?:{'|'.join(re.escape(word) for word in piece[1:-1].split(','))})"
        case _ if piece.startswith("[") and piece.endswith("]"):
            inside = piece[1:-1].replace("\\", "\\\\")
            return f"[{'^' + inside[1:] if inside.startswith('!') else inside}]"
        case _:
            return re.escape(piece)


def _regex(item: Regex) -> str:
    """JavaScript's syntax is Python's but for the name of a group."""
    source = re.sub(r"\(\?<([A-Za-z_]\w*)>", r"(?P<\1>", item.source)
    return f"(?i){source}" if "i" in item.flags else source
