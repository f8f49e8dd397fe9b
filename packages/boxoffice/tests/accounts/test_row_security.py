"""What a person sees through SQL is what there would be if the rest did not exist.

The application's role is asked directly here: whatever route, export, report or question comes to
the database, this is all it can get.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from boxoffice.db.lineage import load_views
from boxoffice.db.tables import metadata
from boxoffice.db.transactions import SYSTEM, Actor, transaction
from boxoffice.metrics.catalogue import METRICS
from boxoffice.metrics.readers import read_metric
from boxoffice.metrics.words import Unit

VIEWS = [view.name for view in load_views(table.name for table in metadata.tables.values())]
OF_THE_SYSTEM = ("user_password", "password_reset", "user_session", "api_token", "sign_in_attempt")
NUMBERS = frozenset({"performance_id", "snapshot_id", "show_sale_id", "id"})
"""Columns that count rows of one database, and so differ between two."""


def ask(engine: Engine, actor: Actor, query: str, as_of: Any = None) -> Sequence[Any]:
    with transaction(engine, actor=actor, as_of=as_of, read_only=True) as connection:
        return connection.execute(text(query)).all()


def view_rows(engine: Engine, actor: Actor, view: str, as_of: Any) -> list[str]:
    with transaction(engine, actor=actor, as_of=as_of, read_only=True) as connection:
        rows = connection.execute(text(f"SELECT * FROM {view}")).mappings()
        return sorted(str([(n, v) for n, v in row.items() if n not in NUMBERS]) for row in rows)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_what_there_would_be_without_the_rest(
    view: str, whole: Any, part: Engine, as_of: Any
) -> None:
    seen = view_rows(whole.engine, whole.restricted, view, as_of)
    assert seen == view_rows(part, SYSTEM, view, as_of)
    everything = view_rows(whole.engine, SYSTEM, view, as_of)
    assert view_rows(whole.engine, whole.wide, view, as_of) == everything


def test_figures_of_the_whole_would_show(whole: Any, as_of: Any) -> None:
    """The comparison above can fail: nearly every view says more about all performances."""
    same = [
        view
        for view in VIEWS
        if view_rows(whole.engine, whole.restricted, view, as_of)
        == view_rows(whole.engine, SYSTEM, view, as_of)
    ]
    assert len(same) < len(VIEWS) / 4, same


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.slug)
def test_a_metric_says_nothing_about_what_is_not_permitted(
    metric: Any, whole: Any, part: Engine, as_of: Any
) -> None:
    """Through the reader that routes and exports share."""
    names = [c.name for c in metric.columns if c.unit is not Unit.IDENTIFIER]

    def rows(engine: Engine, actor: Actor) -> list[list[Any]]:
        with transaction(engine, actor=actor, as_of=as_of, read_only=True) as connection:
            return [[row[name] for name in names] for row in read_metric(connection, metric)]

    assert rows(whole.engine, whole.restricted) == rows(part, SYSTEM)


def tables_with(connection: Connection, column: str) -> list[str]:
    query = text(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE relnamespace = 'boxoffice'::regnamespace AND relkind = 'r' AND attname = :column"
    )
    return list(connection.execute(query, {"column": column}).scalars())


def test_every_table_shows_rows_of_permitted_performances_only(whole: Any) -> None:
    with transaction(whole.engine, actor=SYSTEM, read_only=True) as connection:
        by_performance = tables_with(connection, "performance_id")
        by_snapshot = set(tables_with(connection, "snapshot_id")) - set(by_performance)
    permitted = dict(ask(whole.engine, whole.restricted, "SELECT id, code FROM performance"))
    assert sorted(permitted.values()) == ["CON3001", "MUS1001"]
    numbers = {table: f"SELECT DISTINCT performance_id FROM {table}" for table in by_performance}
    for table in by_snapshot:
        source = f"{table} JOIN snapshot ON snapshot.id = snapshot_id"
        numbers[table] = f"SELECT DISTINCT performance_id FROM {source}"
    shown = {table: ask(whole.engine, whole.restricted, query) for table, query in numbers.items()}
    assert by_snapshot >= {"play_daily_sale", "play_show_sale", "concert_daily_sale"}
    for table, rows in shown.items():
        assert {number for (number,) in rows} <= set(permitted), table
    unfilled = {table for table, rows in shown.items() if not rows}
    assert not unfilled & {"snapshot", "daily_target", "play_daily_sale", "concert_show_sale"}


def test_rows_of_an_unseen_snapshot_are_not_found_by_its_number(whole: Any) -> None:
    """Counted apart from the join above: the rows themselves have a policy."""
    counts = "SELECT (SELECT count(*) FROM play_daily_sale), (SELECT count(*) FROM snapshot)"
    ours = ask(whole.engine, whole.restricted, counts)[0]
    everything = ask(whole.engine, SYSTEM, counts)[0]
    assert 0 < ours[0] < everything[0]
    assert ours[1] == 2 < everything[1]


def test_files_are_seen_through_their_snapshots(whole: Any) -> None:
    files = "SELECT sha256 FROM stored_file ORDER BY 1"
    theirs = "SELECT DISTINCT sha256 FROM snapshot ORDER BY 1"
    seen = ask(whole.engine, whole.restricted, files)
    assert len(seen) == 2
    assert seen == ask(whole.engine, whole.restricted, theirs)


@pytest.mark.parametrize("who", ["nobody", "unapproved"])
def test_without_permission_or_approval_there_is_nothing(who: str, whole: Any, as_of: Any) -> None:
    actor = getattr(whole, who)
    for table in ("performance", "snapshot", "play_daily_sale", "stored_file", "daily_target"):
        assert ask(whole.engine, actor, f"SELECT 1 FROM {table}") == [], table
    assert ask(whole.engine, actor, "SELECT * FROM play_all_shows", as_of) == []


@pytest.mark.parametrize("table", OF_THE_SYSTEM)
def test_what_proves_a_person_is_shown_to_no_person(table: str, whole: Any) -> None:
    assert ask(whole.engine, SYSTEM, f"SELECT 1 FROM {table}"), "nothing to hide"
    for actor in (whole.restricted, whole.wide, whole.master):
        assert ask(whole.engine, actor, f"SELECT 1 FROM {table}") == []


def test_a_person_finds_themselves_alone_and_cannot_rise(whole: Any) -> None:
    for actor in (whole.restricted, whole.master):
        seen = ask(whole.engine, actor, "SELECT id FROM app_user")
        assert [number for (number,) in seen] == [actor.user_id]
    with transaction(whole.engine, actor=whole.restricted) as connection:
        for change in ("all_performances = true", "role = 0", "can_upload = true"):
            assert connection.execute(text(f"UPDATE app_user SET {change}")).rowcount == 0
        assert connection.execute(text("DELETE FROM user_performance")).rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO user_performance SELECT acting_user_id(), {other}",
        "INSERT INTO daily_target VALUES ({other}, '2031-01-01', 1)",
        "INSERT INTO audit_event (actor, action, subject) VALUES ('system', 'x', 'y')",
        "INSERT INTO month_summary (performance_id) VALUES ({other})",
        "INSERT INTO calendar_note (performance_id, note_date) VALUES ({other}, '2026-01-01')",
        "UPDATE daily_target SET performance_id = {other}",
    ],
)
def test_nothing_is_written_for_another_performance(statement: str, whole: Any) -> None:
    other = ask(whole.engine, SYSTEM, "SELECT id FROM performance WHERE code = 'MUS1002'")[0][0]
    with (
        pytest.raises(ProgrammingError, match=r"row-level security|permission denied"),
        transaction(whole.engine, actor=whole.restricted) as connection,
    ):
        connection.execute(text(statement.format(other=other)))


@pytest.mark.parametrize("table", ["performance", "daily_target", "marketing_week"])
def test_nothing_of_another_performance_is_changed_or_deleted(table: str, whole: Any) -> None:
    """Their own statement, run without a condition, reaches permitted rows only; rolled back."""
    column = "id" if table == "performance" else "performance_id"
    permitted = {n for (n,) in ask(whole.engine, whole.restricted, "SELECT id FROM performance")}
    with whole.engine.connect() as connection, connection.begin() as change:
        for name, value in (
            ("role", "boxoffice_app"),
            ("search_path", "boxoffice"),
            ("boxoffice.actor", whole.restricted.name),
        ):
            connection.execute(text("SELECT set_config(:n, :v, true)"), {"n": name, "v": value})
        gone = connection.execute(text(f"DELETE FROM {table} RETURNING {column}")).scalars().all()
        change.rollback()
    assert gone
    assert set(gone) <= permitted


def test_functions_tell_what_the_policies_tell(whole: Any) -> None:
    asked = "SELECT code FROM performance WHERE may_see(id) ORDER BY code"
    assert ask(whole.engine, whole.restricted, asked) == [("CON3001",), ("MUS1001",)]
    for number, code in ask(whole.engine, SYSTEM, "SELECT id, code FROM performance"):
        told = ask(whole.engine, whole.restricted, f"SELECT may_see({number})")[0][0]
        assert told is (code in {"CON3001", "MUS1001"}), code
    switch = "SELECT sees_everything(), acts()"
    told = {
        name: tuple(ask(whole.engine, actor, switch)[0])
        for name, actor in {
            "system": SYSTEM,
            "local": Actor("local"),
            "wide": whole.wide,
            "restricted": whole.restricted,
            "unapproved": whole.unapproved,
            "unknown": Actor("somebody"),
            "no number": Actor("user:x"),
            "deleted": Actor.of_user(10**9),
        }.items()
    }
    assert told == {
        "system": (True, True),
        "local": (True, True),
        "wide": (True, True),
        "restricted": (False, True),
        "unapproved": (False, False),
        "unknown": (False, False),
        "no number": (False, False),
        "deleted": (False, False),
    }


CODES = "SELECT code FROM performance ORDER BY code"


def test_how_far_somebody_sees_is_kept_for_them_alone(whole: Any) -> None:
    """Whoever comes after somebody in the same transaction sees what is theirs."""
    become = text("SELECT set_config('boxoffice.actor', :name, true)")
    with transaction(whole.engine, actor=whole.wide) as connection:
        assert len(connection.execute(text(CODES)).all()) > 2
        connection.execute(become, {"name": whole.restricted.name})
        assert connection.execute(text(CODES)).scalars().all() == ["CON3001", "MUS1001"]
        connection.execute(become, {"name": whole.unapproved.name})
        assert connection.execute(text(CODES)).all() == []


def test_how_far_somebody_sees_is_asked_in_every_transaction(whole: Any) -> None:
    widen = text("UPDATE app_user SET all_performances = :all WHERE id = :id")

    def seen() -> int:
        return len(ask(whole.engine, whole.restricted, CODES))

    for everything in (True, False):
        with transaction(whole.engine, actor=SYSTEM) as connection:
            values = {"all": everything, "id": whole.restricted.user_id}
            connection.execute(widen, values)
        assert (seen() > 2) is everything


def test_copy_and_plans_tell_nothing_more(whole: Any) -> None:
    """COPY obeys the policies, and EXPLAIN ANALYZE runs no faster way around them."""
    with transaction(whole.engine, actor=whole.restricted, read_only=True) as connection:
        driver = connection.connection.driver_connection
        with driver.cursor().copy("COPY snapshot (original_name) TO STDOUT") as copy:
            names = b"".join(copy).decode().splitlines()
    assert sorted(name.split("_")[1] for name in names) == ["CON3001", "MUS1001"]


def test_an_error_names_no_value_of_an_unseen_row(whole: Any) -> None:
    """A condition that fails on a hidden row runs after the policy, so it fails on none."""
    probe = "SELECT code FROM performance WHERE CAST(code AS bigint) > 0"
    with pytest.raises(DBAPIError) as raised:
        ask(whole.engine, whole.restricted, probe)
    told = str(raised.value.orig)
    assert any(code in told for code in ("CON3001", "MUS1001"))
    for (code,) in ask(whole.engine, SYSTEM, "SELECT code FROM performance"):
        assert code in {"CON3001", "MUS1001"} or code not in told
