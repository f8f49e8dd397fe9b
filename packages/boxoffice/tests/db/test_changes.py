"""The counter behind the tags of figures: it moves with every change, and makes nobody wait."""

from datetime import date

import pytest
from sqlalchemy import Connection, Engine, text

from boxoffice.db.schema import upgrade
from boxoffice.db.transactions import SYSTEM, transaction
from boxoffice.metrics.readers import state_of_figures

CHANGES = {
    "performance": "UPDATE performance SET venue = 'x' WHERE code = 'A'",
    "seat_class": "INSERT INTO seat_class SELECT id, 'r', 5 FROM performance WHERE code = 'A'",
    "daily_target": "INSERT INTO daily_target SELECT id, '2025-03-01', 5 FROM performance",
    "marketing_week": "INSERT INTO marketing_week SELECT id, 1, '2025-03-03', '2025-03-09'"
    " FROM performance",
    "month_note": "INSERT INTO month_note (year, month, note) VALUES (2025, 3, 'x')",
    "app_user": "INSERT INTO app_user (email, name) VALUES ('a@example.org', 'a')",
    "nothing": "UPDATE performance SET venue = 'x' WHERE code = 'NOBODY'",
}


@pytest.fixture
def stage(engine: Engine) -> Engine:
    """Two performances."""
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(
            text(
                "INSERT INTO performance (code, category, title, show_start_date, show_end_date) "
                "VALUES ('A', 'play', 'a', '2025-03-01', '2025-03-02'),"
                " ('B', 'play', 'b', '2025-03-01', '2025-03-02')"
            )
        )
    return engine


def counter(engine: Engine) -> int:
    with transaction(engine, actor=SYSTEM, as_of=date(2025, 3, 1)) as connection:
        return state_of_figures(connection)[0]


@pytest.mark.parametrize("table", CHANGES)
def test_it_moves_by_one_for_a_transaction_that_changes_something(
    stage: Engine, table: str
) -> None:
    before = counter(stage)
    with transaction(stage, actor=SYSTEM) as connection:
        connection.execute(text(CHANGES[table]))
    assert counter(stage) == before + (table != "nothing")


def test_many_changes_are_one(stage: Engine) -> None:
    before = counter(stage)
    with transaction(stage, actor=SYSTEM) as connection:
        for change in CHANGES.values():
            connection.execute(text(change))
    assert counter(stage) == before + 1


def test_what_is_rolled_back_moves_nothing(stage: Engine) -> None:
    before = counter(stage)

    def fail(connection: Connection) -> None:
        connection.execute(text(CHANGES["performance"]))
        raise RuntimeError

    with pytest.raises(RuntimeError), transaction(stage, actor=SYSTEM) as connection:
        fail(connection)
    assert counter(stage) == before


def test_other_formulas_are_a_change(stage: Engine) -> None:
    before = counter(stage)
    upgrade(stage, anew=True)
    assert counter(stage) > before


def test_writers_of_two_performances_do_not_wait_for_each_other(stage: Engine) -> None:
    """Raised at once, the counter's row would be locked until the first writer ends."""
    update = text("UPDATE performance SET venue = 'y' WHERE code = :code")
    before = counter(stage)
    with transaction(stage, actor=SYSTEM) as slow:
        slow.execute(update, {"code": "A"})
        with transaction(stage, actor=SYSTEM) as quick:
            quick.execute(text("SET LOCAL lock_timeout = '2s'"))
            quick.execute(update, {"code": "B"})
        assert counter(stage) == before + 1
    assert counter(stage) == before + 2
