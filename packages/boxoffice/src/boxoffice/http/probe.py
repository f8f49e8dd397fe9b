"""Asking the database how it is, without ever making a person wait for the answer.

The question runs in a thread of its own: handlers that hang in a stopped database fill the shared
pool, and it is then that somebody must still be told.
"""

import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from boxoffice.db.schema import newest_revision
from boxoffice.db.transactions import SYSTEM, transaction


@dataclass(frozen=True, slots=True)
class Answers:
    """The database answered; `current` when its schema is the one of this release."""

    milliseconds: float
    current: bool


@dataclass(frozen=True, slots=True)
class Fails:
    """It did not: `error` names the class of what happened, never an address or a statement."""

    error: str


DatabaseState = Answers | Fails


class DatabaseProbe:
    """One question at a time, on a connection of its own engine (which it disposes)."""

    def __init__(self, engine: Engine, timeout: float = 1.0) -> None:
        """`timeout` in seconds bounds every answer."""
        self._engine = engine
        self._timeout = timeout
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-probe")
        self._revision = newest_revision()
        self._asked: Future[DatabaseState] | None = None

    async def ask(self) -> DatabaseState:
        """The state now; `Fails("Timeout")` while an earlier question still hangs."""
        if self._asked is None or self._asked.done():
            self._asked = self._thread.submit(self._question)
        waiting = asyncio.shield(asyncio.wrap_future(self._asked))
        try:
            return await asyncio.wait_for(waiting, self._timeout)
        except TimeoutError:
            return Fails("Timeout")

    def close(self) -> None:
        """Let go of thread and connection, without waiting for a question that hangs."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()

    def _question(self) -> DatabaseState:
        started = time.perf_counter()
        try:
            with transaction(self._engine, actor=SYSTEM, read_only=True) as connection:
                revision = connection.execute(text("SELECT version_num FROM alembic_version"))
                current = revision.scalar_one() == self._revision
        except SQLAlchemyError as error:
            return Fails(type(error).__name__)
        return Answers(round((time.perf_counter() - started) * 1000, 1), current)
