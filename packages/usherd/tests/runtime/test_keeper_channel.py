"""Requests and answers over the keeper's socket, with descriptors, full buffers and sudden ends."""

import asyncio
import os
import socket
from collections.abc import Iterator

import pytest

from usher.keeper import wire
from usher.runtime.keeper_channel import (
    KeeperChannel,
    KeeperGoneError,
    Received,
    RefusedError,
    close_all,
)


class Ends:
    """Both ends of a channel; `far` plays the keeper."""

    def __init__(self) -> None:
        near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.messages: list[Received] = []
        self.ended = asyncio.Event()
        self.channel = KeeperChannel(near, self.messages.append, self.ended.set)

    async def take(self) -> tuple[wire.Message, list[int]]:
        received = await asyncio.get_running_loop().run_in_executor(None, wire.receive, self.far)
        assert received is not None
        return received

    def close(self) -> None:
        self.channel.close()
        self.far.close()


@pytest.fixture
async def ends() -> Iterator[Ends]:  # pyright: ignore[reportInvalidReturnType]
    both = Ends()
    yield both  # pyright: ignore[reportReturnType]
    both.close()


async def test_an_answer_goes_to_its_question(ends: Ends) -> None:
    first = asyncio.create_task(ends.channel.request("one"))
    second = asyncio.create_task(ends.channel.request("two", n=2))
    asked = [(await ends.take())[0] for _ in range(2)]
    for message in reversed(asked):
        wire.send(
            ends.far, {"kind": "reply", "id": message["id"], "ok": True, "to": message["kind"]}
        )
    assert (await first).message["to"] == "one"
    assert (await second).message["to"] == "two"


async def test_a_refusal_carries_its_reason(ends: Ends) -> None:
    asking = asyncio.create_task(ends.channel.request("spawn"))
    message, _ = await ends.take()
    refusal = {
        "kind": "reply",
        "id": message["id"],
        "ok": False,
        "error": "cannot",
        "stage": "exec",
    }
    wire.send(ends.far, refusal)
    with pytest.raises(RefusedError, match="cannot") as caught:
        await asking
    assert caught.value.answer["stage"] == "exec"


async def test_descriptors_travel_both_ways(ends: Ends) -> None:
    reading, writing = os.pipe()
    asking = asyncio.create_task(ends.channel.request("adopt", [reading]))
    message, fds = await ends.take()
    os.write(writing, b"x")
    assert os.read(fds[0], 1) == b"x"
    wire.send(ends.far, {"kind": "reply", "id": message["id"], "ok": True}, [writing])
    answer = await asking
    os.write(answer.fds[0], b"y")
    assert os.read(reading, 1) == b"y"
    close_all([reading, writing, *fds, *answer.fds])


async def test_unasked_messages_and_the_end_are_told(ends: Ends) -> None:
    asking = asyncio.create_task(ends.channel.request("ping"))
    await ends.take()
    wire.send(ends.far, {"kind": "exited", "run": "r"})
    ends.far.close()
    await asyncio.wait_for(ends.ended.wait(), 5)
    assert [each.message["kind"] for each in ends.messages] == ["exited"]
    with pytest.raises(KeeperGoneError):
        await asking
    with pytest.raises(KeeperGoneError):
        await ends.channel.request("ping")


async def test_more_than_the_buffer_holds_waits_in_order(ends: Ends) -> None:
    blob = "x" * 50_000
    asking = [asyncio.create_task(ends.channel.request("big", n=n, blob=blob)) for n in range(40)]
    await asyncio.sleep(0)
    for n in range(40):
        message, _ = await ends.take()
        assert message["n"] == n
        wire.send(ends.far, {"kind": "reply", "id": message["id"], "ok": True})
    await asyncio.wait_for(asyncio.gather(*asking), 10)


async def test_a_body_too_large_for_a_packet_goes_by_memory(ends: Ends) -> None:
    asking = asyncio.create_task(ends.channel.request("spawn", blob="é" * 500_000))
    message, fds = await ends.take()
    assert (message["blob"], fds) == ("é" * 500_000, [])
    wire.send(ends.far, {"kind": "reply", "id": message["id"], "ok": True})
    await asking
