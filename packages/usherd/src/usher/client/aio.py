"""The client for asyncio: every method of Client, on asyncio's own streams.

    plain = connect()
    client = AsyncClient(plain.path, plain.doubt)
    services = await client.call(Client.services)
    async for frame in client.stream(Client.restart, ["api"]):
        ...

There is no second client to keep in step. A method of Client turns arguments into one request and
the answer into values; here it is run twice without any connection: first to learn the request,
then, when asyncio has brought the answer, to read it.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any, Concatenate, Final, NoReturn, ParamSpec, TypeVar

import msgspec

from usher.api.types import Frame, Problem
from usher.client.client import Client
from usher.client.errors import LostError, NotRunningError, ProblemError, UsherError
from usher.client.pursuit import PAUSE, Ask, Pursuit, ended_early
from usher.client.silence import PATIENCE, Doubt, SilentError, nobody, pauses
from usher.client.transport import head

AnswerT = TypeVar("AnswerT")
P = ParamSpec("P")

_LINE_LIMIT: Final = 16 * 1024 * 1024


class _AskedError(Exception):
    """What a method of Client would ask."""

    def __init__(self, ask: Ask, pursuit: Pursuit | None = None) -> None:
        super().__init__(ask.target)
        self.ask = ask
        self.pursuit = pursuit


class _Asking(Client):
    """Stops a method where it asks."""

    def _read(self, method: str, target: str, body: bytes = b"") -> NoReturn:
        raise _AskedError(Ask(method, target, body))

    def _frames(self, method: str, target: str, body: bytes = b"", key: str = "") -> NoReturn:
        raise _AskedError(Ask(method, target, body, key))

    def _pursued(self, pursuit: Pursuit) -> NoReturn:
        raise _AskedError(pursuit.ask(time.monotonic()), pursuit)


class _Answered(Client):
    """Goes on where a method has got its answer."""

    def __init__(self, body: bytes = b"", frames: tuple[Frame, ...] = ()) -> None:
        super().__init__("")
        self._answer = body
        self._told = frames

    def _read(self, method: str, target: str, body: bytes = b"") -> bytes:
        del method, target, body
        return self._answer

    def _frames(
        self, method: str, target: str, body: bytes = b"", key: str = ""
    ) -> Iterator[Frame]:
        del method, target, body, key
        return iter(self._told)

    def _pursued(self, pursuit: Pursuit) -> Iterator[Frame]:
        del pursuit
        return iter(self._told)


class AsyncClient:
    """Calls the daemon that listens at the socket `path`; a connection a call.

    Raises what Client raises. To leave a stream (`break`, cancellation) ends its connection; what
    was asked for goes on. `connect()` knows both arguments for a home.
    """

    def __init__(self, path: str, doubt: Doubt = nobody) -> None:
        """Nothing is connected before the first call; `doubt` is called while nothing is heard."""
        self.path = path
        self.doubt = doubt

    async def call(
        self,
        method: Callable[Concatenate[Client, P], AnswerT],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> AnswerT:
        """Do what a method of Client with one answer does."""
        asked = _asked(method, *args, **kwargs)
        async with self._exchange(asked.ask) as reader:
            body = await self._patiently(reader.read(), PATIENCE)
        return method(_Answered(body), *args, **kwargs)

    async def stream(
        self,
        method: Callable[Concatenate[Client, P], Iterator[AnswerT]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> AsyncIterator[AnswerT]:
        """Do what a method of Client that yields does.

        Not for logs with `grep`: which lines are the last to match is known at the end only.
        """
        asked = _asked(method, *args, **kwargs)
        pursuit, ask = asked.pursuit, asked.ask
        while True:
            try:
                async for frame in self._frames(ask):
                    if pursuit is not None:
                        pursuit.told(frame)
                    for value in method(_Answered(frames=(frame,)), *args, **kwargs):
                        yield value
                if pursuit is None or pursuit.is_over:
                    return
                pursuit.lost(ended_early(), time.monotonic())
            except (LostError, NotRunningError) as error:
                if pursuit is None:
                    raise
                pursuit.lost(error, time.monotonic())
            except ProblemError as error:
                if pursuit is None or not pursuit.was_unknown(ask, error):
                    raise
            await asyncio.sleep(PAUSE)
            ask = pursuit.ask(time.monotonic())

    async def _frames(self, ask: Ask) -> AsyncGenerator[Frame]:
        async with self._exchange(ask) as reader:
            while (line := await self._patiently(reader.readline(), None)).endswith(b"\n"):
                frame = msgspec.json.decode(line, type=Frame)
                if frame.problem:
                    raise ProblemError(frame.problem)
                yield frame

    @asynccontextmanager
    async def _exchange(self, ask: Ask) -> AsyncGenerator[asyncio.StreamReader]:
        """Ask, and read the head of a good answer."""
        try:
            reader, writer = await asyncio.open_unix_connection(self.path, limit=_LINE_LIMIT)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            where = f"cannot reach usher at {self.path!r}"
            raise NotRunningError(f"{where}: nothing is running") from None
        except OSError as error:
            raise UsherError(f"cannot reach usher at {self.path!r}: {error.strerror}") from None
        try:
            writer.write(head(ask.method, ask.target, ask.body, ask.key) + ask.body)
            await self._patiently(writer.drain(), PATIENCE)
            status = await self._patiently(_status(reader), PATIENCE)
            if status != 200:
                body = await self._patiently(reader.read(), PATIENCE)
                raise ProblemError(_problem(status, body), status=status)
            yield reader
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            raise _lost() from error
        finally:
            writer.close()

    async def _patiently(
        self, awaited: Coroutine[Any, Any, AnswerT], patience: float | None
    ) -> AnswerT:
        """Wait for what the daemon says or takes. Raises SilentError."""
        task = asyncio.create_task(awaited)
        hint = ""
        try:
            for pause in pauses(patience):
                if (await asyncio.wait([task], timeout=pause))[0]:
                    return await task
                hint = self.doubt()
        finally:
            task.cancel()
        raise SilentError(hint)


def _asked(
    method: Callable[Concatenate[Client, P], object], *args: P.args, **kwargs: P.kwargs
) -> _AskedError:
    try:
        method(_Asking(""), *args, **kwargs)
    except _AskedError as asked:
        return asked
    raise TypeError(f"{method} is no method of Client that asks")


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    words = head.split(maxsplit=2)
    if len(words) < 2 or not words[1].isdigit():
        raise _lost()
    return int(words[1])


def _problem(status: int, body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return Problem(error=f"cannot read the daemon's answer of status {status}", exit_code=3)


def _lost() -> LostError:
    return LostError("cannot finish: the daemon ended in the middle of its answer")
