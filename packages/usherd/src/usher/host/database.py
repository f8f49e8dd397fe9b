"""Asks a database server for its limits and its users: one connection, read only, 3 seconds.

The drivers are loaded here and nowhere else, by commands that end soon; the daemon runs this module
as a program (`python -m usher.host.database`, the environment of the app around it) and never holds
a connection. Nothing is retried: usher must not be what exhausts a server.
"""

import os
import sys
import time
from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from usher.host.database_url import target_of
from usher.host.drivers import libpq_words, pymysql_words
from usher.model.database import ConnectionUse, DatabaseServer, Target
from usher.model.value import Value

CONNECT_LIMIT: Final = 2
"""Seconds for the connection (libpq knows whole ones, and takes 1 for 2) ..."""

QUERY_LIMIT: Final = 1
"""... and for the questions: together the 3 seconds of the contract."""

APPLICATION: Final = "usher budget"

_RESERVED: Final = ("superuser_reserved_connections", "reserved_connections")


class Asked(Value, frozen=True):
    """What a server said, or why it said nothing."""

    facts: DatabaseServer | None = None
    fault: str = ""
    """As the driver words it, without the password."""


def ask(target: Target) -> Asked:
    """Ask a server with the rights of the app. Never raises: what goes wrong is the answer."""
    try:
        if target.kind == "mysql":
            return Asked(_ask_mysql(target))
        return Asked(_ask_postgresql(target))
    except ImportError as error:
        return Asked(fault=f"the driver is not installed: {error.name}")
    except Exception as error:  # noqa: BLE001 (drivers raise what they like; all of it is an answer)
        said = " ".join(str(error).split()) or type(error).__name__
        return Asked(fault=said.replace(target.password, "***") if target.password else said)


def main() -> int:
    """Print what the server said as JSON; the variable that names it may be the first word."""
    target = target_of(os.environ, *sys.argv[1:2])
    asked = Asked(fault="no variable names a database") if target is None else ask(target)
    sys.stdout.write(msgspec.json.encode(asked).decode() + "\n")
    return 0


# -- PostgreSQL ------------------------------------------------------------------------------------


def _ask_postgresql(target: Target) -> DatabaseServer:
    import psycopg
    from psycopg.conninfo import make_conninfo

    said = {
        **libpq_words(target),
        "connect_timeout": CONNECT_LIMIT,
        "tcp_user_timeout": 1000 * QUERY_LIMIT,
        "application_name": APPLICATION,
    }
    with psycopg.connect(make_conninfo("", **said), autocommit=True) as connection:
        connection.execute(_TIME_LIMIT)
        settings = dict[str, str](_rows(connection, _SETTINGS))
        roles, databases = _rows(connection, _ROLES), _rows(connection, _DATABASES)
        uses = _rows(connection, _USES)
        ((idle, long),) = _rows(connection, _WORRIES)
    return DatabaseServer(
        max_connections=int(settings["max_connections"]),
        reserved=sum(int(settings.get(name, 0)) for name in _RESERVED),
        role_limits=dict[str, int](roles),
        database_limits=dict[str, int](databases),
        uses=tuple(ConnectionUse(*use) for use in uses),
        idle_in_transaction=idle,
        long_queries=long,
        asked_at=time.time(),
    )


def _rows(connection: Any, query: str) -> list[Any]:
    return cast("list[Any]", connection.execute(query).fetchall())


_TIME_LIMIT: Final = "SET statement_timeout = '1s'"
_SETTINGS: Final = (
    "SELECT name, setting FROM pg_settings WHERE name IN"
    " ('max_connections', 'superuser_reserved_connections', 'reserved_connections')"
)
_ROLES: Final = "SELECT rolname, rolconnlimit FROM pg_roles WHERE rolconnlimit >= 0"
_DATABASES: Final = "SELECT datname, datconnlimit FROM pg_database WHERE datconnlimit >= 0"
# The kind of another role's session is hidden from ordinary roles, its database is not.
_USES: Final = """
SELECT coalesce(usename, ''), coalesce(datname, ''), count(*)::int,
       coalesce(application_name, ''), coalesce(host(client_addr), '')
FROM pg_stat_activity
WHERE datname IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
      AND pid <> pg_backend_pid()
GROUP BY 1, 2, 4, 5
ORDER BY 3 DESC
"""
_WORRIES: Final = """
SELECT count(*) FILTER (WHERE state LIKE 'idle in transaction%'
                        AND state_change < now() - interval '1 minute')::int,
       count(*) FILTER (WHERE state = 'active' AND query_start < now() - interval '5 minutes')::int
FROM pg_stat_activity
WHERE backend_type = 'client backend'
"""

# -- MySQL and MariaDB -----------------------------------------------------------------------------


def _ask_mysql(target: Target) -> DatabaseServer:
    import pymysql

    with pymysql.connect(
        **pymysql_words(target),
        connect_timeout=CONNECT_LIMIT,
        read_timeout=QUERY_LIMIT,
        write_timeout=QUERY_LIMIT,
        program_name=APPLICATION,
    ) as connection:
        cursor: Any = connection.cursor()
        limits = dict(
            _mysql(
                cursor,
                "SHOW VARIABLES WHERE Variable_name IN ('max_connections', 'max_user_connections')",
            )
        )
        own = _mysql(cursor, "SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1)")[0][0]
        # Without the PROCESS privilege only one's own sessions are listed: the rest is a sum.
        (connected,) = (
            int(row[1]) for row in _mysql(cursor, "SHOW STATUS LIKE 'Threads_connected'")
        )
        uses = [
            ConnectionUse(str(user), str(base or ""), int(count))
            for user, base, count in _mysql(cursor, _MYSQL_USES)
        ]
    return _mysql_server(limits, str(own), connected - 1, uses)


def _mysql_server(
    limits: dict[Any, Any], own: str, connected: int, uses: Sequence[ConnectionUse]
) -> DatabaseServer:
    hidden = connected - sum(use.count for use in uses)
    if hidden > 0:
        uses = (*uses, ConnectionUse("(others)", "", hidden))
    of_a_user = int(limits.get("max_user_connections", 0))
    return DatabaseServer(
        max_connections=int(limits["max_connections"]),
        # One more is kept beyond max_connections for an administrator: nothing is taken from it.
        reserved=0,
        role_limits={own: of_a_user} if of_a_user else {},
        uses=tuple(uses),
        asked_at=time.time(),
    )


def _mysql(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return list(cursor.fetchall())


_MYSQL_USES: Final = """
SELECT user, db, COUNT(*) FROM information_schema.processlist
WHERE id <> CONNECTION_ID() AND user <> 'event_scheduler' GROUP BY 1, 2
"""


if __name__ == "__main__":
    sys.exit(main())
