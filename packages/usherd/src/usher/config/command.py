"""From `command` or `script` to an argument list. No shell is involved, and none is imitated."""

import re
import shlex
from pathlib import PurePath
from typing import Final

_SHELL_ONLY: Final = ("|", "&&", ";", ">", "<", "1>", "2>")

_INTERPRETERS: Final = {
    ".sh": "bash",
    ".py": "python3",
    ".rb": "ruby",
    ".php": "php",
    ".pl": "perl",
    ".js": "node",
    ".cjs": "node",
    ".mjs": "node",
    ".ts": "bun",
    ".tsx": "bun",
}
"""PM2's choice by the suffix of the script; anything else is executed itself."""


def split(words: str | list[str]) -> tuple[str, ...]:
    """Split text at blanks, quotes kept together. Raises ValueError with what is wrong.

    A word that only a shell understands would reach the program as an argument, so it is refused.
    """
    if not isinstance(words, str):
        return tuple(words)
    try:
        parts = shlex.split(words)
        # Without POSIX rules quotes stay on the words: an unquoted "|" differs from a quoted one.
        raw = shlex.shlex(words, posix=False)
        raw.whitespace_split, raw.commenters = True, ""
        meant = [word for word in raw if word == "&" or word.startswith(_SHELL_ONLY)]
    except ValueError as error:
        raise ValueError(f"cannot split the text: {str(error).lower()}") from None
    if meant:
        raise ValueError(
            f"{meant[0]!r} means something to a shell only, and no shell runs this: "
            "quote it, or write command = ['sh', '-c', '...']"
        )
    return tuple(parts)


def script_of(argv: tuple[str, ...]) -> str | None:
    """Return the file that an interpreter was given to run, as far as the words tell."""
    interpreters = "|".join(sorted(set(_INTERPRETERS.values()) | {"python", "sh", "deno", "tsx"}))
    known = argv and re.fullmatch(rf"(?:{interpreters})[\d.]*", PurePath(argv[0]).name)
    if not known or len(argv) < 2 or PurePath(argv[1]).suffix not in _INTERPRETERS:
        return None
    return argv[1]


def interpreter_for(script: str, interpreter: str | None) -> tuple[str, ...]:
    """Return the words that go before a script; "none" executes it itself."""
    chosen = interpreter or _INTERPRETERS.get(PurePath(script).suffix, "none")
    return () if chosen == "none" else (chosen,)
