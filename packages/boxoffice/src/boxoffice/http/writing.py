"""The one transaction of a request that changes plans."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends
from sqlalchemy import Connection, Engine

from boxoffice.db.transactions import Actor, transaction
from boxoffice.http.context import AsOf
from boxoffice.http.errors import RequestError
from boxoffice.http.rights import Right, needs
from boxoffice.http.services import ServicesOf
from boxoffice.planning.performances import StoredPerformance, find_performance


@dataclass(frozen=True)
class Writing:
    """Opens a transaction as the acting user; what it changes is there when the answer is."""

    engine: Engine
    as_of: date
    actor: Actor

    @contextmanager
    def __call__(self) -> Generator[Connection]:
        """A connection; committed at the end, rolled back when the block raises."""
        with transaction(self.engine, actor=self.actor, as_of=self.as_of) as connection:
            yield connection


async def planning(
    held: ServicesOf, as_of: AsOf, actor: Annotated[Actor, needs(Right.PLAN)]
) -> Writing:
    """For those who plan."""
    return Writing(held.engine, as_of, actor)


async def managing(
    held: ServicesOf, as_of: AsOf, actor: Annotated[Actor, needs(Right.MANAGE_PERFORMANCES)]
) -> Writing:
    """For those who create and delete performances."""
    return Writing(held.engine, as_of, actor)


PlanningOf = Annotated[Writing, Depends(planning)]
ManagingOf = Annotated[Writing, Depends(managing)]


def the_performance(
    connection: Connection, code: str, *, to_change: bool = False
) -> StoredPerformance:
    """The performance of a code; 404 also for one that the acting user may not see."""
    stored = find_performance(connection, code, to_change=to_change)
    if stored is None:
        raise RequestError(404, "performance_unknown", performance=code)
    return stored
