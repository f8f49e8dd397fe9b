"""What a probe asks, as written: one way of asking, and the keys that belong to it."""

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal
from urllib.parse import urlsplit

from usher.config import command
from usher.config.check import quote
from usher.config.schema import Asking, Headers
from usher.model.expectation import parse
from usher.model.target import (
    CommandTarget,
    DnsTarget,
    HttpTarget,
    ServerTarget,
    SocketTarget,
    Target,
    TcpTarget,
    TlsTarget,
    WebSocketTarget,
)

_OWN: Final[Mapping[str, frozenset[str]]] = {
    "http": frozenset(
        {"method", "headers", "body", "status", "host", "max_latency", "expect", "contains"}
        | {"answers"}
    ),
    "ws": frozenset({"headers", "subprotocol", "send", "receive", "close"}),
    "tcp": frozenset(),
    "socket": frozenset(),
    "postgres": frozenset({"dsn_env"}),
    "mysql": frozenset({"dsn_env"}),
    "redis": frozenset({"dsn_env"}),
    "mongo": frozenset({"dsn_env"}),
    "dns": frozenset({"address"}),
    "tls": frozenset({"days", "verify"}),
    "command": frozenset(),
}
"""The ways of asking, and which keys belong to each."""

WAYS: Final = tuple(_OWN)
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A name in HTTP (RFC 9110, 5.6.2)."""

_KEYS: Final = sorted({key for keys in _OWN.values() for key in keys})


def ways_of(asked: Asking) -> list[str]:
    """The ways of asking that are given; one is right."""
    return [way for way in WAYS if getattr(asked, way) not in (None, False)]


def build_target(asked: Asking, own: Callable[[str], str] | None = None) -> Target:
    """Build what is asked. Raises ValueError.

    `own` turns a path alone into the URL of an instance; without it only whole URLs are taken.
    """
    given = ways_of(asked)
    if len(given) != 1:
        found = " and ".join(given) or "none"
        raise ValueError(f"expected one of {', '.join(WAYS)}, found {found}")
    way = given[0]
    for key in _KEYS:
        if key not in _OWN[way] and getattr(asked, key) is not None:
            owners = " or ".join(repr(each) for each, keys in _OWN.items() if key in keys)
            raise ValueError(f"{key!r} belongs to {owners}, not to {way!r}")
    match way:
        case "http":
            return _http(asked, _url(asked.http or "", own))
        case "ws":
            return _websocket(asked, asked.ws or "")
        case "tcp":
            return TcpTarget(_host_port(asked.tcp or ""))
        case "socket":
            return SocketTarget(_absolute(asked.socket or ""))
        case "dns":
            return DnsTarget(asked.dns or "", asked.address or "")
        case "tls":
            return _tls(asked, asked.tls or "")
        case "command":
            return CommandTarget(command.split(asked.command or ""))
        case "postgres" | "mysql" | "redis" | "mongo":
            return _server(asked, way, getattr(asked, way))
        case _:
            raise ValueError(f"cannot ask by {way!r}")


def _url(given: str, own: Callable[[str], str] | None) -> str:
    if given.startswith("/") and not given.startswith("//") and own is not None:
        return own(given)
    _check_url(given, ("http", "https"), " or '/path'" if own else "")
    return given


def _http(asked: Asking, url: str) -> HttpTarget:
    expectations = (asked.expect,) if isinstance(asked.expect, str) else asked.expect or ()
    for text in expectations:
        parse(text)
    return HttpTarget(
        url=url,
        status=_statuses(asked.status),
        host=_host(asked.host),
        method=asked.method or "GET",
        headers=_headers(asked.headers, "; set host = '...' beside http instead"),
        body=asked.body or "",
        max_latency=None if asked.max_latency is None else float(asked.max_latency),
        expect=tuple(expectations),
        contains=asked.contains or "",
        answers=tuple((name.lower(), value) for name, value in (asked.answers or {}).items()),
    )


def _websocket(asked: Asking, url: str) -> WebSocketTarget:
    _check_url(url, ("ws", "wss"))
    if asked.close is not None and (asked.send or asked.receive):
        raise ValueError("cannot combine 'close' with 'send' or 'receive': give one")
    if asked.send and not asked.receive:
        raise ValueError("'send' needs 'receive': what has to come back")
    if asked.subprotocol and not _TOKEN.fullmatch(asked.subprotocol):
        raise ValueError(
            f"cannot use subprotocol {quote(asked.subprotocol)}: "
            "expected ASCII letters, digits and '-', as in 'graphql-ws'"
        )
    return WebSocketTarget(
        url=url,
        subprotocol=asked.subprotocol or "",
        headers=_headers(asked.headers),
        send=asked.send or "",
        receive=asked.receive or "",
        close=asked.close,
    )


def _server(
    asked: Asking, kind: Literal["postgres", "mysql", "redis", "mongo"], where: str | bool
) -> ServerTarget:
    if isinstance(where, str) == (asked.dsn_env is not None):
        raise ValueError(
            f"cannot ask {kind}: give {kind} = 'host:port', or {kind} = true and dsn_env = 'NAME' "
            "(the variable that holds its URL)"
        )
    if isinstance(where, str):
        return ServerTarget(kind, address=_host_port(where))
    return ServerTarget(kind, variable=asked.dsn_env or "")


def _tls(asked: Asking, address: str) -> TlsTarget:
    default = TlsTarget("")
    return TlsTarget(
        _host_port(address),
        days=default.days if asked.days is None else asked.days,
        verify=default.verify if asked.verify is None else asked.verify,
    )


def _headers(given: Headers | None, instead_of_host: str = "") -> tuple[tuple[str, str], ...]:
    for name, value in (given or {}).items():
        wrong = _wrong_header(name, value, instead_of_host)
        if wrong:
            raise ValueError(f"cannot send header {quote(name)}: {wrong}")
    return tuple((given or {}).items())


def _wrong_header(name: str, value: str, instead_of_host: str) -> str:
    """Say why a header cannot be sent, without its value, which may be a secret; else nothing."""
    if not _TOKEN.fullmatch(name):
        return "a name holds ASCII letters, digits and '-'"
    if name.lower() == "host":
        return f"usher writes it itself{instead_of_host}"
    if not value.isascii():
        return "its value is not ASCII; write it percent-encoded, as in '%ED%99%8D'"
    if value != value.strip() or not value.isprintable():
        return "its value begins or ends with a space, or holds a line break"
    return ""


def _host(given: str | None) -> str | None:
    if given is not None and not (given.isprintable() and given.split() == [given]):
        expected = "a name, as in 'shop.example' or 'shop.example:8080'"
        raise ValueError(f"cannot use host {quote(given)}: expected {expected}")
    return given


def _statuses(status: int | list[int] | None) -> tuple[int, int]:
    match status:
        case None:
            return HttpTarget("").status
        case int():
            return status, status
        case [low, high] if low <= high:
            return low, high
        case _:
            raise ValueError(f"cannot use status {status}: expected [lowest, highest]")


def _check_url(url: str, schemes: tuple[str, ...], more: str = "") -> None:
    expected = " or ".join(f"'{scheme}://host/path'" for scheme in schemes) + more
    try:
        parts = urlsplit(url)
        good = parts.scheme in schemes and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        shown = "this URL" if "@" in url else quote(url)
        raise ValueError(f"cannot ask {shown}: expected {expected}")


def _host_port(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and 0 < int(port[:6]) <= 65535):
        raise ValueError(f"cannot ask {quote(text)}: expected 'host:port'")
    return text


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError(f"cannot ask {quote(path)}: expected an absolute path")
    return path
