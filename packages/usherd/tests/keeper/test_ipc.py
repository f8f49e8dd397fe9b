"""The frames of Node's channel: whatever comes, and however it is cut, none is mixed up."""

import json
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.keeper import ipc

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NOISE = st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b""))
LINES = VALUES.map(lambda value: json.dumps(value).encode()) | NOISE


def read(channel: ipc.Channel) -> list[Any]:
    """Take all that is complete."""
    found = []
    while (frame := channel.peek()) is not None:
        found.append(frame.value)
        channel.take(frame)
    return found


def meant(line: bytes) -> Any:
    """What a line says; nothing when it is no JSON."""
    try:
        return json.loads(line.decode(), parse_constant=int)
    except ValueError:
        return None


@given(lines=st.lists(LINES, max_size=8), cuts=st.lists(st.integers(1, 60), min_size=1))
def test_frames_arrive_in_order_however_they_are_cut(lines: list[bytes], cuts: list[int]) -> None:
    near, far = socket.socketpair()
    channel = ipc.Channel(near.detach())
    whole, found, turn = b"".join(line + b"\n" for line in lines), [], 0
    with far:
        while whole:
            size = cuts[turn % len(cuts)]
            far.sendall(whole[:size])
            whole, turn = whole[size:], turn + 1
            found += read(channel)
        far.sendall(b"torn")
        assert read(channel) == []
    channel.close()
    assert found == [meant(line) for line in lines]


@given(before=st.integers(0, 3), size=st.integers(ipc.FRAME_LIMIT, 3 * ipc.FRAME_LIMIT))
def test_an_overlong_frame_is_thrown_away_and_no_part_of_it_is_taken_for_one(
    before: int, size: int
) -> None:
    near, far = socket.socketpair()
    channel = ipc.Channel(near.detach())
    far.settimeout(10)
    # The tail looks like a frame of its own.
    whole = b'"ok"\n' * before + b"x" * (size - 7) + b'"ready"\n"after"\n'
    found: list[Any] = []
    with far:
        for start in range(0, len(whole), 50_000):
            far.sendall(whole[start : start + 50_000])
            found += read(channel)
    channel.close()
    assert [value for value in found if value is not None] == ["ok"] * before + ["after"]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_not_yet_one(seen: bytes) -> None:
    frame = ipc.first_frame(seen)
    if b"\n" in seen:
        assert frame is not None
        assert frame.size == seen.index(b"\n") + 1
    else:
        assert frame is None


def test_words_for_a_process_that_does_not_read_are_bounded_and_come_in_order() -> None:
    near, far = socket.socketpair()
    channel = ipc.Channel(near.detach())
    text = "y" * 1000
    sent = 0

    def flood() -> None:
        nonlocal sent
        while True:
            channel.say([sent, text])
            sent += 1
            channel.flush()

    with pytest.raises(ValueError, match="unread"):
        flood()
    got = b""
    far.settimeout(10)
    with far:
        while got.count(b"\n") < sent:
            got += far.recv(100_000)
            channel.flush()
    channel.close()
    assert [json.loads(line)[0] for line in got.splitlines()] == list(range(sent))
    with pytest.raises(ValueError, match="longer"):
        ipc.encode("z" * ipc.FRAME_LIMIT)


def test_a_descriptor_waits_until_the_one_before_has_arrived() -> None:
    near, far = socket.socketpair()
    channel = ipc.Channel(near.detach())
    with far, socket.socket() as one, socket.socket() as two:
        far.settimeout(10)
        channel.say("first", one)
        channel.say("second", two)
        channel.flush()
        line, fds, _, _ = socket.recv_fds(far, 100, 4)
        assert (line, len(fds)) == (b'"first"\n', 1)
        channel.confirmed(arrived=False)
        channel.flush()
        line, again, _, _ = socket.recv_fds(far, 100, 4)
        assert (line, len(again)) == (b'"first"\n', 1)
        channel.confirmed(arrived=True)
        channel.flush()
        line, last, _, _ = socket.recv_fds(far, 100, 4)
        assert (line, len(last)) == (b'"second"\n', 1)
        for fd in (*fds, *again, *last):
            socket.close(fd)
    channel.close()
