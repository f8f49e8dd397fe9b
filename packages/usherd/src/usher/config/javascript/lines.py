"""Finds on which line of a JavaScript text an app and its fields stand, as far as text can tell.

A program need not write down what it exports, so this is a guess for messages only: the object
literals of the text are collected, and each app is placed at the literal that resembles it most.
Where none does, a message names the file alone.
"""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Final, cast

from usher.config.check import Path
from usher.config.positions import Positions

LITERALS: Final = 1000
APPS: Final = 100
DEPTH: Final = 8
"""Bounds of the work: beyond them messages name the file alone."""

_TOKEN: Final = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<text>"(?:\\.|[^"\\\n])*+"?|'(?:\\.|[^'\\\n])*+'?|`(?:\\.|[^`\\])*+`?)
      | (?P<regex>(?<=[=(:,\[!&|?{};\n\ ])/(?![/*\ ])
        (?:\\.|\[[^\]\n]{0,99}\]|[^/\n\\\[]){1,999}/[a-z]*)
      | (?P<word>[\w$]+)
      | (?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)


class _Literal:
    """An object literal: where it begins, and the keys that stand in it."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.keys: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        """Values that are plain text."""
        self.inside: dict[str, _Literal] = {}
        """Values that are object literals."""


def scan_javascript(text: str, apps: Mapping[Path, object]) -> Positions:
    """Place apps (by their path in what the file exports) in its text."""
    positions = Positions()
    literals = list(islice(_literals(text), LITERALS))
    for path, app in islice(apps.items(), APPS):
        if isinstance(app, dict):
            table = cast("dict[str, object]", app)
            best = max(literals, key=lambda literal: _likeness(literal, table), default=None)
            if best is not None and _likeness(best, table) > 0:
                literals.remove(best)
                _record(positions, path, best)
    return positions


def _likeness(literal: _Literal, app: Mapping[str, object]) -> float:
    common = literal.keys.keys() & app.keys()
    same = sum(literal.texts[key] == app[key] for key in common & literal.texts.keys())
    other = sum(literal.texts[key] != app[key] for key in common & literal.texts.keys())
    strange = len(literal.keys.keys() - app.keys())
    return len(common) + 2 * same - 2 * other - 2 * strange


def _record(positions: Positions, path: Path, literal: _Literal) -> None:
    positions.lines.setdefault(path, literal.line)
    for key, line in literal.keys.items():
        positions.lines.setdefault((*path, key), line)
    if len(path) < DEPTH:
        for key, inner in literal.inside.items():
            _record(positions, (*path, key), inner)


def _literals(text: str) -> list[_Literal]:
    """Collect all object literals that have keys."""
    found: list[_Literal] = []
    open_: list[_Literal | None] = []
    line, key, before, last = 1, "", "", ""
    for match in _TOKEN.finditer(text):
        word, kind = match[0], match.lastgroup
        if kind != "skip":
            top = open_[-1] if open_ else None
            if word == "{":
                literal = _Literal(line)
                found.append(literal)
                if top is not None and last == ":":
                    top.inside.setdefault(key, literal)
                open_.append(literal)
            elif word in ("[", "("):
                open_.append(None)
            elif word in ("}", "]", ")"):
                if open_:
                    open_.pop()
            elif top is not None and kind in ("word", "text"):
                if last in ("{", ","):
                    key = _unquoted(word)
                    top.keys.setdefault(key, line)
                elif last == ":" and kind == "text" and before == key:
                    top.texts.setdefault(key, _unquoted(word))
            before, last = (_unquoted(last) if word == ":" else before), word
        line += word.count("\n")
    return [literal for literal in found if literal.keys]


def _unquoted(word: str) -> str:
    return word[1:-1] if word[:1] in ("'", '"', "`") else word
