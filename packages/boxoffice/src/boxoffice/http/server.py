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

    def __init__(self, config: uvicorn.Config, draining: Draining, ready: Callable[[], None]):
        super().__init__(config)
        self._draining = draining
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say that requests are answered."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listeners, linger on kept connections, then stop as uvicorn does."""
        self._draining.on = True
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        end = loop.time() + LINGER_SECONDS
        while self.server_state.connections and loop.time() < end and not self.force_exit:
            await asyncio.sleep(_STEP)
        await super().shutdown(sockets)


def serve(app: ASGIApp, sockets: Sequence[socket.socket], ready: Callable[[], None]) -> None:
    """Answer on all sockets until SIGTERM or SIGINT; `ready` is called when the first may come."""
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
    _DrainingServer(config, draining, ready).run(list(sockets))


def _stopped(_number: int, _frame: FrameType | None) -> None:
    """The signal that uvicorn has already obeyed."""
