"""The values that are known to be secret: found wherever and however they are written."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus, unquote

from usher.redaction.names import MASK, shown

SHORTEST: Final = 6
"""Characters of a value that is looked for: shorter ones are found in innocent words."""

_USER_IN_URL: Final = re.compile(r"[A-Za-z][\w+.-]{0,30}://[^/\s:@]{0,256}:(\S{1,1024})@")

_SURE: Final = re.compile(r"pass|pwd|secret|token|key|credential|private|dsn", re.IGNORECASE)
_ABOUT: Final = re.compile(
    r"_(?:file|path|ttl|type|length|name|count|algorithm|alg|expires?(?:_in)?|mode|store|driver"
    r"|policy|header|url|uri|dir|host|port)$",
    re.IGNORECASE,
)
"""Names that say something about a secret: their values are words that occur in every log."""


def secrets_of(env: Mapping[str, str]) -> frozenset[str]:
    """Return what is looked for of an environment: the values that may not be shown."""
    found: set[str] = set()
    for name, value in env.items():
        if shown(name, value) == MASK:
            found |= _looked_for(name, value)
    return spelled(found)


def _looked_for(name: str, value: str) -> set[str]:
    sure = _SURE.search(name) is not None
    if _ABOUT.search(name) or not sure:
        if "://" in value:
            # An address without a password stands in every log, and says nothing secret.
            passwords = _USER_IN_URL.findall(value)
            return {value, *passwords, *map(unquote, passwords)} if passwords else set()
        if sure or value.startswith("/") or (value.isalpha() and value.islower()):
            return set()
    return {value, *_USER_IN_URL.findall(value)}


def spelled(values: Iterable[str]) -> frozenset[str]:
    """Return every way in which values are written: plain, in JSON, in a URL, quoted by a shell."""
    found: set[str] = set()
    for value in values:
        # A log line is one line, so a secret of several comes in parts.
        for part in {value, *value.splitlines()}:
            bare = part.strip()
            found |= {bare, json.dumps(bare)[1:-1], json.dumps(bare, ensure_ascii=False)[1:-1]}
            found |= {quote(bare, safe=""), quote(bare), quote_plus(bare), repr(bare)[1:-1]}
            found |= {bare.replace("'", "'\\''"), bare.replace("'", "'\"'\"'")}
            found.add(json.dumps(json.dumps(bare)[1:-1])[1:-1])
    return frozenset(each for each in found if len(each) >= SHORTEST)
