"""Reads NAME=value files. The dialect is fixed and small; nothing is expanded or executed.

Blank lines and lines that begin with "#" are skipped; "export " before a name is allowed; values
stand bare (to the end of the line, or to " #"), in '...' (as they are) or in "..." (with \\n, \\t,
\\", \\\\ and \\$); quoted values may go over several lines. Messages never show a value.
"""

import re
from typing import Final

_LINE: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*")
_BLANK: Final = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")
_SINGLE: Final = re.compile(r"'([^']*)'")
_DOUBLE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE: Final = re.compile(r"[^\n]*")
_COMMENT: Final = re.compile(r"(?:\A|[ \t])#.*")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}


def read_dotenv(text: str) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Return the variables, and (line, message) for every line that is none."""
    variables: dict[str, str] = {}
    faults: list[tuple[int, str]] = []
    at = 0
    while at < len(text):
        if blank := _BLANK.match(text, at):
            at = blank.end()
            continue
        line = text.count("\n", 0, at) + 1
        head = _LINE.match(text, at)
        if head is None:
            faults.append((line, "expected NAME=value"))
            at = _next_line(text, at)
            continue
        value, end = _value(text, head.end())
        if value is None:
            faults.append((line, f"the quote after {head[1]}= is not closed, or text follows it"))
            at = _next_line(text, at)
            continue
        variables[head[1]] = value
        at = end
    return variables, faults


def _value(text: str, at: int) -> tuple[str | None, int]:
    """Read a value; None when its quotes are wrong. Returns where the next line begins."""
    quote = text[at : at + 1]
    if quote not in ("'", '"') or not quote:
        match = _BARE.match(text, at)
        bare = match[0] if match else ""
        return _COMMENT.sub("", bare).strip(), at + len(bare)
    match = (_SINGLE if quote == "'" else _DOUBLE).match(text, at)
    rest = _BLANK.match(text, match.end()) if match else None
    if match is None or rest is None:
        return None, at
    value = match[1]
    if quote == '"':
        value = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), value)
    return value, rest.end()


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1
