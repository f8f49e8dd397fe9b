"""What the drivers of databases are given to connect as the app does, each in its own words."""

from typing import Any, Final

from usher.model.database import Target

_SHARED: Final = frozenset(
    {"sslmode", "sslrootcert", "channel_binding", "gssencmode", "options", "target_session_attrs"}
)
"""Parameters of a URL that drivers of other languages call as libpq does.

All others may be theirs alone (Prisma's `schema` and `connection_limit`, `pool_timeout`), and libpq
refuses a URL for any that it does not know.
"""


def libpq_words(target: Target) -> dict[str, Any]:
    """Return the keywords of libpq; None stands for its own default."""
    given = dict(target.options)
    shared = {name: value for name, value in given.items() if name in _SHARED}
    if shared.get("sslmode") == "no-verify":  # so node-postgres calls it
        shared["sslmode"] = "require"
    if "sslcert" in given and "sslkey" in given:  # alone, Prisma means the server's by it
        shared |= {name: given[name] for name in ("sslcert", "sslkey")}
    return {
        "host": target.host,
        "port": target.port,
        "user": target.user or None,
        "password": target.password or None,
        "dbname": target.database or None,
        **shared,
    }


def pymysql_words(target: Target) -> dict[str, Any]:
    """Return the keywords of `pymysql.connect`; None stands for its own default."""
    by_socket = target.host.startswith("/")
    return {
        "host": None if by_socket else target.host,
        "unix_socket": target.host if by_socket else None,
        "port": target.port,
        "user": target.user or None,
        "password": target.password,
        "database": target.database or None,
    }
