"""One migrated database for a module: every test here works on a performance of its own."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine

from boxoffice import testing
from boxoffice.db.engine import create_engine

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
