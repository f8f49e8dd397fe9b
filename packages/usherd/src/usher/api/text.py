"""Text for terminals: what daemon and command line both need to show a status.

Names and output of services are data: control characters in them never reach a terminal.
"""

import re
import unicodedata
from typing import Final

_COLOR_CODE: Final = re.compile(r"(\x1b\[[0-9;]{0,20}m|\t)")
_SIZES: Final = ((1024**3, "G"), (1024**2, "M"), (1024, "K"))


def printable(text: str) -> str:
    """Replace control, format and surrogate characters by visible ones ("\\x1b")."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        else character.encode("unicode_escape", "backslashreplace").decode("ascii")
        for character in text
    )


def safe_line(line: str) -> str:
    """Make a line of a service's output fit for a terminal: colours and tabs stay.

    Every other control character is shown and not obeyed.
    """
    parts = _COLOR_CODE.split(line)
    shown = [part if _COLOR_CODE.fullmatch(part) else printable(part) for part in parts]
    return "".join(shown) + ("\x1b[0m" if len(parts) > 1 else "")


def width(text: str) -> int:
    """Columns that printable text takes: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def fit(text: str, columns: int) -> str:
    """Pad text to exactly this many columns, or cut it and end it with "…"."""
    missing = columns - width(text)
    if missing >= 0:
        return text + " " * missing
    taken, kept = 0, ""
    for character in text:
        if taken + _columns(character) > columns - 1:
            break
        taken += _columns(character)
        kept += character
    return (kept + "…" if columns > 0 else "") + " " * (columns - 1 - taken)


def age(seconds: float | None) -> str:
    """Show a duration in its two largest units: "4s", "3m 20s", "2h 5m", "6d 1h"."""
    if seconds is None:
        return "-"
    whole = max(0, int(seconds))
    parts = [
        (whole // 86400, "d"),
        (whole // 3600 % 24, "h"),
        (whole // 60 % 60, "m"),
        (whole % 60, "s"),
    ]
    first = next((index for index, (count, _) in enumerate(parts) if count), 3)
    return " ".join(f"{count}{unit}" for count, unit in parts[first : first + 2] if count) or "0s"


def size(amount: int | None) -> str:
    """Show bytes as "512B", "45.2M"."""
    if amount is None:
        return "-"
    for unit, letter in _SIZES:
        if amount >= unit:
            return f"{amount / unit:.1f}{letter}"
    return f"{amount}B"


def counted(number: int, noun: str) -> str:
    """Return "1 variable", "2 variables"."""
    return f"{number} {noun}" + "s" * (number != 1)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
