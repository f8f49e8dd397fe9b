"""View files: what each one reads, whether it may, and the order they are created in.

A file `sql/views/<layer>/<name>.sql` holds one query and nothing else; its first line is a comment
that says what one row is. Layers are folders, lowest first. A view reads tables, lower layers and,
without a circle, its own layer.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files

LAYERS = ("10_staging", "20_intermediate", "30_marts")

_NOT_CODE = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
_RELATION = re.compile(r"\b(?:FROM|JOIN)\s+(?:LATERAL\s+)?([a-z_][a-z0-9_]*)", re.IGNORECASE)


class LineageError(Exception):
    """The view files contradict the layers or each other."""


@dataclass(frozen=True, slots=True)
class ViewFile:
    """One view; `reads` are the views and tables it selects from."""

    name: str
    layer: str
    grain: str
    sql: str
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one view file and where it lies."""

    name: str
    layer: str
    sql: str


def load_views(tables: Iterable[str]) -> tuple[ViewFile, ...]:
    """All packaged view files, every one after those it reads."""
    return order_views(_packaged(), tables)


def order_views(sources: Iterable[Source], tables: Iterable[str]) -> tuple[ViewFile, ...]:
    """The views of `sources`, every one after those it reads.

    `LineageError` names the view that reads a higher layer or takes part in a circle.
    """
    found = list(sources)
    known = {source.name for source in found} | set(tables)
    views = {source.name: _parse(source, known) for source in found}
    for view in views.values():
        _refuse_upward(view, views)
    return tuple(_ordered(views))


def _packaged() -> Iterable[Source]:
    root = files("boxoffice") / "sql" / "views"
    for layer in LAYERS:
        for file in sorted((root / layer).iterdir(), key=lambda file: file.name):
            yield Source(file.name.removesuffix(".sql"), layer, file.read_text(encoding="utf-8"))


def _parse(source: Source, known: set[str]) -> ViewFile:
    first, _, _ = source.sql.partition("\n")
    if not first.startswith("-- "):
        raise LineageError(
            f'cannot read view "{source.name}": its first line does not say what a row is'
        )
    code = _NOT_CODE.sub(" ", source.sql)
    reads = frozenset(word for word in _RELATION.findall(code) if word in known)
    return ViewFile(source.name, source.layer, first.removeprefix("-- "), source.sql, reads)


def _refuse_upward(view: ViewFile, views: dict[str, ViewFile]) -> None:
    for name in sorted(view.reads & views.keys()):
        if views[name].layer > view.layer:
            raise LineageError(
                f'cannot order view "{view.name}": it stands in {view.layer} '
                f'and reads "{name}" of {views[name].layer}'
            )


def _ordered(views: dict[str, ViewFile]) -> Iterable[ViewFile]:
    graph = {name: sorted(view.reads & views.keys()) for name, view in views.items()}
    try:
        order = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise LineageError(f"cannot order views: they read each other: {circle}") from error
    return (views[name] for name in order)
