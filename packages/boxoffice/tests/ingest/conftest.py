"""One migrated database for a module: every test here works on a performance of its own."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from boxoffice import testing
from boxoffice.db.engine import create_engine
from boxoffice.db.tables import performance, snapshot, upload_audit
from boxoffice.db.transactions import LOCAL, SYSTEM, Actor, transaction
from boxoffice.ingest import UploadReport, UploadRequest, upload
from boxoffice.testing import EDGE_AS_OF, edge_cases

CASES = {case.name: case for case in edge_cases()}
NUMBERS = count(1)

AddPerformance = Callable[[Mapping[str, Any]], int]


@pytest.fixture(scope="module")
def engine(module_database: str) -> Iterator[Engine]:
    """Engine on a migrated database that this module alone uses."""
    engine = create_engine(module_database)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def add_performance(engine: Engine) -> AddPerformance:
    """Registers a performance as the golden sets describe it; its id."""
    return partial(testing.add_performance, engine)


class Uploads:
    """A performance of a test's own, and workbooks for it."""

    def __init__(self, engine: Engine, show: Mapping[str, Any], performance_id: int) -> None:
        self.engine, self.show, self.performance_id = engine, show, performance_id

    def request(self, case: str = "good", day: str = "20250617") -> UploadRequest:
        """The damaged or good file of an edge case, named for this performance."""
        name = f"{day}_{self.show['liveId']}_{self.show['liveName']}.xlsx"
        return UploadRequest(name, CASES[case].file.content)

    def send(self, case: str = "good", day: str = "20250617", actor: Actor = LOCAL) -> UploadReport:
        """Upload it."""
        return upload(self.engine, self.request(case, day), as_of=EDGE_AS_OF, actor=actor)

    def standings(self) -> dict[int, str]:
        """Status by snapshot, oldest first."""
        statement = (
            select(snapshot.c.id, snapshot.c.status)
            .where(snapshot.c.performance_id == self.performance_id)
            .order_by(snapshot.c.id)
        )
        with transaction(self.engine, actor=SYSTEM, read_only=True) as connection:
            return {row.id: row.status for row in connection.execute(statement)}

    def audited(self) -> list[str]:
        """Outcomes in the audit, oldest first."""
        statement = (
            select(upload_audit.c.outcome)
            .where(upload_audit.c.performance_id == self.performance_id)
            .order_by(upload_audit.c.id)
        )
        with transaction(self.engine, actor=SYSTEM, read_only=True) as connection:
            return list(connection.execute(statement).scalars())

    def quarantine(self) -> None:
        """Let the performance ask for quarantine."""
        statement = update(performance).where(performance.c.id == self.performance_id)
        with transaction(self.engine, actor=SYSTEM) as connection:
            connection.execute(statement.values(quarantine_uploads=True))


@pytest.fixture
def uploads(engine: Engine, add_performance: AddPerformance) -> Uploads:
    """A play that nothing was uploaded for."""
    return _new_play(engine, add_performance)


@pytest.fixture
def other_uploads(engine: Engine, add_performance: AddPerformance) -> Uploads:
    """Another one."""
    return _new_play(engine, add_performance)


def _new_play(engine: Engine, add_performance: AddPerformance) -> Uploads:
    number = next(NUMBERS)
    show = {**CASES["good"].show, "liveId": f"UPL{number}", "liveName": f"올림 {number}"}
    return Uploads(engine, show, add_performance(show))
