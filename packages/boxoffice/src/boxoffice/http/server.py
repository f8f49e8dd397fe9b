"""uvicorn, made to leave without losing a request.

On SIGTERM uvicorn closes idle connections at once; a client that is just sending on one gets a
reset. Here the listeners close first, requests in flight are answered, every kept connection gets
its next request answered with `Connection: close`, and what is silent is closed after a while.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from types import FrameType

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINGER_SECONDS = 2.0
"""How long a silent kept connection may still send a request after the stop signal."""

ANSWER_SECONDS = 6
"""How long requests in flight may take after that."""

IMPORT_SECONDS = 25
"""How long imports may take that run at the stop: reading a file ends after 18 s."""

_STEP = 0.05


class Draining:
    """ASGI middleware: once told to drain, every answer asks the client to close."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.on = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with `Connection: close` while draining."""

        async def send_and_close(message: Message) -> None:
            if self.on and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, receive, send_and_close)


class _DrainingServer(uvicorn.Server):
    """uvicorn's server with our way to start and to stop."""

    def __init__(
        self,
        config: uvicorn.Config,
        draining: Draining,
        ready: Callable[[], None],
        importing: Callable[[], bool],
    ):
        super().__init__(config)
        self._draining = draining
        self._ready = ready
        self._importing = importing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say that requests are answered."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listeners, linger on kept connections, let running imports end, then stop."""
        self._draining.on = True
        for server in self.servers:
            server.close()
        await self._wait(LINGER_SECONDS, lambda: bool(self.server_state.connections))
        await self._wait(IMPORT_SECONDS, self._importing)
        await super().shutdown(sockets)

    async def _wait(self, seconds: float, still: Callable[[], bool]) -> None:
        """While it is so, but not longer, and not when a second signal wants the end."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while still() and loop.time() < end and not self.force_exit:
            await asyncio.sleep(_STEP)


def serve(
    app: ASGIApp,
    sockets: Sequence[socket.socket],
    ready: Callable[[], None],
    importing: Callable[[], bool],
) -> None:
    """Answer on all sockets until SIGTERM or SIGINT; `ready` is called when the first may come.

    While something is `importing`, the end waits.
    """
    draining = Draining(app)
    config = uvicorn.Config(
        draining,
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        # Nobody's word is taken for where a request came from: see `access`.
        proxy_headers=False,
        timeout_graceful_shutdown=ANSWER_SECONDS,
    )
    # After a stop uvicorn raises the signal again; an ordered stop is a success, not a death.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stopped)
    _DrainingServer(config, draining, ready, importing).run(list(sockets))


def _stopped(_number: int, _frame: FrameType | None) -> None:
    """The signal that uvicorn has already obeyed."""
