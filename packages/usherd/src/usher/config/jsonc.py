"""JSON as people write it: with comments and a comma behind the last item."""

import re
from typing import Final

# What is never closed goes to the end: to look for its end from each beginning takes for ever.
_TEXT: Final = r'"(?:\\.|[^"\\\n])*+"?'
_TOKEN: Final = re.compile(rf"{_TEXT}|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_LAST_COMMA: Final = re.compile(rf"{_TEXT}|,(?=\s*[}}\]])")


def as_json(text: str) -> str:
    """Blank out comments and last commas; every other character keeps its place."""
    without_comments = _TOKEN.sub(lambda m: m[0] if m[0][0] == '"' else _blank(m[0]), text)
    return _LAST_COMMA.sub(lambda m: " " if m[0] == "," else m[0], without_comments)


def _blank(comment: str) -> str:
    return re.sub(r"[^\n]", " ", comment)
