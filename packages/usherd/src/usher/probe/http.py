"""One HTTP/1.1 question over a new connection, bounded in time and size."""

import json
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

import h11

from usher.model.expectation import parse
from usher.model.target import HttpTarget
from usher.probe.answer import Answer, UnansweredError
from usher.probe.connection import Stopwatch, Stream, connect, connect_unix
from usher.probe.uri import authority, resource

BODY_LIMIT: Final = 64 * 1024


class _Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


async def ask(target: HttpTarget, watch: Stopwatch, probe_socket: str | None = None) -> Answer:
    """Ask `target` once. A path alone goes to `probe_socket`. The caller sets the deadline."""
    parts = urlsplit(target.url)
    try:
        async with await _connected(parts, probe_socket, watch) as stream:
            reply = await _exchange(stream, target, parts, watch)
    except UnansweredError as error:
        return Answer(ok=False, detail=str(error), phases=watch.phases)
    except (OSError, h11.RemoteProtocolError) as error:
        return Answer(ok=False, detail=f"no HTTP answer: {error}", phases=watch.phases)
    wrong = _judge(target, reply, watch.elapsed)
    said = f"status {reply.status} in {watch.elapsed * 1000:.0f} ms"
    detail = f"{said}: {wrong}" if wrong else said
    return Answer(ok=not wrong, detail=detail, phases=watch.phases, status=reply.status)


async def _connected(parts: SplitResult, probe_socket: str | None, watch: Stopwatch) -> Stream:
    if parts.hostname is None:
        if probe_socket is None:
            raise UnansweredError(f"{parts.geturl()!r} has no host and no probe socket")
        return await connect_unix(probe_socket, watch)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return await connect(parts.hostname, port, watch, tls=parts.hostname if secure else "")


async def _exchange(
    stream: Stream, target: HttpTarget, parts: SplitResult, watch: Stopwatch
) -> _Reply:
    connection = h11.Connection(h11.CLIENT)
    with watch.phase("first byte"):
        await stream.write(_request(connection, target, parts))
        while not isinstance(response := await _next(stream, connection), h11.Response):
            pass  # 1xx comes before the answer
    headers = {name.decode(): value.decode("latin-1") for name, value in response.headers}
    body = b""
    with watch.phase("body"):
        while len(body) <= BODY_LIMIT:
            event = await _next(stream, connection)
            if not isinstance(event, h11.Data):
                break
            body += event.data
    return _Reply(response.status_code, headers, body[:BODY_LIMIT])


async def _next(stream: Stream, connection: h11.Connection) -> h11.Event:
    while (event := connection.next_event()) is h11.NEED_DATA:
        data = await stream.read()
        if not data and connection.their_state is h11.SEND_RESPONSE:
            raise UnansweredError("no HTTP answer: the connection ended")
        connection.receive_data(data)
    if not isinstance(event, h11.Event):  # PAUSED, for ever: a header asked for it
        raise UnansweredError("it changed to another protocol", 101)
    return event


def _request(connection: h11.Connection, target: HttpTarget, parts: SplitResult) -> bytes:
    host = authority(target.host or parts.netloc.rpartition("@")[2] or "localhost")
    body = target.body.encode()
    own = {name.lower() for name, _ in target.headers}
    headers = [("Host", host), ("Connection", "close"), *target.headers]
    if "user-agent" not in own:
        headers.append(("User-Agent", "usher"))
    if body or target.method in ("POST", "PUT", "PATCH"):
        headers.append(("Content-Length", str(len(body))))
        if "content-type" not in own:
            headers.append(("Content-Type", "application/json"))
    request = h11.Request(method=target.method, target=resource(parts), headers=headers)
    parts_sent = [connection.send(request)]
    if body:
        parts_sent.append(connection.send(h11.Data(data=body)))
    parts_sent.append(connection.send(h11.EndOfMessage()))
    return b"".join(part or b"" for part in parts_sent)


def _judge(target: HttpTarget, reply: _Reply, elapsed: float) -> str:
    """What is wrong with an answer; empty when nothing is."""
    low, high = target.status
    if not low <= reply.status <= high:
        return f"expected {low}" if low == high else f"expected {low} to {high}"
    if target.max_latency is not None and elapsed > target.max_latency:
        return f"slower than {target.max_latency:g} s"
    for name, value in target.answers:
        found = reply.headers.get(name)
        if found is None or (value and value not in found):
            return f"header {name!r} is {'missing' if found is None else repr(found)}"
    text = reply.body.decode(errors="replace")
    if target.contains and target.contains not in text:
        return f"the answer does not hold {target.contains!r}"
    return _unfulfilled(target, reply.body)


def _unfulfilled(target: HttpTarget, body: bytes) -> str:
    if not target.expect:
        return ""
    try:
        document = json.loads(body)
    except ValueError:
        return "the answer is no JSON"
    except RecursionError:
        return "the answer is nested too deeply"
    failures = (parse(text).failure(document) for text in target.expect)
    return next(filter(None, failures), "")
