"""The daemon's end of the socket to the keeper: requests with answers, and what comes unasked."""

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from usher.keeper import wire

ANSWER_TIME: Final = 10.0
"""Seconds within which the keeper answers; it does nothing slow between two packets."""


class KeeperGoneError(Exception):
    """The keeper's socket has ended; whoever needs it waits for the next keeper."""


class RefusedError(Exception):
    """The keeper answered that it cannot: `answer` holds stage and errno where it knows them."""

    def __init__(self, answer: wire.Message) -> None:
        super().__init__(str(answer.get("error", "unknown error")))
        self.answer = answer


class Received(msgspec.Struct, frozen=True):
    """A message and the descriptors that came with it, which are the receiver's to close."""

    message: wire.Message
    fds: list[int]


class KeeperChannel:
    """One connection. `on_message` gets what is no answer; `on_end` is called once, at its end."""

    def __init__(
        self,
        channel: socket.socket,
        on_message: Callable[[Received], None],
        on_end: Callable[[], None],
    ) -> None:
        channel.setblocking(False)
        self._channel = channel
        self._on_message = on_message
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._answers: dict[int, asyncio.Future[Received]] = {}
        self._unsent: deque[tuple[wire.Message, list[int]]] = deque()
        self._next_id = 0
        self._open = True
        self._loop.add_reader(channel.fileno(), self._read)

    async def request(self, kind: str, descriptors: Sequence[int] = (), **fields: Any) -> Received:
        """Ask and wait for the answer. Raises RefusedError, KeeperGoneError."""
        if not self._open:
            raise KeeperGoneError
        self._next_id += 1
        answer: asyncio.Future[Received] = self._loop.create_future()
        self._answers[self._next_id] = answer
        # Duplicates, because a message that has to wait may outlive the caller's descriptors.
        self._send(
            {"kind": kind, "id": self._next_id, **fields}, [os.dup(fd) for fd in descriptors]
        )
        async with asyncio.timeout(ANSWER_TIME):
            received = await answer
        if not received.message.get("ok"):
            close_all(received.fds)
            raise RefusedError(received.message)
        return received

    def close(self) -> None:
        """End the connection; open requests fail with KeeperGoneError."""
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._channel.fileno())
        self._loop.remove_writer(self._channel.fileno())
        self._channel.close()
        for _, fds in self._unsent:
            close_all(fds)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(KeeperGoneError())
                # Nobody may be waiting any more, which is no fault.
                answer.exception()
        self._on_end()

    def _send(self, message: wire.Message, fds: list[int]) -> None:
        if self._unsent or not self._try_send(message, fds):
            if not self._unsent:
                self._loop.add_writer(self._channel.fileno(), self._flush)
            self._unsent.append((message, fds))

    def _try_send(self, message: wire.Message, fds: list[int]) -> bool:
        try:
            wire.send(self._channel, message, fds)
        except BlockingIOError:
            return False
        except OSError:
            # The reader sees the end too and closes; the request fails there.
            pass
        close_all(fds)
        return True

    def _flush(self) -> None:
        while self._unsent:
            if not self._try_send(*self._unsent[0]):
                return
            self._unsent.popleft()
        self._loop.remove_writer(self._channel.fileno())

    def _read(self) -> None:
        while self._open:
            try:
                received = wire.receive(self._channel)
            except BlockingIOError:
                return
            except (OSError, wire.WireError):
                received = None
            if received is None:
                self.close()
                return
            self._take(Received(*received))

    def _take(self, received: Received) -> None:
        if received.message["kind"] != "reply":
            self._on_message(received)
            return
        answer = self._answers.pop(received.message.get("id", 0), None)
        if answer is None or answer.done():
            close_all(received.fds)
        else:
            answer.set_result(received)


def close_all(fds: Sequence[int]) -> None:
    """Close descriptors that nobody needs."""
    for fd in fds:
        os.close(fd)
