"""Secrets of a service's environment in what it prints: masked where we show it (design 2.6.5)."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote, unquote

from usher.api.secrets import MASK, shown

SHORTEST: Final = 6
"""Characters of a value that is looked for: shorter ones are found in innocent words."""

_USER_IN_URL: Final = re.compile(r"[A-Za-z][\w+.-]{0,30}://[^/\s:@]{0,256}:([^/\s@]{1,512})@")

Masker = Callable[[str], str]


def masker(env: Mapping[str, str]) -> Masker:
    """Return what hides the values of `env` that may not be shown, however they are written."""
    values = sorted(_secrets(env), key=len, reverse=True)
    if not values:
        return _as_it_is
    pattern = re.compile("|".join(map(re.escape, values)))
    return lambda line: pattern.sub(MASK, line)


def _secrets(env: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for name, value in env.items():
        if shown(name, value) != MASK:
            continue
        passwords = _USER_IN_URL.findall(value)
        for each in [value, *passwords, *map(unquote, passwords)]:
            # A log line is one line, so a secret of several comes in parts.
            for part in each.splitlines():
                found |= {part.strip(), json.dumps(part)[1:-1], quote(part, safe="")}
    return {each for each in found if len(each) >= SHORTEST}


def _as_it_is(line: str) -> str:
    return line
