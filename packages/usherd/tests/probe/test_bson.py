"""BSON, byte by byte."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.probe import bson


def test_the_example_of_the_specification() -> None:
    hello = b"\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00"  # bsonspec.org/faq
    assert bson.encode({"hello": "world"}) == hello
    assert bson.decode(hello) == {"hello": "world"}


def test_what_is_written_is_read() -> None:
    inner = {"skipEmptyExchange": True}
    fields = {"saslStart": 1, "payload": b"n,,n=a\x00b", "mechanism": "한", "options": inner}
    found = bson.decode(bson.encode(fields))
    assert found == {**fields, "options": bson.encode(inner)}
    assert list(found) == list(fields)


def test_kinds_that_servers_answer_with() -> None:
    fields = b"".join(
        [
            b"\x01ok\x00" + struct.pack("<d", 1.0),
            b"\x07id\x00" + bytes(12),
            b"\x09localTime\x00" + struct.pack("<q", 1_700_000_000_000),
            b"\x0anothing\x00",
            b"\x11operationTime\x00" + struct.pack("<Q", 7),
            b"\x12n\x00" + struct.pack("<q", -1),
            b"\x13big\x00" + bytes(16),
        ]
    )
    found = bson.decode(struct.pack("<i", len(fields) + 5) + fields + b"\x00")
    assert (found["ok"], found["n"], found["operationTime"]) == (1.0, -1, 7)
    assert (found["id"], found["nothing"], found["big"]) == (None, None, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x05\x00\x00\x00",
        b"\x06\x00\x00\x00\x00",
        b"\x0c\x00\x00\x00\x10a\x00\x01\x00\x00\x00",
        b"\x0c\x00\x00\x00\x02a\x00\xf0\xff\xff\xff\x00",
        b"\x0c\x00\x00\x00\x02a\x00\xff\x00\x00\x00\x00",
        b"\x09\x00\x00\x00\x42a\x00\x00\x00",
    ],
)
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        bson.decode(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        bson.decode(struct.pack("<i", len(data) + 5) + data + b"\x00")
