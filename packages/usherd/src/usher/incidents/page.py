"""A report as one HTML page that needs nothing else; it follows the reader's light or dark."""

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from usher.incidents.report import Report, Section, Table

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2126; --soft: #59636e; --paper: #f6f7f9;
  --card: #fff; --line: #dfe3e8; --code: #f0f2f5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --soft: #9aa4af;
  --paper: #14171a; --card: #1d2126; --line: #343b43; --code: #14171a; } }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, "Noto Sans CJK KR", "Noto Sans KR", sans-serif;
  color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; word-break: keep-all;
  overflow-wrap: break-word; }
td:last-child, li, p, h1, h3 { overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 0.25rem; }
h2 { font-size: 1.1rem; margin: 0 0 0.5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; }
p { margin: 0.35rem 0; } .note { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  margin: 1rem 0; padding: 1rem 1.25rem; }
ul { margin: 0.35rem 0; padding-left: 1.25rem; } li { margin: 0.2rem 0; }
table { border-collapse: collapse; width: 100%; margin: 0.35rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 1rem 0.4rem 0;
  border-bottom: 1px solid var(--line); }
tr:last-child > * { border-bottom: 0; }
th { color: var(--soft); font-weight: 600; } td.at, th.name { white-space: nowrap; }
pre { background: var(--code); border-radius: 6px; padding: 0.75rem; margin: 0;
  overflow-x: auto; }
@media (max-width: 40rem) {
  table.list thead { display: none; }
  table.list tr { display: block; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  table.list tr:last-child { border-bottom: 0; }
  table.list td { display: block; border: 0; padding: 0.1rem 0; }
  table.list td[data-name]::before { content: attr(data-name) " "; color: var(--soft); }
  table.list td:empty { display: none; }
  table.facts tr { display: block; padding: 0.35rem 0; border-bottom: 1px solid var(--line); }
  table.facts th, table.facts td { display: block; border: 0; padding: 0; }
}
@media print { body { background: none; } section { break-inside: avoid; } }
"""


def page(report: Report, language: str) -> str:
    """The whole page; every text in it is escaped."""
    title = escape(report.title)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f'<body><h1>{title}</h1><p class="note">{escape(report.note)}</p>'
        f"{''.join(_cards(report))}</body></html>\n"
    )


def _cards(report: Report) -> Iterator[str]:
    """A card for each section with its parts."""
    for number, section in enumerate(report.sections):
        if not section.is_part:
            yield "</section><section>" if number else "<section>"
        yield from _section(section)
    yield "</section>"


def _section(section: Section) -> Iterator[str]:
    level = "h3" if section.is_part else "h2"
    yield f"<{level}>{escape(section.title)}</{level}>"
    for line in section.lines:
        yield f"<p>{_text(line)}</p>"
    if section.items:
        yield "<ul>" + "".join(f"<li>{_text(item)}</li>" for item in section.items) + "</ul>"
    if section.table is not None:
        yield from _list(section.table) if section.table.head else _facts(section.table)
    if section.code:
        yield f"<pre>{escape(chr(10).join(section.code))}</pre>"


def _text(text: str) -> str:
    """A sentence; what stands between backticks is a command."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _facts(table: Table) -> Iterator[str]:
    yield '<table class="facts">'
    for name, *values in table.rows:
        cells = "".join(f"<td>{escape(value)}</td>" for value in values)
        yield f'<tr><th class="name">{escape(name)}</th>{cells}</tr>'
    yield "</table>"


def _list(table: Table) -> Iterator[str]:
    """A narrow screen shows each row as a paragraph, with the names of its later columns."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    yield f'<table class="list"><thead><tr>{head}</tr></thead><tbody>'
    for first, second, *rest in table.rows:
        names = table.head[2:]
        cells = "".join(
            f'<td data-name="{escape(name)}">{escape(cell)}</td>' if cell else "<td></td>"
            for name, cell in zip(names, rest, strict=True)
        )
        yield f'<tr><td class="at">{escape(first)}</td><td>{escape(second)}</td>{cells}</tr>'
    yield "</tbody></table>"
