"""Two environments side by side, and names that documents and code do not share.

Values appear as short keyed hashes at most: same or different, and nothing else can be told.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias

from usher.model.facts import TextFile
from usher.model.value import Value

Standing: TypeAlias = Literal["missing", "extra", "empty", "differs", "same"]
"""Of a variable of A as B has it."""

_HASH: Final = 4
"""Bytes of a hash that is shown: enough to tell a few values apart, too few to look one up."""


class Difference(Value, frozen=True):
    """One variable. The hashes are empty for what is not there or has no value."""

    name: str
    standing: Standing
    a: str = ""
    b: str = ""


def hashed(value: str, key: bytes) -> str:
    """Return a value's short hash under `key`, at most 64 bytes."""
    return hashlib.blake2b(value.encode(), key=key[:64], digest_size=_HASH).hexdigest()


def hashes(env: Mapping[str, str], key: bytes) -> dict[str, str]:
    """Return every variable with its hash; empty for an empty value."""
    return {name: hashed(value, key) if value else "" for name, value in sorted(env.items())}


def diff(a: Mapping[str, str], b: Mapping[str, str]) -> list[Difference]:
    """Compare two environments of hashes, by name."""
    return [_compared(name, a.get(name), b.get(name)) for name in sorted({*a, *b})]


def _compared(name: str, a: str | None, b: str | None) -> Difference:
    if b is None:
        return Difference(name, "missing", a or "")
    if a is None:
        return Difference(name, "extra", b=b)
    if a != b and not (a and b):
        return Difference(name, "empty", a, b)
    return Difference(name, "same" if a == b else "differs", a, b)


# -- names -----------------------------------------------------------------------------------------

_READ: Final = re.compile(
    r"process\.env(?:\.|\[\s{0,4}[\"'`])(?P<js>[A-Za-z_]\w{0,99})"
    r"|import\.meta\.env\.(?P<vite>[A-Za-z_]\w{0,99})"
    r"|os\.environ(?:\.get\(|\.setdefault\(|\.pop\(|\[)\s{0,4}[\"'](?P<py>[A-Za-z_]\w{0,99})"
    r"|(?:os\.)?getenv\(\s{0,4}[\"'](?P<get>[A-Za-z_]\w{0,99})"
    r"|(?:\{(?P<names>[^{}]{1,2000})\}\s{0,4}=\s{0,4}process\.env\b)"
)
_DECLARED: Final = re.compile(
    r"^\s{0,8}(?:[-*]\s{1,4})?(?:export\s{1,4})?[`\"']?(?P<name>[A-Z][A-Z0-9_]{2,99})[`\"']?\s{0,4}="
    r"|`(?P<code>[A-Z][A-Z0-9]{1,50}(?:_[A-Z0-9]{1,50}){1,8})(?:=[^`\n]{0,200})?`",
    re.MULTILINE,
)
_OF_THE_SYSTEM: Final = re.compile(
    "PATH|HOME|USER|SHELL|LANG|TZ|PWD|TERM|TMPDIR|CI|NODE_ENV|DEBUG|HOSTNAME|LOGNAME|EDITOR"
    "|DEV|PROD|MODE|SSR|BASE_URL"
)
"""Set by the system or a build tool: nobody declares them."""


class Use(Value, frozen=True):
    """A name, where it was first seen, and the name it may be meant for."""

    name: str
    file: str
    line: int
    closest: str = ""


class Lint(Value, frozen=True):
    """Names that one side lacks."""

    undeclared: tuple[Use, ...]
    """Read by the code, and no document says so."""
    unused: tuple[Use, ...]
    """Documented, and read by no code."""


def lint(code: Iterable[TextFile], documents: Iterable[TextFile]) -> Lint:
    """Compare the names that code reads with those that documents and examples declare."""
    read = _uses(code, _READ)
    declared = _uses(documents, _DECLARED)
    undeclared = [use for name, use in read.items() if name not in declared]
    unused = [use for name, use in declared.items() if name not in read]
    return Lint(_paired(undeclared, unused), _paired(unused, undeclared))


def _uses(files: Iterable[TextFile], pattern: re.Pattern[str]) -> dict[str, Use]:
    found: dict[str, Use] = {}
    for file in files:
        for match in pattern.finditer(file.content):
            line = file.content.count("\n", 0, match.start()) + 1
            for name in _names(match):
                if not _OF_THE_SYSTEM.fullmatch(name):
                    found.setdefault(name, Use(name, file.path, line))
    return found


def _names(match: re.Match[str]) -> list[str]:
    groups = match.groupdict()
    if groups.get("names"):
        # { A, B: b, C = "x" } = process.env: the names stand before colons and defaults.
        parts = [re.split(r"[:=]", part)[0].strip() for part in groups["names"].split(",")]
        return [part for part in parts if re.fullmatch(r"[A-Za-z_]\w{0,99}", part)]
    return [value for value in groups.values() if value]


def _paired(uses: Iterable[Use], others: Iterable[Use]) -> tuple[Use, ...]:
    """Add the name of the other side that shares all but one of its words."""
    names = [other.name for other in others]
    return tuple(
        Use(use.name, use.file, use.line, next((n for n in names if _alike(use.name, n)), ""))
        for use in sorted(uses, key=lambda each: each.name)
    )


def _alike(a: str, b: str) -> bool:
    one, other = a.split("_"), b.split("_")
    return len(one) == len(other) > 1 and sum(x != y for x, y in zip(one, other, strict=True)) == 1
