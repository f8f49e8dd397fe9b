"""Who acts and which day is judged belong to one transaction, and to no other."""

from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, InternalError, ProgrammingError

from boxoffice.db.transactions import LOCAL, SYSTEM, Actor, transaction

AS_OF = date(2025, 6, 18)
PERFORMANCE = text(
    "INSERT INTO performance (code, category, title, show_start_date, show_end_date)"
    " VALUES ('P1', 'play', '가나다', '2025-06-01', '2025-06-30')"
)


def test_settings_last_for_the_transaction_only(engine: Engine) -> None:
    with transaction(engine, actor=LOCAL, as_of=AS_OF) as connection:
        connection.execute(PERFORMANCE)
        seen = connection.execute(
            text("SELECT current_user, acting_user(), as_of(), count(*) FROM performance_as_of")
        ).one()
    assert seen == ("boxoffice_app", "local", AS_OF, 1)

    # The pool hands out the same connection; nothing may be left on it.
    with engine.connect() as connection:
        with pytest.raises(DBAPIError, match=r"boxoffice\.actor is not set"):
            connection.execute(text("SELECT count(*) FROM boxoffice.performance"))
        connection.rollback()
        assert connection.execute(text("SELECT current_user")).scalar_one() == "boxoffice"


def test_no_figure_without_a_day(engine: Engine) -> None:
    # Asked directly: whether a view over no rows asks for the day at all is the planner's choice.
    with (
        pytest.raises(DBAPIError, match=r"boxoffice\.as_of is not set"),
        transaction(engine, actor=SYSTEM) as connection,
    ):
        connection.execute(text("SELECT boxoffice.as_of()"))


@pytest.mark.parametrize("setting", ["NULL", "''"], ids=["never set", "set in a past transaction"])
def test_unset_reads_as_unset(engine: Engine, setting: str) -> None:
    with engine.connect() as connection:
        if setting == "''":
            with connection.begin():
                connection.execute(text("SELECT set_config('boxoffice.as_of', '2025-06-18', true)"))
        with pytest.raises(DBAPIError, match=r"boxoffice\.as_of is not set"):
            connection.execute(text("SELECT boxoffice.as_of()"))


def test_an_unknown_actor_sees_and_changes_nothing(engine: Engine) -> None:
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(PERFORMANCE)
    with transaction(engine, actor=Actor("somebody")) as connection:
        assert connection.execute(text("SELECT count(*) FROM performance")).scalar_one() == 0
        assert connection.execute(text("UPDATE performance SET title = 'x'")).rowcount == 0
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction(engine, actor=Actor("somebody")) as connection,
    ):
        connection.execute(text(PERFORMANCE.text.replace("P1", "P2")))


def test_a_block_that_raises_changes_nothing(engine: Engine) -> None:
    def change_my_mind() -> None:
        with transaction(engine, actor=SYSTEM) as connection:
            connection.execute(PERFORMANCE)
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError, match="changed my mind"):
        change_my_mind()
    with transaction(engine, actor=SYSTEM) as connection:
        assert connection.execute(text("SELECT count(*) FROM performance")).scalar_one() == 0


def test_read_only_transactions_write_nothing_and_see_one_state(engine: Engine) -> None:
    with (
        pytest.raises(InternalError, match="read-only transaction"),
        transaction(engine, actor=SYSTEM, read_only=True) as connection,
    ):
        connection.execute(PERFORMANCE)
    count = text("SELECT count(*) FROM performance")
    with transaction(engine, actor=SYSTEM, read_only=True) as reader:
        assert reader.execute(count).scalar_one() == 0
        with transaction(engine, actor=SYSTEM) as writer:
            writer.execute(PERFORMANCE)
        assert reader.execute(count).scalar_one() == 0
    with transaction(engine, actor=SYSTEM) as connection:
        assert connection.execute(count).scalar_one() == 1, "the pool kept the read-only mode"


SNAPSHOT = text(
    """
    WITH performance AS (
        INSERT INTO performance (code, category, title, show_start_date, show_end_date)
        VALUES ('P1', 'play', '가나다', '2025-06-01', '2025-06-30') RETURNING id
    ), file AS (
        INSERT INTO stored_file (sha256, size_bytes, content)
        VALUES (repeat('0', 64), 1, 'x') RETURNING sha256
    ), snapshot AS (
        INSERT INTO snapshot (performance_id, record_date, original_name, sha256, uploaded_by)
        SELECT performance.id, '2025-06-17', 'x.xlsx', file.sha256, 'system'
        FROM performance CROSS JOIN file RETURNING id
    )
    INSERT INTO play_daily_sale (snapshot_id, sales_date, source_row, amount, seats)
    SELECT id, '2025-06-17', 3, 1000, 1 FROM snapshot
    """
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE play_daily_sale SET amount = 0",
        "DELETE FROM play_daily_sale",
        "UPDATE snapshot SET record_date = '2025-06-16'",
        "DELETE FROM upload_audit",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
def test_what_was_uploaded_cannot_be_changed(engine: Engine, statement: str) -> None:
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(SNAPSHOT)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction(engine, actor=SYSTEM) as connection,
    ):
        connection.execute(text(statement))


@pytest.mark.parametrize("table", ["snapshot", "stored_file"])
def test_only_a_purge_by_the_system_removes_what_was_uploaded(engine: Engine, table: str) -> None:
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(SNAPSHOT)
    with transaction(engine, actor=LOCAL) as connection:
        assert connection.execute(text(f"SELECT 1 FROM {table}")).all()
        assert connection.execute(text(f"DELETE FROM {table}")).rowcount == 0
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(text("DELETE FROM snapshot"))
        assert connection.execute(text("DELETE FROM stored_file")).rowcount == 1


def test_a_snapshot_can_be_superseded_by_the_next_of_its_day(engine: Engine) -> None:
    again = text(
        "INSERT INTO snapshot (performance_id, record_date, original_name, sha256, uploaded_by)"
        " SELECT performance_id, record_date, 'y.xlsx', sha256, 'system' FROM snapshot"
    )
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(SNAPSHOT)
    with (
        pytest.raises(DBAPIError, match="snapshot_active_key"),
        transaction(engine, actor=SYSTEM) as connection,
    ):
        connection.execute(again)
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(text("UPDATE snapshot SET status = 'superseded', replaced_at = now()"))
        connection.execute(again)


def test_deleting_a_performance_deletes_all_below_it(engine: Engine) -> None:
    with transaction(engine, actor=SYSTEM) as connection:
        connection.execute(SNAPSHOT)
        connection.execute(text("DELETE FROM performance"))
        left = connection.execute(
            text("SELECT (SELECT count(*) FROM snapshot), (SELECT count(*) FROM play_daily_sale)")
        ).one()
    assert left == (0, 0)
