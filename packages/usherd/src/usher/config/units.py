"""Values that are written as text with a unit: durations, sizes, file modes, signals.

Each is a subclass of the plain type it becomes, so that a schema field says by its type how it
is written, and what reads it sees a number. `decode` is msgspec's hook for them.
"""

import math
import re
import signal
from typing import Final

_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)", re.ASCII)
_SIZE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([KMGT]?)(?:i?B)?", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


class Duration(float):
    """Seconds, written "500ms", "10s", "5m", "1h" or "1d"; a bare number has no unit: refused."""

    EXPECTED = "a duration with its unit, such as '500ms', '10s', '5m' or '1h'"

    @classmethod
    def parse(cls, text: object) -> "Duration":
        """Raise ValueError unless `text` is a duration of at most 100 years."""
        match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
        seconds = float(match[1]) * _SECONDS[match[2]] if match else -1.0
        if not 0 <= seconds <= 100 * 366 * 86400:
            raise ValueError(cls.EXPECTED)
        return cls(round(seconds, 6))


class Interval(Duration):
    """A duration of at least a millisecond, where none at all would mean "without pause"."""

    EXPECTED = "a duration above zero with its unit, such as '500ms', '10s' or '5m'"

    @classmethod
    def parse(cls, text: object) -> "Interval":
        """Raise ValueError unless `text` is a duration above zero."""
        seconds = Duration.parse(text)
        if seconds < 0.001:
            raise ValueError(cls.EXPECTED)
        return cls(seconds)


class Milliseconds(float):
    """Seconds, written as in PM2's files: a number of milliseconds, "3000", or "10s"."""

    EXPECTED = "milliseconds, such as 3000, or a duration with its unit, such as '10s' or '5m'"

    @classmethod
    def parse(cls, value: object) -> "Milliseconds":
        """Raise ValueError unless `value` is a duration of at most 100 years."""
        if isinstance(value, str) and not value.strip().isdecimal():
            try:
                return cls(Duration.parse(value))
            except ValueError:
                raise ValueError(cls.EXPECTED) from None
        seconds = _number(value) / 1000
        if not 0 <= seconds <= 100 * 366 * 86400:
            raise ValueError(cls.EXPECTED)
        return cls(seconds)


class Whole(int):
    """A whole number from 0, written as a number or, as PM2 allows, as text: "16"."""

    EXPECTED = "a whole number"

    @classmethod
    def parse(cls, value: object) -> "Whole":
        """Raise ValueError unless `value` is a whole number up to 2**53, JavaScript's limit."""
        number = _number(value)
        if not (0 <= number <= 2**53 and number.is_integer()):
            raise ValueError(cls.EXPECTED)
        return cls(number)


class InstanceCount(int):
    """PM2's `instances`: a number, "max" (written as 0), or negative: that many fewer than CPUs."""

    EXPECTED = "a whole number up to 1000, or 'max'"

    @classmethod
    def parse(cls, value: object) -> "InstanceCount":
        """Raise ValueError unless `value` says how many."""
        if value == "max":
            return cls(0)
        text = value.strip() if isinstance(value, str) else value
        negative = isinstance(text, str) and text.startswith("-")
        number = -_number(text[1:]) if negative and isinstance(text, str) else _number(text)
        if not (-1000 <= number <= 1000 and number.is_integer()):
            raise ValueError(cls.EXPECTED)
        return cls(number)


def _number(value: object) -> float:
    """Read a number, or the digits of one; NaN, which no comparison passes, for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 2**63 else math.nan
    digits = value.strip() if isinstance(value, str) else ""
    return float(digits) if re.fullmatch(r"[0-9]{1,17}", digits) else math.nan


class Size(int):
    """Bytes, written "150M", "150MB", "1G" (steps of 1024) or as a whole number of bytes."""

    EXPECTED = "a size such as '512K', '150M', '150MB' or '1G'"

    @classmethod
    def parse(cls, value: object) -> "Size":
        """Raise ValueError unless `value` is a size."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**60:
            return cls(value)
        match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise ValueError(cls.EXPECTED)
        return cls(float(match[1]) * _BYTES[match[2].upper()])


class FileMode(int):
    """Permission bits, written as octal text: "0660". A number would be read as decimal."""

    EXPECTED = "octal digits in quotes, such as '0660'"

    @classmethod
    def parse(cls, text: object) -> "FileMode":
        """Raise ValueError unless `text` is octal and at most 0777."""
        if not (isinstance(text, str) and re.fullmatch(r"(0o?)?[0-7]{1,3}", text)):
            raise ValueError(cls.EXPECTED)
        return cls(text.removeprefix("0o"), 8)


class SignalName(int):
    """A signal's number, written by name: "SIGTERM" or "TERM"."""

    EXPECTED = "the name of a signal, such as 'SIGTERM' or 'SIGINT'"

    @classmethod
    def parse(cls, text: object) -> "SignalName":
        """Raise ValueError unless `text` names a signal of this system."""
        if isinstance(text, str):
            name = text.upper()
            name = name if name.startswith("SIG") else f"SIG{name}"
            if name in signal.Signals.__members__:
                return cls(signal.Signals[name])
        raise ValueError(cls.EXPECTED)


_KINDS: Final = (Duration, Milliseconds, Whole, InstanceCount, Size, FileMode, SignalName)


def encode(value: object) -> object:
    """Write one of the types above as the plain number it is (the enc_hook of msgspec.json)."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    raise NotImplementedError(type(value))


def decode(kind: type[object], value: object) -> object:
    """Read `value` as one of the types above (the dec_hook of msgspec.convert)."""
    if issubclass(kind, _KINDS):
        return kind.parse(value)
    raise NotImplementedError(kind)
