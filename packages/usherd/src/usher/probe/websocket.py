"""One WebSocket conversation: the upgrade, a ping, a message, or a close that is expected."""

from typing import Final
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from usher.model.target import WebSocketTarget
from usher.probe.answer import Answer, UnansweredError
from usher.probe.connection import Stopwatch, Stream, connect
from usher.probe.uri import authority, resource

RECEIVED_LIMIT: Final = 64 * 1024
"""Bytes of messages that are read before the one that is expected."""

_PAYLOAD: Final = b"usher"

_HINTS: Final = {
    200: "the path answers plain HTTP",
    404: "wrong path, or the proxy does not know it",
    426: "the server wants another protocol version",
    502: "the app behind the proxy is down",
    503: "the app behind the proxy is down or not ready",
    504: "the app behind the proxy does not answer",
}
"""What usually stands behind an upgrade that was answered otherwise."""


async def ask(target: WebSocketTarget, watch: Stopwatch) -> Answer:
    """Ask `target` once. The caller sets the deadline."""
    parts = urlsplit(target.url)
    host, secure = parts.hostname or "", parts.scheme == "wss"
    port = parts.port or (443 if secure else 80)
    try:
        async with await connect(host, port, watch, tls=host if secure else "") as stream:
            said = await _Conversation(stream, watch).hold(target)
    except UnansweredError as error:
        return Answer(ok=False, detail=str(error), phases=watch.phases, status=error.status)
    except (OSError, LocalProtocolError, RemoteProtocolError) as error:
        return Answer(ok=False, detail=f"no WebSocket answer: {error}", phases=watch.phases)
    detail = f"{said} in {watch.elapsed * 1000:.0f} ms"
    return Answer(ok=True, detail=detail, phases=watch.phases)


class _Conversation:
    """What is said over one connection."""

    def __init__(self, stream: Stream, watch: Stopwatch) -> None:
        self._stream = stream
        self._watch = watch
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._waiting: list[Event] = []

    async def hold(self, target: WebSocketTarget) -> str:
        """Say what is to be said; returns in words what came back."""
        with self._watch.phase("upgrade"):
            await self._upgrade(target)
        if target.close is not None:
            with self._watch.phase("close"):
                return await self._closed_with(target.close)
        if target.send or target.receive:
            with self._watch.phase("message"):
                return await self._exchange(target)
        with self._watch.phase("pong"):
            await self._send(Ping(payload=_PAYLOAD))
            while not isinstance(event := await self._next(), Pong):
                _refuse_close(event, "before it answered the ping")
        return "upgraded and answered a ping"

    async def _upgrade(self, target: WebSocketTarget) -> None:
        parts = urlsplit(target.url)
        request = Request(
            host=authority(parts.netloc.rpartition("@")[2]),
            target=resource(parts),
            subprotocols=[target.subprotocol] if target.subprotocol else [],
            extra_headers=[(name.encode(), value.encode()) for name, value in target.headers],
        )
        await self._send(request)
        event = await self._next()
        if isinstance(event, RejectConnection):
            hint = _HINTS.get(event.status_code, "")
            why = f" ({hint})" if hint else ""
            said = f"status {event.status_code} instead of 101{why}"
            raise UnansweredError(said, event.status_code)
        if not isinstance(event, AcceptConnection):
            raise UnansweredError("the upgrade was not answered")
        if target.subprotocol and event.subprotocol != target.subprotocol:
            raise UnansweredError(f"subprotocol {event.subprotocol!r} was chosen")

    async def _closed_with(self, code: int) -> str:
        while not isinstance(event := await self._next(), CloseConnection):
            pass
        if event.code != code:
            reason = f" {event.reason!r}" if event.reason else ""
            raise UnansweredError(f"closed with {int(event.code)}{reason}, expected {code}")
        return f"closed with {code} as expected"

    async def _exchange(self, target: WebSocketTarget) -> str:
        if target.send:
            await self._send(TextMessage(data=target.send))
        received, text = 0, ""
        while True:
            event = await self._next()
            _refuse_close(event, "before the expected message")
            if not isinstance(event, TextMessage | BytesMessage):
                continue
            received += len(event.data)
            text += event.data if isinstance(event, TextMessage) else ""
            if target.receive in text:
                return "upgraded and answered a message"
            if received > RECEIVED_LIMIT:
                raise UnansweredError(f"{received} bytes of messages without {target.receive!r}")
            if event.message_finished:
                text = ""

    async def _send(self, event: Event) -> None:
        for waiting in self._waiting:
            _refuse_close(waiting, "before it was asked anything")
        await self._stream.write(self._protocol.send(event))

    async def _next(self) -> Event:
        while not self._waiting:
            data = await self._stream.read()
            # None tells the protocol that the connection has ended.
            self._protocol.receive_data(data or None)
            for event in self._protocol.events():
                if isinstance(event, Ping):
                    await self._send(event.response())
                else:
                    self._waiting.append(event)
            if not data and not self._waiting:
                raise UnansweredError("the connection ended without a close frame (1006)")
        return self._waiting.pop(0)


def _refuse_close(event: Event, when: str) -> None:
    if isinstance(event, CloseConnection):
        reason = f" {event.reason!r}" if event.reason else ""
        raise UnansweredError(f"closed with {int(event.code)}{reason} {when}")
