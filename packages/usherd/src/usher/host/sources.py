"""Programs and documents of an app, read for the names of variables in them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from usher.model.facts import TextFile

_SIZE_LIMIT: Final = 256 * 1024
_FILES_LIMIT: Final = 4000
_CODE: Final = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".py", ".vue", ".svelte")
_SKIPPED: Final = frozenset(
    {
        "node_modules", ".git", "dist", "build", ".next", "out", "coverage", "uploads",
        "__pycache__", ".venv", "venv", "site-packages", "tests", "test", "__tests__", "vendor",
    }
)  # fmt: skip
_EXAMPLES: Final = (".env.example", ".env.sample", ".env.template", "env.example", "example.env")


def code(folder: Path) -> list[TextFile]:
    """Read the programs below a folder, at most 4000 of at most 256 KiB."""
    return [*_read(folder, _is_code)]


def documents(folder: Path) -> list[TextFile]:
    """Read the example files and the Markdown below a folder."""
    return [*_read(folder, _is_document)]


def _is_code(name: str) -> bool:
    return name.endswith(_CODE) and ".test." not in name and ".spec." not in name


def _is_document(name: str) -> bool:
    return name.lower().endswith(".md") or name in _EXAMPLES


def _read(folder: Path, wanted: Callable[[str], bool]) -> Iterator[TextFile]:
    left = _FILES_LIMIT
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _SKIPPED)
        for name in sorted(names):
            if not wanted(name):
                continue
            left -= 1
            if left < 0:
                return
            text = _text(Path(parent, name))
            if text is not None:
                yield TextFile(os.path.relpath(Path(parent, name), folder), text)


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(_SIZE_LIMIT).decode("utf-8", "replace")
    except OSError:
        return None
