"""A report as one HTML page that needs nothing else."""

from collections.abc import Iterator
from html import escape
from typing import Final

from usher.incidents.report import Report, Section, Table

_STYLE: Final = """
body { font: 16px/1.5 system-ui, "Noto Sans CJK KR", sans-serif; color: #1d2126;
  background: #f6f7f9;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
section { background: #fff; border: 1px solid #dfe3e8; border-radius: 8px; margin: 1rem 0;
  padding: 0.5rem 1.25rem 1rem; overflow-x: auto; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0;
  border-bottom: 1px solid #eceff2; overflow-wrap: anywhere; }
tr > :first-child { white-space: nowrap; }
pre { background: #f0f2f5; border-radius: 6px; padding: 0.75rem; }
"""


def page(report: Report, language: str) -> str:
    """The whole page; every text in it is escaped."""
    sections = "".join(f"<section>{''.join(_section(each))}</section>" for each in report.sections)
    title = escape(report.title)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{title}</h1>{sections}</body></html>\n"
    )


def _section(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.title)}</h2>"
    for line in section.lines:
        yield f"<p>{escape(line)}</p>"
    if section.table is not None:
        yield from _table(section.table)
    if section.code:
        yield f"<pre>{escape(chr(10).join(section.code))}</pre>"


def _table(table: Table) -> Iterator[str]:
    yield "<table>"
    if table.head:
        yield "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in table.head) + "</tr>"
    for row in table.rows:
        first, *rest = row
        mark = "td" if table.head else "th"
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        yield f"<tr><{mark}>{escape(first)}</{mark}>{cells}</tr>"
    yield "</table>"
