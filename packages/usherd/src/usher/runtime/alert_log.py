"""The log of alerts (`alerts.jsonl`): what people were told, a line of JSON each, for programs."""

import logging
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

log = logging.getLogger(__name__)

SIZE: Final = 10 * 1024 * 1024
"""Bytes at which it is rotated; one older file is kept ..."""

AGE: Final = 7 * 86400.0
"""... and seconds after which its first line is old enough for that."""


class _Line(msgspec.Struct):
    time: float


def append(path: Path, record: Mapping[str, object], now: float) -> None:
    """Append a record (0600); the disk may refuse, which is logged and stops no alert."""
    try:
        if _first(path) < now - AGE:
            path.replace(path.with_name(f"{path.name}.1"))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "ab") as file:
            file.write(msgspec.json.encode(record) + b"\n")
            full = file.tell() > SIZE
        if full:
            path.replace(path.with_name(f"{path.name}.1"))
    except OSError as error:
        log.warning("cannot log an alert: %s", error)


def _first(path: Path) -> float:
    """Return when the first line was told; infinity where there is none."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.readline(), type=_Line).time
    except (FileNotFoundError, msgspec.DecodeError):
        return math.inf
