"""A name for one fault that stays the same from one occurrence to the next."""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

_VARIABLE: Final = (
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE), "<uuid>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"(?<![\w./])/(?:home/[^/\s]+|root|Users/[^/\s]+)(?=/)"), "~"),
    (re.compile(r"\d+"), "<n>"),
)

_FRAMES: Final = (
    re.compile(r"^\s+at (?:.*\()?(?!node:)([^()\s]+):(\d+):\d+\)?$"),
    re.compile(r'^\s+File "([^"]+)", line (\d+), in '),
)
_NOT_THE_APPS: Final = ("node_modules/", "site-packages/", "/lib/python", "node:", "<frozen")


def fingerprint(fault: str, message: str, stack: Sequence[str] = ()) -> str:
    """Twelve hexadecimal digits of the fault's id, its message without numbers, and its place."""
    parts = (fault, normalised(message), frame_of_app(stack))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def normalised(message: str) -> str:
    """The message without what differs between two occurrences of one fault."""
    for pattern, replacement in _VARIABLE:
        message = pattern.sub(replacement, message)
    return message


def frame_of_app(stack: Sequence[str]) -> str:
    """`file:line` where the app's own code failed; empty without a stack.

    The innermost frame: JavaScript writes it first, Python last.
    """
    javascript, python = (_places(pattern, stack) for pattern in _FRAMES)
    return javascript[0] if javascript else python[-1] if python else ""


def _places(pattern: re.Pattern[str], stack: Sequence[str]) -> list[str]:
    found = [frame for line in stack if (frame := pattern.match(line.rstrip("\r\n")))]
    return [
        f"{frame[1]}:{frame[2]}"
        for frame in found
        if not any(part in frame[1] for part in _NOT_THE_APPS)
    ]
