"""HTTP over the Unix socket of the daemon: as much of it as one request a connection needs.

Requests are HTTP/1.0, so that an answer ends with its connection and needs no chunks. The socket
is held by the keeper: while the daemon is replaced, a connection waits in its backlog.
"""

import io
import select
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import IO, TYPE_CHECKING, Final, Self

from usher.client.errors import LostError, NotRunningError, UsherError
from usher.client.silence import PATIENCE, Doubt, SilentError, nobody, pauses

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LINE_LIMIT: Final = 16 * 1024 * 1024
_HEAD_LINES: Final = 100
_ATTEMPTS: Final = 3


class Line(io.RawIOBase):
    """Both ways of a connection. While nothing moves, `doubt` is called from time to time."""

    def __init__(self, connection: socket.socket, doubt: Doubt) -> None:
        """Take over the connection."""
        super().__init__()
        self.patience: float | None = PATIENCE
        """Seconds without a byte after which SilentError is raised; None: never."""
        self._connection = connection
        self._doubt = doubt
        connection.setblocking(False)

    def readable(self) -> bool:
        """Say so to BufferedReader."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Take what has come, at least one byte; 0 at the end. Raises OSError, SilentError."""
        self._wait_for(select.POLLIN)
        return self._connection.recv_into(buffer)

    def send(self, words: bytes) -> None:
        """Send all of it. Raises OSError, SilentError."""
        rest = memoryview(words)
        while rest:
            self._wait_for(select.POLLOUT)
            try:
                rest = rest[self._connection.send(rest) :]
            except BlockingIOError:
                continue

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
        super().close()

    def _wait_for(self, event: int) -> None:
        poll = select.poll()
        poll.register(self._connection, event)
        hint = ""
        for pause in pauses(self.patience):
            if poll.poll(pause * 1000):
                return
            hint = self._doubt()
        raise SilentError(hint)


class Response:
    """An answer whose head was read; close it, or leave its `with` block."""

    def __init__(self, status: int, length: int | None, line: Line, stream: IO[bytes]) -> None:
        """Take over `stream`, which reads from `line`."""
        self.status = status
        self._length = length
        self._line = line
        self._stream = stream

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()

    def read(self) -> bytes:
        """Return the whole body. Raises LostError when it was cut, SilentError."""
        try:
            body = self._stream.read()
        except OSError as error:
            raise _lost() from error
        if self._length is not None and len(body) != self._length:
            raise _lost()
        return body

    def lines(self) -> Iterator[bytes]:
        """Yield lines as they come, for as long as the daemon sends them, however rarely."""
        self._line.patience = None
        while True:
            try:
                line = self._stream.readline(_LINE_LIMIT)
            except OSError as error:
                raise _lost() from error
            if not line.endswith(b"\n"):
                return
            yield line

    def close(self) -> None:
        """End the connection."""
        self._stream.close()


def request(
    path: str,
    method: str,
    target: str,
    body: bytes = b"",
    key: str = "",
    doubt: Doubt = nobody,
) -> Response:
    """Ask the daemon that listens at `path`; `doubt` is called while it says nothing.

    `key` makes it known, so that it can be looked for and sent again without being done twice.
    Raises NotRunningError when none does, LostError when it ended before it answered, SilentError.
    A GET is asked again when the daemon ended, since it changes nothing.
    """
    attempts = _ATTEMPTS if method == "GET" else 1
    for attempt in range(1, attempts + 1):
        try:
            return _ask(path, head(method, target, body, key) + body, doubt)
        except LostError:
            if attempt == attempts:
                raise
    raise AssertionError("unreachable")


def _ask(path: str, words: bytes, doubt: Doubt) -> Response:
    line = Line(_connected(path), doubt)
    stream = io.BufferedReader(line)
    try:
        line.send(words)
        status, length = _read_head(stream)
    except OSError as error:
        stream.close()
        raise _lost() from error
    except UsherError:
        stream.close()
        raise
    return Response(status, length, line, stream)


def head(method: str, target: str, body: bytes, key: str) -> bytes:
    """Write the head of a request."""
    lines = [f"{method} {target} HTTP/1.0", "Host: usher", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/json"] if body else []
    lines += [f"Idempotency-Key: {key}"] if key else []
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(PATIENCE)
        connection.connect(path)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        connection.close()
        raise NotRunningError(f"cannot reach usher at {path!r}: nothing is running") from None
    except PermissionError:
        connection.close()
        hint = "it belongs to another user; set USHER_HOME or --home to your own"
        raise UsherError(f"cannot reach usher at {path!r}: permission denied", hint=hint) from None
    except OSError as error:
        connection.close()
        raise UsherError(f"cannot reach usher at {path!r}: {error.strerror or error}") from None
    return connection


def _read_head(stream: IO[bytes]) -> tuple[int, int | None]:
    """Return status and content length. Raises LostError unless there is a whole head."""
    words = stream.readline(_LINE_LIMIT).split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise _lost()
    length: int | None = None
    for _ in range(_HEAD_LINES):
        line = stream.readline(_LINE_LIMIT)
        if line in (b"\r\n", b"\n"):
            return int(words[1]), length
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
    raise _lost()


def _lost() -> LostError:
    return LostError(
        "cannot finish: the daemon ended in the middle of its answer",
        hint="it is started again by itself; see `usher list` and `usher events`",
    )
