"""From the path of a request to what lies in the folder: never anything outside of it."""

import os
import stat
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote


class File(NamedTuple):
    """A file to be sent."""

    path: Path


class Folder(NamedTuple):
    """A folder without an index page."""

    path: Path


class Moved(NamedTuple):
    """A folder that was asked for like a file."""

    to: str


class Missing(NamedTuple):
    """Nothing that may be seen."""


def find(root: Path, target: str) -> File | Folder | Moved | Missing:
    """Find what a request's target means below `root`, a path without symbolic links.

    Names that begin with a dot are not shown (`.git`, `.env`); `.well-known` is.
    """
    # Not urlsplit: to it, what follows two slashes is a host.
    written = target.partition("#")[0].partition("?")[0]
    asked = unquote(written, errors="surrogateescape")
    names = [name for name in asked.split("/") if name not in ("", ".")]
    if "\0" in asked or any(_is_hidden(name) for name in names):
        return Missing()
    path = Path(os.path.realpath(root.joinpath(*names)))
    if not path.is_relative_to(root):
        return Missing()
    kind = _kind(path)
    if stat.S_ISREG(kind):
        return Missing() if asked.endswith("/") else File(path)
    if not stat.S_ISDIR(kind):
        return Missing()
    if not asked.endswith("/"):
        return Moved(f"{written}/")
    index = path / "index.html"
    return File(index) if stat.S_ISREG(_kind(index)) else Folder(path)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and name != ".well-known"


def _kind(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def names_in(folder: Path) -> list[str]:
    """List what may be seen in a folder; folders end with a slash."""
    with os.scandir(folder) as entries:
        seen = [f"{each.name}/" if each.is_dir() else each.name for each in entries]
    return sorted(name for name in seen if not _is_hidden(name.removesuffix("/")))
