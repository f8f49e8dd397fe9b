"""The sample app in Python: each way of failing that usher must tell apart, switched from outside.

Switches that hold from the start are variables, the others are paths:

    PORT, HOST                where it listens (127.0.0.1), unless LISTEN_FDS has its sockets
    NEEDS="DATABASE_URL ..."  ends with 1 when one of these variables is missing
    SWALLOW=1                 logs what goes wrong and lives on, a taken port included
    IGNORE_TERM=1             SIGTERM does nothing; else open connections end first
    EXIT_CODE=n, EXIT_AFTER=s ends by itself
    LEAK_MB_S=n               grows by n MB a second
    ORPHAN=1                  leaves a child with the listening socket, in a session of its own
    DATABASE_URL, POOL_MAX=n  n connections to PostgreSQL; DOUBLE_INIT=seq or race opens them twice

    /health 200 whatever happens   /ready, /checks  status and body tell of the database
    /db        a query             /slow?s=N        answers after N s
    /hang      never answers       /hang?path=/x    from now on /x never answers
    /fail?path=/x  /x answers 500  /block?s=N       the event loop spins (for ever without s)
    /deadlock  the event loop waits for a lock that nobody frees
    /deaf      stops accepting     /close           stops listening, and lives on
    /exit?code=N  ends             /mute?path=/ws   WebSockets of /ws are never upgraded
    /end       answers, then a background task raises and the process ends
    /leak?mb=N grows by N MB a second from now on
    /ws        echoes              /ws?drop=N       closes with N; 1006: without a word
    /secrets   prints secrets      /session         makes a session, which /ws?sessionId= needs
"""

import asyncio
import base64
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Of RFC 6455: what the key of a WebSocket is hashed with."""


class Pool:
    """Connections to PostgreSQL that are opened at once and kept."""

    def __init__(self, url: str, most: int) -> None:
        self.url = url
        self.most = most
        self.made = False
        self.free: asyncio.Queue[Any] = asyncio.Queue()

    async def initialize(self) -> None:
        """Open them. A second call at the same time orphans those of the first."""
        if self.made:
            raise RuntimeError("CannotConnectAlreadyConnectedError: the pool is connected already")
        import psycopg

        free: asyncio.Queue[Any] = asyncio.Queue()
        for _ in range(self.most):
            free.put_nowait(await psycopg.AsyncConnection.connect(self.url, autocommit=True))
        orphans.append(self.free)
        self.free, self.made = free, True

    async def query(self) -> str:
        """SELECT 1; a connection that broke is opened anew."""
        import psycopg

        connection = await self.free.get()
        try:
            if connection.closed:
                connection = await psycopg.AsyncConnection.connect(self.url, autocommit=True)
            await connection.execute("SELECT 1")
        except psycopg.Error as error:
            return str(error).strip()
        finally:
            self.free.put_nowait(connection)
        return "ok"


orphans: list[object] = []
hanging: set[str] = set()
failing: set[str] = set()
sessions: set[str] = set()
mute: set[str] = set()
pool: Pool | None = None
servers: list[asyncio.Server] = []


# -- answers ---------------------------------------------------------------------------------------


async def health(_: dict[str, str]) -> tuple[int, object]:
    return 200, {"status": "ok", "pid": os.getpid()}


async def ready(_: dict[str, str]) -> tuple[int, object]:
    said = await pool.query() if pool else "ok"
    return (200 if said == "ok" else 503), {"checks": {"database": "ok" if said == "ok" else said}}


async def checks(_: dict[str, str]) -> tuple[int, object]:
    """As many health pages do: the status says ok, and the body knows better."""
    said = await pool.query() if pool else "ok"
    return 200, {"status": "ok", "checks": {"database": said}}


async def db(_: dict[str, str]) -> tuple[int, object]:
    said = await pool.query() if pool else "no DATABASE_URL"
    return (200 if said == "ok" else 500), {"database": said}


async def slow(query: dict[str, str]) -> tuple[int, object]:
    await asyncio.sleep(float(query["s"]))
    return 200, "slow"


async def hang(query: dict[str, str]) -> tuple[int, object]:
    if "path" in query:
        hanging.add(query["path"])
        return 200, "from now on"
    return await asyncio.Future()


async def fail(query: dict[str, str]) -> tuple[int, object]:
    failing.add(query["path"])
    return 200, "from now on"


async def block(query: dict[str, str]) -> tuple[int, object]:
    end = asyncio.get_running_loop().time() + float(query.get("s", "inf"))
    while asyncio.get_running_loop().time() < end:
        pass
    return 200, "blocked"


async def deadlock(_: dict[str, str]) -> tuple[int, object]:
    """Two threads, two locks, taken in opposite order: one of the threads has the event loop."""
    first, second, both = threading.Lock(), threading.Lock(), threading.Barrier(2)

    def other() -> None:
        with second:
            both.wait()
            with first:
                pass

    threading.Thread(target=other, daemon=True).start()
    with first:
        both.wait()
        with second:
            return 200, "never"


async def deaf(_: dict[str, str]) -> tuple[int, object]:
    for listener in [listener for server in servers for listener in server.sockets]:
        asyncio.get_running_loop().remove_reader(listener.fileno())
    return 200, "deaf"


async def close(_: dict[str, str]) -> tuple[int, object]:
    for each in servers:
        each.close()
    return 200, "closed"


async def leave(query: dict[str, str]) -> tuple[int, object]:
    asyncio.get_running_loop().call_later(0.1, os._exit, int(query["code"]))
    return 200, "leaves"


async def stay_mute(query: dict[str, str]) -> tuple[int, object]:
    mute.add(query["path"])
    return 200, "mute"


async def end(_: dict[str, str]) -> tuple[int, object]:
    asyncio.get_running_loop().call_later(0.1, write_report, None)
    return 201, "ended"


def write_report(session: Any) -> None:
    print(list(session.items()))


async def leak(query: dict[str, str]) -> tuple[int, object]:
    tasks.append(asyncio.create_task(grow(float(query["mb"]))))
    return 200, "leaks"


async def secrets(_: dict[str, str]) -> tuple[int, object]:
    print("password=hunter2-of-the-sample postgresql://app:hunter2-of-the-sample@db/shop")
    print("Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzYW1wbGUifQ.c2FtcGxlLXNpZ24")
    return 200, "printed"


async def session(_: dict[str, str]) -> tuple[int, object]:
    made = uuid.uuid4().hex
    sessions.add(made)
    return 201, {"sessionId": made}


ROUTES = {
    "/": health, "/health": health, "/ready": ready, "/checks": checks, "/db": db, "/slow": slow,
    "/hang": hang, "/fail": fail, "/block": block, "/deadlock": deadlock, "/deaf": deaf,
    "/close": close, "/exit": leave, "/mute": stay_mute, "/end": end, "/leak": leak,
    "/secrets": secrets, "/session": session,
}  # fmt: skip


# -- the wire --------------------------------------------------------------------------------------


async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request a connection, or a WebSocket."""
    try:
        await answer(reader, writer)
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
    pairs = (line.split(": ", 1) for line in head[1:] if ": " in line)
    headers = {name.lower(): value for name, value in pairs}
    url = urlsplit(head[0].split()[1])
    query = dict(parse_qsl(url.query))
    if "sec-websocket-key" in headers:
        if url.path in mute:
            await asyncio.Future()
        await websocket(reader, writer, headers["sec-websocket-key"], query)
        return
    route = ROUTES.get(url.path)
    if url.path in hanging:
        await asyncio.Future()
    status, body = (404, "no such path") if route is None else await route(query)
    if url.path in failing:
        status, body = 500, "from now on"
    text = json.dumps(body).encode()
    writer.write(
        b"HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        b"Connection: close\r\n\r\n%s" % (status, len(text), text)
    )
    await writer.drain()


async def websocket(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, query: dict[str, str]
) -> None:
    """Echo messages of less than 126 bytes and answer pings, or end as the question says."""
    accept = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest())  # noqa: S324 - RFC 6455
    writer.write(
        b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n\r\n" % accept
    )
    drop = int(query.get("drop", "0"))
    if "sessionId" in query and query["sessionId"] not in sessions:
        drop = 1008
    if drop == 1006:
        return
    if drop:
        writer.write(b"\x88\x02" + drop.to_bytes(2, "big"))
        await writer.drain()
        return
    while True:
        first, length = await reader.readexactly(2)
        mask = await reader.readexactly(4)
        masked = await reader.readexactly(length & 0x7F)
        text = bytes(byte ^ mask[n % 4] for n, byte in enumerate(masked))
        # A ping (9) is answered by a pong (10), a text by itself, a close (8) by a close.
        code = 0x8A if first & 0x0F == 9 else first
        writer.write(bytes([code, len(text)]) + text)
        await writer.drain()
        if first & 0x0F == 8:
            return


# -- its life --------------------------------------------------------------------------------------

tasks: list["asyncio.Task[None]"] = []
kept: list[bytearray] = []


async def grow(megabytes: float) -> None:
    """Take memory that is used: pages that nobody wrote to would not count."""
    while True:
        kept.append(bytearray(os.urandom(1) * int(megabytes * 100_000)))
        await asyncio.sleep(0.1)


def wrong(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a background task raised: logged for ever with SWALLOW, else the end."""
    error = context.get("exception")
    if not isinstance(error, Exception):
        return  # a question that was open when the app was stopped
    sys.excepthook(type(error), error, error.__traceback__)
    if "SWALLOW" not in os.environ:
        os._exit(1)


def leave_orphan(listener: socket.socket) -> None:
    """A child that outlives its parent and holds the port."""
    code = "import time; time.sleep(1000)"
    subprocess.Popen(
        [sys.executable, "-c", code], pass_fds=[listener.fileno()], start_new_session=True
    )


async def listen() -> None:
    """On the sockets that were passed (sd_listen_fds), else on a port."""
    passed = [socket.socket(fileno=3 + n) for n in range(int(os.environ.get("LISTEN_FDS", "0")))]
    servers.extend([await asyncio.start_server(connected, sock=each) for each in passed])
    if not passed:
        host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])
        servers.append(await asyncio.start_server(connected, host, port, backlog=8))


async def main() -> None:
    global pool
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(wrong)
    if "EXIT_AFTER" in os.environ:
        code = int(os.environ.get("EXIT_CODE", "1"))
        loop.call_later(float(os.environ["EXIT_AFTER"]), os._exit, code)
    if "LEAK_MB_S" in os.environ:
        tasks.append(asyncio.create_task(grow(float(os.environ["LEAK_MB_S"]))))
    if "DATABASE_URL" in os.environ:
        pool = Pool(os.environ["DATABASE_URL"], int(os.environ.get("POOL_MAX", "2")))
        twice = os.environ.get("DOUBLE_INIT")
        if twice == "race":
            await asyncio.gather(pool.initialize(), pool.initialize())
        else:
            await pool.initialize()
            if twice == "seq":
                await pool.initialize()
    stop = asyncio.Event()
    ignore = "IGNORE_TERM" in os.environ
    loop.add_signal_handler(signal.SIGTERM, (lambda: None) if ignore else stop.set)
    try:
        await listen()
    except OSError as error:
        if "SWALLOW" not in os.environ:
            raise
        print(f"uncaughtException: {error}", file=sys.stderr)
        await stop.wait()
        return
    if "ORPHAN" in os.environ:
        leave_orphan(servers[0].sockets[0])
    print("listening", flush=True)
    await stop.wait()


if __name__ == "__main__":
    for name in os.environ.get("NEEDS", "").split():
        if not os.environ.get(name):
            raise SystemExit(f"Error: missing required environment variable {name}")
    asyncio.run(main())
