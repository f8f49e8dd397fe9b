"""Puts settings into the text of a configuration file, without touching the rest of it.

`amended(text, suffix, line, settings)` writes them where a person would: below the line at which
the app begins, tables of TOML after the last line of the app's own table. It knows the usual ways
of writing such files; whether the new text says what was meant has to be seen by reading it.
Settings are named as in `model.care.Proposal`: "memory.limit".
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from usher.model.care import Setting

Tree: TypeAlias = dict[str, "Setting | Tree"]

_HEADER: Final = re.compile(r"\s*\[(?P<name>[^\[\]]+)\]\s*(#.*)?")
"""Of a table of TOML."""


def amended(text: str, suffix: str, line: int, settings: Mapping[str, Setting]) -> str | None:
    """Return the text with these settings of the app that begins at `line` (from 1).

    None: this way of writing an app is not known.
    """
    write = _WAYS.get(suffix)
    lines = text.splitlines()
    if write is None or not 1 <= line <= len(lines):
        return None
    new = write(lines, line - 1, settings)
    return None if new is None else "\n".join(new) + "\n"


def snippet(settings: Mapping[str, Setting]) -> str:
    """Write settings as JSON, which every form but TOML takes as it is."""
    return json.dumps(_tree(settings), indent=2, ensure_ascii=False)


def _tree(settings: Mapping[str, Setting]) -> Tree:
    """Tables in tables, as JSON and YAML have them."""
    whole: Tree = {}
    for path, value in settings.items():
        *tables, key = path.split(".")
        inner = whole
        for table in tables:
            found = inner.setdefault(table, {})
            assert isinstance(found, dict), path  # noqa: S101 (a table and a value of one name)
            inner = found
        inner[key] = value
    return whole


def _toml(lines: list[str], at: int, settings: Mapping[str, Setting]) -> list[str] | None:
    header = _HEADER.fullmatch(lines[at])
    if header is None:
        return None
    end = next((n for n in range(at + 1, len(lines)) if _HEADER.fullmatch(lines[n])), len(lines))
    while not lines[end - 1].strip():
        end -= 1
    tables: dict[str, list[str]] = {"": []}
    for path, value in settings.items():
        table, _, key = path.rpartition(".")
        tables.setdefault(table, []).append(f"{key} = {_value(value)}")
    values = tables.pop("")
    name = header["name"].strip()
    new = [line for table, pairs in tables.items() for line in ("", f"[{name}.{table}]", *pairs)]
    return [*lines[:end], *values, *new, *lines[end:]]


def _yaml(lines: list[str], at: int, settings: Mapping[str, Setting]) -> list[str] | None:
    if not lines[at].split(" #")[0].rstrip().endswith(":"):
        return None
    indent = _inner(lines, at)
    new = [f"{indent}{key}: {_value(value)}" for key, value in _tree(settings).items()]
    return [*lines[: at + 1], *new, *lines[at + 1 :]]


def _json(lines: list[str], at: int, settings: Mapping[str, Setting]) -> list[str] | None:
    if not lines[at].rstrip().endswith("{"):
        return None
    indent = _inner(lines, at)
    new = [f'{indent}"{key}": {_value(value)},' for key, value in _tree(settings).items()]
    return [*lines[: at + 1], *new, *lines[at + 1 :]]


def _value(value: Setting | Tree) -> str:
    return json.dumps(value, ensure_ascii=False)


def _inner(lines: Sequence[str], at: int) -> str:
    """How far the next line is indented that is not empty."""
    following = next((line for line in lines[at + 1 :] if line.strip()), "")
    return following[: len(following) - len(following.lstrip())]


_Way: TypeAlias = Callable[[list[str], int, Mapping[str, Setting]], list[str] | None]

_WAYS: Final[dict[str, _Way]] = {".toml": _toml, ".yaml": _yaml, ".yml": _yaml, ".json": _json}
