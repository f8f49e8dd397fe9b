"""What `upgrade` makes of a database, asked of the database's own catalogue."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from importlib.resources import files
from typing import Protocol

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from boxoffice.db import schema
from boxoffice.db.engine import create_engine
from boxoffice.db.schema import SchemaError, ServingRefused, check_serving, upgrade
from boxoffice.db.tables import metadata


class Server(Protocol):
    """What the fixture `server` offers and this file needs."""

    superuser: str

    def database(self) -> AbstractContextManager[str]: ...


COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
           pg_get_expr(d.adbin, d.adrelid)
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'boxoffice'::regnamespace AND c.relkind = 'r'
      AND c.relname <> 'alembic_version'
    ORDER BY c.relname, a.attnum
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'boxoffice'::regnamespace
      AND contype <> 't'  -- triggers are installed from sql/, not migrated
      AND conrelid::regclass::text NOT LIKE '%alembic_version' ORDER BY 1, 2
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'boxoffice' AND tablename <> 'alembic_version' ORDER BY 1
"""
UNPROTECTED_TABLES = """
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = 'boxoffice'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity
               AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid))
"""
OWNERS_VIEWS = """
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = 'boxoffice'::regnamespace
      AND (c.relkind = 'm' OR c.relkind = 'v'
           AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false))
"""
OWNERS_FUNCTIONS = """
    SELECT proname FROM pg_proc
    WHERE pronamespace = 'boxoffice'::regnamespace AND prosecdef
"""
STATUS_POLICIES = """
    SELECT polname, polrelid::regclass::text FROM pg_policy
    WHERE pg_get_expr(polqual, polrelid) ~ 'status'
       OR pg_get_expr(polwithcheck, polrelid) ~ 'status'
"""


@pytest.fixture
def empty(server: Server) -> Iterator[Engine]:
    with server.database() as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def rows(connection: Connection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text(query))]


def test_tables_from_scratch_equal_tables_from_migrations(engine: Engine, empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE SCHEMA boxoffice"))
        metadata.create_all(connection)
        scratch = [rows(connection, query) for query in (COLUMNS, CONSTRAINTS, INDEXES)]
    with engine.connect() as connection:
        migrated = [rows(connection, query) for query in (COLUMNS, CONSTRAINTS, INDEXES)]
    assert scratch == migrated
    assert len(scratch[0]) > 100, "the queries see nothing"


@pytest.mark.parametrize(
    "query",
    [UNPROTECTED_TABLES, OWNERS_VIEWS, OWNERS_FUNCTIONS, STATUS_POLICIES],
    ids=["tables without policy", "views of the owner", "functions of the owner", "status"],
)
def test_nothing_goes_around_the_policies(engine: Engine, query: str) -> None:
    with engine.connect() as connection:
        assert rows(connection, query) == []


def test_the_catalogue_queries_would_notice(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE boxoffice.open_table (id int)"))
        connection.execute(text("CREATE VIEW boxoffice.open_view AS SELECT 1 AS one"))
        connection.execute(
            text(
                "CREATE FUNCTION boxoffice.open_door() RETURNS int LANGUAGE sql"
                " SECURITY DEFINER RETURN 1"
            )
        )
        connection.execute(
            text("CREATE POLICY late ON boxoffice.snapshot USING (status = 'active')")
        )
        queries = (UNPROTECTED_TABLES, OWNERS_VIEWS, OWNERS_FUNCTIONS, STATUS_POLICIES)
        assert [len(rows(connection, query)) for query in queries] == [1, 1, 1, 1]


def test_every_view_reads_what_its_file_says(engine: Engine) -> None:
    """The parser of view files agrees with the database's own dependencies."""
    query = text(
        """
        SELECT DISTINCT reader.relname, source.relname
        FROM pg_rewrite AS rule
        JOIN pg_class AS reader ON reader.oid = rule.ev_class
        JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = rule.oid
        JOIN pg_class AS source ON d.refclassid = 'pg_class'::regclass AND source.oid = d.refobjid
        WHERE reader.relnamespace = 'boxoffice'::regnamespace AND source.oid <> reader.oid
        """
    )
    with engine.connect() as connection:
        real = {(reader, source) for reader, source in connection.execute(query)}
    views = schema.load_views(table.name for table in metadata.tables.values())
    assert real == {(view.name, source) for view in views for source in view.reads}


def test_a_second_upgrade_changes_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        before = rows(connection, COLUMNS)
    upgrade(engine)
    check_serving(engine)
    with engine.connect() as connection:
        assert rows(connection, COLUMNS) == before


def test_instances_that_start_together_upgrade_once(empty: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: upgrade(empty), range(4)))
    check_serving(empty)


def test_a_login_without_rights_is_told_what_to_ask_for(server: Server, engine: Engine) -> None:
    """The role exists (`engine` made it); a login that was not granted it wants to upgrade."""
    script = (files("boxoffice") / "sql" / "role.sql").read_bytes()
    with psycopg.connect(server.superuser) as connection:
        connection.execute("CREATE ROLE poor")
        connection.execute("SET LOCAL ROLE poor")
        with pytest.raises(psycopg.errors.RaiseException, match="GRANT boxoffice_app TO poor"):
            connection.execute(script)
        connection.rollback()


def test_an_upgrade_does_not_touch_what_this_release_installed(engine: Engine) -> None:
    """Readers of another instance wait for dropped views, and some of them fail by deadlock."""
    views = "SELECT oid FROM pg_class WHERE relkind = 'v' ORDER BY oid"
    with engine.connect() as connection:
        before = rows(connection, views)
    upgrade(engine)
    with engine.connect() as connection:
        assert rows(connection, views) == before


def test_an_upgrade_that_fails_changes_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("COMMENT ON SCHEMA boxoffice IS 'installed by another release'"))
        connection.execute(text("DROP VIEW boxoffice.target_totals"))
        connection.execute(
            text("CREATE VIEW public.mine AS SELECT * FROM boxoffice.play_all_shows")
        )
    with pytest.raises(SchemaError, match=r"cannot upgrade database: cannot drop .* depend"):
        upgrade(engine)
    with engine.connect() as connection:
        there = connection.execute(text("SELECT to_regclass('boxoffice.target_totals')"))
        assert there.scalar_one() is None, "part of the upgrade was committed"


def test_serving_needs_the_schema_of_this_release(engine: Engine, empty: Engine) -> None:
    check_serving(engine)
    with pytest.raises(ServingRefused, match='run "boxoffice db upgrade"'):
        check_serving(empty)
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('boxoffice.actor', 'system', true)"))
        connection.execute(text("UPDATE boxoffice.alembic_version SET version_num = '0000'"))
    with pytest.raises(ServingRefused, match='the schema is at "0000"'):
        check_serving(engine)


def test_serving_is_refused_to_a_role_above_the_policies(engine: Engine, server: Server) -> None:
    with psycopg.connect(server.superuser) as connection:
        connection.execute("ALTER ROLE boxoffice_app BYPASSRLS")
        connection.commit()
        try:
            with pytest.raises(ServingRefused, match="bypasses row-level security"):
                check_serving(engine)
        finally:
            connection.execute("ALTER ROLE boxoffice_app NOBYPASSRLS")
            connection.commit()
    check_serving(engine)


def test_the_newest_revision_is_where_alembic_ends() -> None:
    folder = str(files("boxoffice") / "db" / "migrations")
    config = Config()
    config.set_main_option("script_location", folder)
    assert schema.newest_revision() == ScriptDirectory.from_config(config).get_current_head()
