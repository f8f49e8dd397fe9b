"""Which requests are heard at all, before anybody asks who sends them.

While there are no accounts: this machine, and nobody through it. Three ways lead from the network
to a server on loopback, and each is closed: a web page whose name was made to point here (the Host
header tells), a page that posts a form to us (Origin tells), and a proxy that passes strangers on
(its forwarding headers tell). Decision 0017.

From the first administrator on: everybody, since everybody must sign in; but nothing that changes
something may come from a page of another site, where a browser would add our cookie to it.
"""

import ipaddress
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_FORWARDING = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SAME_SITE = frozenset({"same-origin", "none"})


def reason_to_refuse(peer: str | None, headers: Mapping[str, str]) -> str | None:
    """Which rule a request breaks while there are no accounts; None when it may pass.

    The reason is a key of the text catalogue. `peer` is the address of the other end, None for a
    Unix socket. `headers` has lower-case names.
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


def is_cross_site(method: str, headers: Mapping[str, str], public_origin: str | None) -> bool:
    """Whether a page of another site has a browser change something here.

    Browsers say where a request comes from, in `Sec-Fetch-Site` or at least in `Origin`; whoever
    says neither is no browser and has no cookie that somebody else could make it send.
    """
    if method in _SAFE_METHODS:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in _SAME_SITE
    origin = headers.get("origin")
    if origin is None or origin == public_origin:
        return False
    return urlsplit(origin).netloc != headers.get("host", "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class AccountsInForce:
    """Whether there is an administrator: asked until there is one, known for good from then on.

    The last master can be neither deleted nor demoted, so it never becomes untrue.
    """

    def __init__(self, administrator_exists: Callable[[], bool]) -> None:
        self._ask = administrator_exists
        self.known = False
        """What was true when it was asked last; asks nobody."""

    def ask(self) -> bool:
        """What is true now; may wait for the database."""
        if not self.known:
            self.known = self._ask()
        return self.known


class Access:
    """ASGI middleware that lets through only what may be heard."""

    def __init__(
        self,
        app: ASGIApp,
        accounts: AccountsInForce,
        public_origin: str | None,
        refuse: Callable[[Scope, str], ASGIApp],
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._public_origin = public_origin
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the refusal for the rule it breaks."""
        app = self._app
        if scope["type"] == "http" and (reason := await self._reason(scope)):
            app = self._refuse(scope, reason)
        await app(scope, receive, send)

    async def _reason(self, scope: Scope) -> str | None:
        client: tuple[str, int] | None = scope.get("client")
        headers = dict(Headers(scope=scope).items())
        if not self._accounts.known:
            reason = reason_to_refuse(client[0] if client else None, headers)
            # The database is asked only for whom the answer may help: probes never wait for it.
            if reason is None or not await run_in_threadpool(self._accounts.ask):
                return reason
        is_foreign = is_cross_site(scope["method"], headers, self._public_origin)
        return "cross_site" if is_foreign else None
