"""Small servers that answer as they are told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import trustme

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[..., Awaitable[int]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a server: `await serve(handler, context, path)` on a free port, or a Unix socket."""
    tasks: set[asyncio.Task[None]] = set()
    servers: list[asyncio.Server] = []

    async def start(
        handler: Handler, context: ssl.SSLContext | None = None, path: str | None = None
    ) -> int:
        async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await handler(reader, writer)
            finally:
                writer.transport.abort()

        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.add(asyncio.create_task(handled(reader, writer)))

        if path is None:
            server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=context)
        else:
            server = await asyncio.start_unix_server(accepted, path)
        servers.append(server)
        return 0 if path else server.sockets[0].getsockname()[1]

    yield start
    for server in servers:
        server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)  # transports that were aborted are closed in the next round


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> trustme.CA:
    """A certificate authority that this process trusts."""
    made = trustme.CA()
    file = f"{tmp_path}/ca.pem"
    made.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", file)
    return made


@pytest.fixture
def shown(authority: trustme.CA) -> ssl.SSLContext:
    """The certificate of 127.0.0.1 and localhost, as a server shows it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context
