"""What a probe asks: one value a protocol, with what makes an answer good.

No value holds a secret: a database or a server with a password is named by the variable that
holds its URL, and read from the environment of the app when it is asked.
"""

from typing import Literal, TypeAlias

from usher.model.value import Value


class HttpTarget(Value, frozen=True, tag="http"):
    """Passes on a status in `status`, within `max_latency`, when all that is expected holds.

    `url` is "http://host:port/path", "https://..." or "/path", which asks the instance's own probe
    socket. `host` is the Host header (default: of the URL, "localhost" for the probe socket). At
    most 64 KiB of the answer are read; redirects are answers.
    """

    url: str
    status: tuple[int, int] = (200, 399)
    host: str | None = None
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    max_latency: float | None = None
    """Seconds until the answer is whole."""
    expect: tuple[str, ...] = ()
    """Assertions on a JSON answer, as in `checks.database == "ok"` (`model.expectation`)."""
    contains: str = ""
    """Text that the answer must hold."""
    answers: tuple[tuple[str, str], ...] = ()
    """Headers that the answer must have, by lower-case name; an empty value takes any."""


class WebSocketTarget(Value, frozen=True, tag="ws"):
    """Passes when the upgrade is accepted (101 and the right key) and a ping is answered.

    With `send`, the text is sent and a message that holds `receive` must come back; with `close`,
    the server must close the connection with that code, and no ping is sent.
    """

    url: str
    """ "ws://host:port/path?query" or "wss://..."."""
    subprotocol: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    send: str = ""
    receive: str = ""
    close: int | None = None


class TcpTarget(Value, frozen=True, tag="tcp"):
    """Passes when a connection to `address` ("host:port") is accepted."""

    address: str


class SocketTarget(Value, frozen=True, tag="socket"):
    """Passes when a connection to the Unix stream socket at `path` is accepted."""

    path: str


class ListenTarget(Value, frozen=True, tag="listen"):
    """Passes when a process of the instance's group owns a listening socket.

    `port` narrows it to one TCP port; None takes any TCP or Unix stream socket.
    """

    port: int | None = None


class LogTarget(Value, frozen=True, tag="log"):
    """Passes while the instance writes a line that `pattern` is found in, once in `within` seconds.

    Lines are looked at as far as they are kept, in either stream.
    """

    pattern: str
    """A regular expression."""
    within: float = 60.0


class WatchdogTarget(Value, frozen=True, tag="watchdog"):
    """Passes while WATCHDOG=1 comes over NOTIFY_SOCKET once in `within` seconds (sd_notify(3)).

    The process finds WATCHDOG_USEC; WATCHDOG=trigger says that it failed.
    """

    within: float


class CommandTarget(Value, frozen=True, tag="command"):
    """Passes when the program ends with 0. No shell; run by the keeper as a helper."""

    argv: tuple[str, ...]


class ServerTarget(Value, frozen=True, tag="server"):
    """Passes when a server speaks its protocol, lets us in and answers.

    PostgreSQL and MySQL are asked `SELECT 1`, Redis and MongoDB are pinged. The variable named
    `variable` holds the URL; "host:port" in `address` asks without one, and without a password.
    """

    kind: Literal["postgres", "mysql", "redis", "mongo"]
    variable: str = ""
    address: str = ""


class DnsTarget(Value, frozen=True, tag="dns"):
    """Passes when the name has an address; with `address`, when that is one of them."""

    name: str
    address: str = ""


Expiry: TypeAlias = Literal["", "warning", "critical"]
"""What is wrong with a certificate that was shown (`cert.expiry` of spec/operations.md B.4); empty:
nothing, or none was shown."""


class TlsTarget(Value, frozen=True, tag="tls"):
    """Passes when the certificate at `address` ("host:port") is valid for `days` more."""

    address: str
    days: float = 14.0
    verify: bool = True
    """Whether it must be trusted and for this name; when it ends is looked at in any case."""


Target: TypeAlias = (
    HttpTarget
    | WebSocketTarget
    | TcpTarget
    | SocketTarget
    | ListenTarget
    | LogTarget
    | WatchdogTarget
    | CommandTarget
    | ServerTarget
    | DnsTarget
    | TlsTarget
)
