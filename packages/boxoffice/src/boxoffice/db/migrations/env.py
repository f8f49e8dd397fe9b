"""Alembic's entry point: runs the steps on the connection that `schema.upgrade` hands over."""

from alembic import context
from sqlalchemy import Connection

from boxoffice.db.tables import SCHEMA, metadata

connection = context.config.attributes["connection"]
assert isinstance(connection, Connection)  # noqa: S101 - tells the type checker what it is

context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=SCHEMA,
)
# The caller's transaction holds everything; this block neither begins nor commits one.
with context.begin_transaction():
    context.run_migrations()
