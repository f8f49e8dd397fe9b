"""Who may ask while there are no accounts: this machine, and nobody through it.

Three ways lead from the network to a server on loopback, and each is closed: a web page whose name
was made to point here (the Host header tells), a page that posts a form to us (Origin tells), and
a proxy that passes strangers on (its forwarding headers tell). Decision 0017.
"""

import ipaddress
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_FORWARDING = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def reason_to_refuse(peer: str | None, headers: Mapping[str, str]) -> str | None:
    """Which rule a request breaks, as a key of the text catalogue; None when it may pass.

    `peer` is the address of the other end, None for a Unix socket. `headers` has lower-case names.
    """
    if peer is not None and not _is_loopback(peer):
        return "not_from_this_machine"
    if any(name in headers for name in _FORWARDING):
        return "forwarded"
    host = headers.get("host", "")
    if not _is_loopback(urlsplit(f"//{host}").hostname or ""):
        return "host_not_loopback"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "foreign_origin"
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class LoopbackOnly:
    """ASGI middleware that lets only requests of this machine through."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Scope, str], ASGIApp]) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the refusal for the rule it breaks."""
        app = self._app
        if scope["type"] == "http":
            client: tuple[str, int] | None = scope.get("client")
            headers = dict(Headers(scope=scope).items())
            if reason := reason_to_refuse(client[0] if client else None, headers):
                app = self._refuse(scope, reason)
        await app(scope, receive, send)
