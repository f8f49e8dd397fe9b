"""The one way to talk to the database: a transaction that knows who acts and which day it judges.

Everything is set for the transaction only (`set_config(..., true)`): a plain SET would leak to the
next user of the pooled connection. After the transaction the settings hold '' and not NULL, so
the SQL functions that read them refuse both.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine

APPLICATION_ROLE = "boxoffice_app"
"""The role every transaction takes: no superuser, no BYPASSRLS, no login of its own."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; policies decide by this name what is seen. See `sql/rights.sql`."""

    name: str

    @classmethod
    def of_user(cls, user_id: int) -> "Actor":
        """A person with an account."""
        return cls(f"user:{user_id}")

    @property
    def user_id(self) -> int | None:
        """The number of that account; None for the system and for this machine."""
        kind, _, number = self.name.partition(":")
        return int(number) if kind == "user" else None


SYSTEM = Actor("system")
"""Commands, exports and backups: sees everything, so that none is silently partial."""

LOCAL = Actor("local")
"""A person on this machine, while no accounts exist."""

# The reach comes last: it is asked for the actor that is set by then. As the driver takes it,
# which costs a third: every request begins with it.
_ENTER = """
SELECT set_config('role', %(role)s, true),
       set_config('search_path', %(schema)s, true),
       set_config('boxoffice.actor', %(actor)s, true),
       set_config('boxoffice.as_of', %(as_of)s, true),
       set_config('boxoffice.reach', %(actor)s::text || ' ' || boxoffice.reach(), true)
"""

_ACT = """
SELECT set_config('boxoffice.actor', %(actor)s, true),
       set_config('boxoffice.reach', %(actor)s::text || ' ' || boxoffice.reach(), true)
"""


@contextmanager
def transaction(
    engine: Engine, *, actor: Actor, as_of: date | None = None, read_only: bool = False
) -> Generator[Connection]:
    """One transaction as `actor`: committed at the end, rolled back when the block raises.

    `as_of` is the day that figures are judged by; without it every view that needs one raises.
    `read_only` also makes all reads of the block see one state of the database.
    """
    with engine.connect() as connection:
        if read_only:
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            connection.exec_driver_sql(
                _ENTER,
                {
                    "role": APPLICATION_ROLE,
                    "schema": "boxoffice",
                    "actor": actor.name,
                    "as_of": "" if as_of is None else as_of.isoformat(),
                },
            )
            yield connection


def act_as(connection: Connection, actor: Actor) -> None:
    """From here to its end the transaction is this actor's, whoever it began as."""
    connection.exec_driver_sql(_ACT, {"actor": actor.name})
