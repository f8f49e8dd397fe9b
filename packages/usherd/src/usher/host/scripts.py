"""Small text files of the host, and those that a command line names: scripts of cron and timers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SCRIPT: Final = re.compile(r"(?:~|\$HOME)?/[^\s;|&<>()\"']+")
_SIZE_LIMIT: Final = 64 * 1024


def text_of(path: Path) -> str | None:
    """Read the begin of a file; None where there is none that we may read."""
    try:
        with path.open("rb") as file:
            return file.read(_SIZE_LIMIT).decode("utf-8", "replace")
    except OSError:
        return None


def scripts_in(line: str) -> Iterator[tuple[str, str]]:
    """Yield the files that a line names and that are text."""
    for word in dict.fromkeys(_SCRIPT.findall(line)):
        path = Path(word.replace("$HOME", "~", 1)).expanduser()
        text = text_of(path) if path.is_file() else None
        if text is not None and "\0" not in text:
            yield str(path), text
