"""The schema all tables stand in, and how constraints get their names."""

from sqlalchemy import BigInteger, Column, Identity, MetaData

SCHEMA = "boxoffice"
"""A schema of our own, so that everything in it is ours to drop, and nothing else is."""

metadata = MetaData(
    schema=SCHEMA,
    # PostgreSQL's own names: a table made by hand in a migration gets the same ones.
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    },
)


def identity(*, primary_key: bool = True) -> Column[int]:
    """The column `id`, numbered by the database and by nobody else."""
    return Column("id", BigInteger, Identity(always=True), primary_key=primary_key, nullable=False)
