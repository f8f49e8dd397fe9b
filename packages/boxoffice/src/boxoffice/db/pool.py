"""How many connections one process may hold, so that all of them together fit into the server."""

from dataclasses import dataclass

from sqlalchemy import Engine, text

LARGEST = 6
"""More than one process keeps busy: a statement takes milliseconds. Each connection keeps the plans
of the figures it has read, some 35 MB when it has read all of them."""

_PROBE = 1
"""Every process asks for the database's health on a connection of its own."""
_ELSEWHERE = 10
"""For what is no server process: commands, a backup, somebody with psql."""
_GENERATIONS = 2
"""While a new release takes over, the old processes are still there."""

_LIMITS = text(
    "SELECT current_setting('max_connections')::integer,"
    " current_setting('superuser_reserved_connections')::integer"
    " + coalesce(current_setting('reserved_connections', true)::integer, 0),"
    " rolconnlimit FROM pg_roles WHERE rolname = current_user"
)


class TooManyInstancesError(Exception):
    """The database server has not enough connections for this many processes."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What the database server allows."""

    max_connections: int
    reserved: int
    """Of those, for superusers and for roles with a reservation."""
    role_limit: int | None
    """Of the role that we connect as; None: no other than the server's."""


def read_limits(engine: Engine) -> ServerLimits:
    """Ask the server of `engine`."""
    with engine.connect() as connection:
        most, reserved, role_limit = connection.execute(_LIMITS).one()
    return ServerLimits(most, reserved, None if role_limit < 0 else role_limit)


def pool_size(limits: ServerLimits, instances: int) -> int:
    """Connections for one of `instances` processes that serve, at most `LARGEST`.

    Leaves room for the same number of processes of the next release. `TooManyInstancesError` when
    not even one connection is left for each.
    """
    free = limits.max_connections - limits.reserved
    if limits.role_limit is not None:
        free = min(free, limits.role_limit)
    share = (free - _ELSEWHERE) // (instances * _GENERATIONS) - _PROBE
    if share < 1:
        needed = instances * _GENERATIONS * (1 + _PROBE) + _ELSEWHERE
        raise TooManyInstancesError(
            f"cannot serve with {instances} instances: the database server allows {free}"
            f" connections, and {needed} are needed ({_GENERATIONS} generations of {instances} with"
            f" {1 + _PROBE} each, {_ELSEWHERE} for commands and backups); raise max_connections,"
            " or start fewer"
        )
    return min(share, LARGEST)
