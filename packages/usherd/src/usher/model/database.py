"""Databases: which one an app uses, and what its server says of limits and users."""

from typing import Final, Literal, TypeAlias

import msgspec

from usher.model.value import Value

Kind: TypeAlias = Literal["postgresql", "mysql"]

POOLER_PORTS: Final = frozenset({6432, 6543})
"""PgBouncer and its like: behind them the limits of the server are not visible."""


class Target(Value, frozen=True):
    """A database, and with which rights the app uses it. Its text never shows the password."""

    kind: Kind
    host: str
    """A name, an address, or the folder of a Unix socket."""
    port: int
    user: str
    database: str
    password: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Parameters of the URL."""
    source: str = ""
    """The variable it is from."""

    def __repr__(self) -> str:
        """Leave the password out, wherever this ends up."""
        return f"Target({self}, user={self.user!r})"

    def __str__(self) -> str:
        """Render as "postgresql at 10.0.0.5:5432"."""
        return f"{self.kind} at {self.host}:{self.port}"

    @property
    def server(self) -> tuple[str, str, int]:
        """What tells one server from another."""
        return self.kind, self.host, self.port

    @property
    def is_pooler(self) -> bool:
        """Whether a pooler listens there, going by the port."""
        return self.port in POOLER_PORTS


class ConnectionUse(Value, frozen=True):
    """Sessions of clients that a database server shows alike."""

    role: str
    database: str
    count: int
    application: str = ""
    address: str = ""
    """Empty: the same host by a Unix socket, or hidden from the role that asks."""


class DatabaseServer(Value, frozen=True):
    """What a database server said of its limits and of who uses them."""

    max_connections: int
    reserved: int
    role_limits: dict[str, int] = msgspec.field(default_factory=dict)
    """Of the roles that were asked for and have one."""
    database_limits: dict[str, int] = msgspec.field(default_factory=dict)
    uses: tuple[ConnectionUse, ...] = ()
    idle_in_transaction: int = 0
    """Sessions that hold a transaction open for more than a minute and do nothing."""
    long_queries: int = 0
    """Queries that run for more than five minutes."""
    asked_at: float = 0.0
    """Wall clock, seconds."""
