"""A report for a terminal: columns in line, long texts below their row, no markup."""

from collections.abc import Iterator
from typing import Final

from usher.api.text import fit, printable, width
from usher.incidents.report import Report, Section, Table

_GAP: Final = "  "
_INDENT: Final = "  "

NARROWEST: Final = 40
"""Columns below which nothing is wrapped any further."""


def plain(report: Report, columns: int) -> Iterator[str]:
    """Every line, each at most so wide where its words allow it."""
    wide = max(columns, NARROWEST)
    yield from wrapped(report.title, wide)
    yield from wrapped(report.note, wide)
    for section in report.sections:
        yield ""
        yield from _section(section, wide)


def _section(section: Section, columns: int) -> Iterator[str]:
    title = printable(section.title)
    yield from wrapped(title if section.is_part else title.upper(), columns)
    for line in section.lines:
        yield from wrapped(line, columns, _INDENT)
    for item in section.items:
        yield from wrapped(item, columns, _INDENT, "- ")
    if section.table is not None:
        yield from _table(section.table, columns)
    for command in section.code:
        yield f"{_INDENT}{command}"


def _table(table: Table, columns: int) -> Iterator[str]:
    """Rows in columns; the last column takes what room is left, on further lines if need be."""
    rows = [tuple(map(_flat, row)) for row in (*([table.head] if table.head else ()), *table.rows)]
    if not rows:
        return
    sizes = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))]
    before = len(_INDENT) + sum(size + len(_GAP) for size in sizes[:-1])
    if before > columns * 2 // 3:
        yield from _records(rows, bool(table.head), columns)
        return
    for row in rows:
        begin = _INDENT + "".join(
            fit(cell, size) + _GAP for cell, size in zip(row[:-1], sizes[:-1], strict=True)
        )
        yield from wrapped(row[-1], columns, " " * before, begin=begin)


def _records(rows: list[tuple[str, ...]], has_head: bool, columns: int) -> Iterator[str]:
    """Each row as a paragraph, where the columns of a table would not fit side by side."""
    head = rows[0] if has_head else ()
    for row in rows[1:] if has_head else rows:
        first, *rest = row
        yield from wrapped(first, columns, _INDENT)
        for at, cell in enumerate(rest, start=1):
            name = f"{head[at]}: " if head else ""
            if cell:
                yield from wrapped(f"{name}{cell}", columns, _INDENT * 2)


def _flat(text: str) -> str:
    return printable(" ".join(text.split()))


def wrapped(
    text: str, columns: int, indent: str = "", mark: str = "", *, begin: str | None = None
) -> Iterator[str]:
    """Break a text between words; `begin` stands before its first line in place of the indent.

    A word that is wider than a line stays whole: it is a path or a command, to be copied.
    """
    line = (indent if begin is None else begin) + mark
    rest = indent + " " * len(mark)
    is_empty = True
    for word in map(printable, text.split()):
        if not is_empty and width(line) + 1 + width(word) > columns:
            yield line
            line, is_empty = rest, True
        line += word if is_empty else f" {word}"
        is_empty = False
    yield line.rstrip()
