"""As much of BSON (bsonspec.org) as a login and a ping need."""

import struct
from collections.abc import Mapping
from typing import Final, TypeAlias

Value: TypeAlias = float | int | str | bytes | bool | None
Written: TypeAlias = int | str | bytes | bool | Mapping[str, bool]

_FIXED: Final = {0x01: "<d", 0x08: "<?", 0x09: "<q", 0x10: "<i", 0x11: "<Q", 0x12: "<q"}
"""Kinds of one length: double, boolean, time, int32, timestamp, int64."""
_UNREAD: Final = {0x06: 0, 0x07: 12, 0x0A: 0, 0x13: 16}
"""Kinds that nobody asks for, and their bytes: undefined, object id, null, decimal."""


def encode(fields: Mapping[str, Written]) -> bytes:
    """Write a document, its fields in their order: the first one names a command."""
    body = b"".join(_field(name, value) for name, value in fields.items())
    return struct.pack("<i", len(body) + 5) + body + b"\x00"


def _field(name: str, value: Written) -> bytes:
    match value:
        case bool():
            kind, data = b"\x08", bytes([value])
        case int():
            kind, data = b"\x10", struct.pack("<i", value)
        case str():
            text = value.encode() + b"\x00"
            kind, data = b"\x02", struct.pack("<i", len(text)) + text
        case bytes():
            kind, data = b"\x05", struct.pack("<ix", len(value)) + value
        case _:
            kind, data = b"\x03", encode(value)
    return kind + name.encode() + b"\x00" + data


def decode(document: bytes) -> dict[str, Value]:
    """Read a document. Raises ValueError.

    Documents and arrays in it stay bytes, which can be read in turn: no depth has to be bounded.
    """
    try:
        return _decode(document)
    except (struct.error, IndexError) as error:
        raise ValueError("it ends too early") from error


def _decode(document: bytes) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if struct.unpack_from("<i", document)[0] != len(document):
        raise ValueError("its length is another one")
    at, end = 4, len(document) - 1
    while at < end:
        name_end = document.index(0, at + 1)
        name = document[at + 1 : name_end].decode()
        size, found[name] = _value(document[at], document, name_end + 1)
        at = name_end + 1 + size
    if at != end:
        raise ValueError("a value goes over its end")
    return found


def _value(kind: int, document: bytes, at: int) -> tuple[int, Value]:
    """Return the bytes that a value takes, and what it is."""
    if kind in _FIXED:
        return struct.calcsize(_FIXED[kind]), struct.unpack_from(_FIXED[kind], document, at)[0]
    if kind in _UNREAD:
        return _UNREAD[kind], None
    size: int = struct.unpack_from("<i", document, at)[0]
    if size < 0:
        raise ValueError("a length is negative")
    match kind:
        case 0x02:
            return 4 + size, document[at + 4 : at + 3 + size].decode()
        case 0x03 | 0x04:
            return size, document[at : at + size]
        case 0x05:
            return 5 + size, document[at + 5 : at + 5 + size]
        case _:
            raise ValueError(f"a value of kind {kind}")
