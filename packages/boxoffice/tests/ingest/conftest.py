"""One migrated database for a module: every test here works on a performance of its own."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, insert

from boxoffice.db.engine import create_engine
from boxoffice.db.schema import upgrade
from boxoffice.db.tables import performance, seat_class
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.domain.categories import Category

AddPerformance = Callable[[Mapping[str, Any]], int]


@pytest.fixture(scope="module")
def engine(database_server: str, maintenance_url: str) -> Iterator[Engine]:
    """Engine on a migrated database that this module alone uses."""
    name = f"ingest_{uuid4().hex}"
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER boxoffice".encode())
        engine = create_engine(database_server.replace("@/boxoffice?", f"@/{name}?"))
        try:
            upgrade(engine)
            yield engine
        finally:
            engine.dispose()
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def add_performance(engine: Engine) -> AddPerformance:
    """Registers a performance as the golden sets describe it; its id."""

    def add(show: Mapping[str, Any]) -> int:
        values = {
            "code": show["liveId"],
            "title": show["liveName"],
            "category": Category.from_label(show["category"]).value,
            "seats_per_show": show["showTotalSeatNumber"],
            "show_start_date": date.fromisoformat(show["showStartDate"]),
            "show_end_date": date.fromisoformat(show["showEndDate"]),
        }
        classes = {
            c.lower(): show.get(f"concertSeatNumber{c}") for c in ("Vip", "R", "S", "A", "B")
        }
        with transaction(engine, actor=SYSTEM) as connection:
            statement = insert(performance).values(values).returning(performance.c.id)
            performance_id = connection.execute(statement).scalar_one()
            for name in classes:
                if (seats := show.get(f"concertSeatNumber{name}")) is not None:
                    row = {"performance_id": performance_id, "seats_per_show": seats}
                    row |= {"seat_class": name.lower()}
                    connection.execute(insert(seat_class).values(row))
            return performance_id

    return add
