"""A report as Markdown, to paste where a team keeps such things."""

from collections.abc import Iterator

from usher.incidents.report import Report, Section, Table


def markdown(report: Report) -> str:
    """The whole text."""
    lines = [f"# {_plain(report.title)}", "", _plain(report.note), ""]
    for section in report.sections:
        lines += _section(section)
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"{'###' if section.is_part else '##'} {_plain(section.title)}"
    yield ""
    for line in section.lines:
        yield _plain(line)
        yield ""
    if section.items:
        yield from (f"- {_plain(item)}" for item in section.items)
        yield ""
    if section.table is not None:
        yield from _table(section.table)
        yield ""
    if section.code:
        yield from ("```sh", *section.code, "```", "")


def _table(table: Table) -> Iterator[str]:
    width = len(table.head) or max(len(row) for row in table.rows)
    head = table.head or ("",) * width
    yield f"| {' | '.join(map(_cell, head))} |"
    yield "|" + "---|" * width
    for row in table.rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _plain(text: str) -> str:
    """One line, in which nothing is markup: details quote logs, and logs quote anything."""
    flat = " ".join(text.split())
    return "".join(f"\\{char}" if char in "\\`*_[]<>#" else char for char in flat)


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")
