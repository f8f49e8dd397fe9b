"""Does a database hold the views of this release, and do they say what the catalogue says?"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from boxoffice.db.lineage import load_views
from boxoffice.db.tables import SCHEMA, metadata
from boxoffice.metrics.catalogue import METRICS

_VIEWS = text(
    """
    SELECT relation.relname,
           coalesce('security_invoker=true' = ANY (relation.reloptions), false) AS invoker,
           array(SELECT attname::text FROM pg_attribute
                 WHERE attrelid = relation.oid AND attnum > 0 ORDER BY attnum) AS columns
    FROM pg_class AS relation
    WHERE relation.relnamespace = to_regnamespace(:schema) AND relation.relkind = 'v'
    """
)


def findings(connection: Connection) -> Iterable[str]:
    """One sentence for each view that is missing, unknown, unsafe or not as catalogued."""
    there = {name: (invoker, columns) for name, invoker, columns in _installed(connection)}
    expected = {view.name for view in load_views(t.name for t in metadata.tables.values())}
    yield from (f'view "{name}" is missing' for name in sorted(expected - there.keys()))
    yield from (f'view "{name}" belongs to no file' for name in sorted(there.keys() - expected))
    for name, (invoker, _) in sorted(there.items()):
        if not invoker:
            yield f'view "{name}" reads with the rights of its owner, not of the reader'
    for metric in METRICS:
        if metric.slug in there:
            promised = {column.name for column in metric.columns}
            delivered = set(there[metric.slug][1])
            for name in sorted(promised ^ delivered):
                where = "the catalogue" if name in promised else "the view"
                yield f'metric "{metric.slug}": column "{name}" stands in {where} only'


def _installed(connection: Connection) -> Iterable[tuple[str, bool, list[str]]]:
    rows = connection.execute(_VIEWS, {"schema": SCHEMA})
    return [(name, invoker, columns) for name, invoker, columns in rows]
