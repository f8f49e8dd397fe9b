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
    walk = _Walk()
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            walk.take(match[0], line, is_name=match.lastgroup in ("word", "text"))
        line += match[0].count("\n")
    return [literal for literal in walk.found if literal.keys]


class _Walk:
    """Goes through the tokens of a text."""

    def __init__(self) -> None:
        self.found: list[_Literal] = []
        self._open: list[_Literal | None] = []
        """Braces that are open; None stands for other brackets."""
        self._last = self._before = ""
        """The newest token, and the one before it."""
        self._key = ""

    def take(self, word: str, line: int, *, is_name: bool) -> None:
        """Look at a token; `is_name`: it may be a key, or be text."""
        around = self._open[-1] if self._open else None
        if word == "{":
            literal = _Literal(line)
            self.found.append(literal)
            self._open.append(literal)
            if around is not None and self._last == ":":
                around.inside.setdefault(self._key, literal)
        elif word in ("[", "("):
            self._open.append(None)
        elif word in ("}", "]", ")"):
            del self._open[-1:]
        elif around is not None and is_name and self._last in ("{", ","):
            self._key = _unquoted(word)
            around.keys.setdefault(self._key, line)
        elif around is not None and word != _unquoted(word) and self._is_value_of_key():
            around.texts.setdefault(self._key, _unquoted(word))
        self._last, self._before = word, self._last

    def _is_value_of_key(self) -> bool:
        """Behind "key:", and not behind the ":" of a condition."""
        return self._last == ":" and _unquoted(self._before) == self._key


def _unquoted(word: str) -> str:
    return word[1:-1] if word[:1] in ("'", '"', "`") else word
