"""Bringing a database up to date: role, migrations, functions, rights, views.

What holds data is migrated step by step; what holds none (functions, policies, grants, views) is
installed anew from the files of `sql/`, so each has one current text. All of it is one transaction
under one lock: two instances that start together do it once, and a failure changes nothing.
"""

import hashlib
from collections.abc import Sequence
from importlib.resources import as_file, files

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from boxoffice.db.lineage import ViewFile, load_views
from boxoffice.db.summaries import summarise
from boxoffice.db.tables import SCHEMA, metadata, performance
from boxoffice.db.transactions import APPLICATION_ROLE, SYSTEM, transaction

# Any number will do, as long as it is always the same one.
_UPGRADE_LOCK = 4_273_616

_SUMMARISED = (
    "performance_sums",
    "performance_week",
    "performance_month",
    "performance_cast",
    "concert_nights",
)
"""The views whose rows summaries keep (`sql/summaries.sql`)."""


class SchemaError(Exception):
    """The database cannot be brought up to date."""


class ServingRefused(Exception):  # noqa: N818 - what happened, not a kind of error
    """Figures must not be served from this database."""


def upgrade(engine: Engine, *, anew: bool = False) -> None:
    """Create or update everything in the database.

    What this release has installed before is left alone: dropping views under readers makes them
    wait, and some of them fail by deadlock, which a restarted instance must not do to its siblings.
    `anew` installs it all the same, to repair what somebody changed by hand.
    """
    release = _release()
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
            if not anew and _installed_release(connection) == release:
                return
            _run_file(connection, "role.sql")
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            # Row-level security binds the owner too, also while it migrates.
            connection.execute(
                text("SELECT set_config('boxoffice.actor', :actor, true)"), {"actor": SYSTEM.name}
            )
            migrate(connection)
            install(connection)
            _execute(connection, f"COMMENT ON SCHEMA {SCHEMA} IS '{release}'")
    except DBAPIError as error:
        raise SchemaError(f"cannot upgrade database: {_cause(error)}") from error


def migrate(connection: Connection) -> None:
    """Run the migrations that this database has not seen, inside the caller's transaction."""
    # Only here: a server that finds the database up to date starts without Alembic's 0.14 s.
    from alembic import command
    from alembic.config import Config

    _drop_views(connection)
    with as_file(files("boxoffice") / "db" / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def install(connection: Connection) -> None:
    """Install functions, views and rights anew, inside the caller's transaction."""
    _drop_views(connection)
    _run_file(connection, "functions.sql")
    # View files name relations without the schema, as every transaction of ours does.
    connection.execute(text("SELECT set_config('search_path', :s, true)"), {"s": SCHEMA})
    views = load_views(table.name for table in metadata.tables.values())
    for view in views:
        _create_view(connection, view)
    _run_file(connection, "changes.sql")
    _run_file(connection, "summaries.sql")
    _run_file(connection, "rights.sql")
    _summarise_anew(connection, views)


def check_serving(engine: Engine) -> None:
    """`ServingRefused` when rights would not hold or the schema is not the one of this release."""
    try:
        with transaction(engine, actor=SYSTEM, read_only=True) as connection:
            above_the_law, revision = connection.execute(
                text(
                    "SELECT (SELECT rolsuper OR rolbypassrls FROM pg_roles"
                    "        WHERE rolname = current_user),"
                    "       (SELECT version_num FROM alembic_version)"
                )
            ).one()
    except ProgrammingError as error:
        raise ServingRefused(
            f'cannot serve: {_cause(error)}; run "boxoffice db upgrade"'
        ) from error
    if above_the_law:
        raise ServingRefused(
            f'cannot serve: role "{APPLICATION_ROLE}" is a superuser or bypasses row-level '
            f"security; run: ALTER ROLE {APPLICATION_ROLE} NOSUPERUSER NOBYPASSRLS"
        )
    newest = newest_revision()
    if revision != newest:
        raise ServingRefused(
            f'cannot serve: the schema is at "{revision}", this release needs "{newest}"; '
            'run "boxoffice db upgrade"'
        )


def newest_revision() -> str:
    """The migration that this release ends with: files are named r<revision>_<what it does>.py."""
    folder = files("boxoffice") / "db" / "migrations" / "versions"
    return max(
        file.name.removeprefix("r").partition("_")[0]
        for file in folder.iterdir()
        if file.name.startswith("r")
    )


def _release() -> str:
    """What this release installs, as one value: its last migration and every file of `sql/`."""
    digest = hashlib.sha256(newest_revision().encode())
    with as_file(files("boxoffice") / "sql") as folder:
        for file in sorted(folder.rglob("*.sql")):
            digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return f"installed {digest.hexdigest()}"


def _installed_release(connection: Connection) -> str | None:
    """The same of the release that was installed last, None before the first."""
    return connection.scalar(
        text(
            "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :schema"
        ),
        {"schema": SCHEMA},
    )


def _drop_views(connection: Connection) -> None:
    """All views of our schema at once; a view of somebody else that needs one stops the upgrade."""
    names = connection.execute(
        text("SELECT viewname FROM pg_views WHERE schemaname = :schema"), {"schema": SCHEMA}
    ).scalars()
    views = ", ".join(f'{SCHEMA}."{name}"' for name in names)
    if views:
        _execute(connection, f"DROP VIEW {views}")


def _create_view(connection: Connection, view: ViewFile) -> None:
    # security_invoker stands here and not in the files, so that no file can forget it.
    _execute(
        connection,
        f"CREATE VIEW {SCHEMA}.{view.name} WITH (security_invoker = true) AS\n{view.sql}",
    )
    grain = view.grain.replace("'", "''")
    _execute(connection, f"COMMENT ON VIEW {SCHEMA}.{view.name} IS '{grain}'")


def _summarise_anew(connection: Connection, views: Sequence[ViewFile]) -> None:
    """Fill all summaries, unless they were filled by the same formulas: that takes its time."""
    by_name = {view.name: view for view in views}
    todo = set(_SUMMARISED)
    formulas: dict[str, str] = {}
    while todo:
        name = todo.pop()
        if name in by_name and name not in formulas:
            formulas[name] = by_name[name].sql
            todo |= by_name[name].reads
    digest = hashlib.sha256(repr(sorted(formulas.items())).encode()).hexdigest()
    comment = text("SELECT obj_description(to_regclass(:name), 'pg_class')")
    name = f"{SCHEMA}.performance_summary"
    if connection.scalar(comment, {"name": name}) != digest:
        ids = connection.execute(select(performance.c.id)).scalars().all()
        summarise(connection, ids)
        _execute(connection, f"COMMENT ON TABLE {name} IS '{digest}'")


def _run_file(connection: Connection, name: str) -> None:
    _execute(connection, (files("boxoffice") / "sql" / name).read_text(encoding="utf-8"))


def _execute(connection: Connection, sql: str) -> None:
    # The driver takes a percent sign for a parameter's place, even when there are none.
    connection.exec_driver_sql(sql.replace("%", "%%"))


def _cause(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0]
