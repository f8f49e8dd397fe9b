"""A limit on what is read of a request's body."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyTooLargeError(Exception):
    """The body is longer than any request may be; the rest of it was not read."""


class BodyLimit:
    """ASGI middleware: reading more than `max_bytes` of a body raises BodyTooLargeError.

    A length that is declared too large raises before the first byte is read. `larger` has the
    limits of paths that need more.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with a counting `receive`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = self._larger.get(scope["path"], self._max_bytes)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        read = 0

        async def counted() -> Message:
            nonlocal read
            if declared.isdigit() and int(declared) > max_bytes:
                raise BodyTooLargeError
            message = await receive()
            read += len(message.get("body", b""))
            if read > max_bytes:
                raise BodyTooLargeError
            return message

        await self._app(scope, counted, send)
