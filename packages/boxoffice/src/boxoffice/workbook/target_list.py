"""A list of daily targets: bytes -> amounts by day, or everything that is wrong with them. Pure.

Two columns, the day and the won, as .xlsx (first sheet) or as text (UTF-8 or CP949; comma,
semicolon or tab). The first row may be a heading. Days and numbers are read as in workbooks.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from boxoffice.workbook.book import Rejected
from boxoffice.workbook.cells import Cell, Sheet, text_cell
from boxoffice.workbook.container import open_container
from boxoffice.workbook.delimited import decoded
from boxoffice.workbook.findings import Code, Finding, quoted
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.refusal import UnreadableError
from boxoffice.workbook.values import day, whole
from boxoffice.workbook.xlsx import XlsxBook

MAX_TARGET_FILE_BYTES = 1024 * 1024
MAX_TARGET = 10**15
"""Won a day: a thousand times a big theatre's year."""

_LIMITS = Limits(
    member_bytes=8 * 1024 * 1024, total_bytes=16 * 1024 * 1024, rows=5000, columns=64, cells=20_000
)
_ZIP = b"PK\x03\x04"
_DAY, _AMOUNT = 1, 2


@dataclass(frozen=True, slots=True)
class TargetList:
    """Won by day, in the order of the file; at least one day."""

    amounts: Mapping[date, int]


def read_target_list(content: bytes) -> TargetList | Rejected:
    """The targets of a file, or all reasons why it cannot be read."""
    try:
        return _read(_sheet(content))
    except UnreadableError as error:
        return Rejected((error.finding,))


def _sheet(content: bytes) -> Sheet:
    if not content:
        raise UnreadableError(Code.FILE_EMPTY, "0 bytes")
    if len(content) > MAX_TARGET_FILE_BYTES:
        raise UnreadableError(Code.WORKBOOK_TOO_LARGE, f"{len(content):,} bytes; 1 MiB is taken")
    if content.startswith(_ZIP):
        book = XlsxBook(open_container(content, _LIMITS), _LIMITS)
        if not book.sheet_names:
            raise UnreadableError(Code.FILE_DAMAGED, "no sheet")
        return book.sheet(0)
    return _lines(decoded("targets", content))


def _lines(text: str) -> Sheet:
    header = text.partition("\n")[0]
    delimiter = next((mark for mark in "\t;" if mark in header), ",")
    rows: dict[int, dict[int, Cell]] = {}
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for values in lines:
            cells = {n: c for n, v in enumerate(values[:_AMOUNT], 1) if (c := text_cell(v))}
            rows[lines.line_num] = cells
            if len(rows) > _LIMITS.rows:
                raise UnreadableError(Code.WORKBOOK_TOO_LARGE, f"line {lines.line_num}")
    except csv.Error as error:
        raise UnreadableError(Code.FILE_DAMAGED, str(error)) from error
    return Sheet("targets", rows, is_lines=True)


def _read(sheet: Sheet) -> TargetList | Rejected:
    amounts: dict[date, int] = {}
    first_seen: dict[date, str] = {}
    errors: list[Finding] = []
    for row in sorted(sheet.rows):
        cells = sheet.rows[row]
        if not cells.keys() & {_DAY, _AMOUNT} or _is_heading(row, cells):
            continue
        when, amount = _day(sheet, row), _amount(sheet, row)
        errors += [found for found in (when, amount) if isinstance(found, Finding)]
        if isinstance(when, Finding):
            continue
        if when in first_seen:
            place = {"first": first_seen[when]}
            errors.append(_at(sheet, row, _DAY, Code.SALES_DATE_DUPLICATE, str(when), place))
            continue
        first_seen[when] = sheet.address(row, _DAY)
        if isinstance(amount, int):
            amounts[when] = amount
    if not amounts and not errors:
        errors.append(Finding(Code.NO_DATA_ROWS, sheet.name))
    return Rejected(tuple(errors)) if errors else TargetList(amounts)


def _is_heading(row: int, cells: Mapping[int, Cell]) -> bool:
    """The first row, where neither of its cells can be read."""
    amount = cells.get(_AMOUNT)
    return row == 1 and isinstance(whole(amount) if amount else Code.NUMBER_INVALID, Code)


def _day(sheet: Sheet, row: int) -> date | Finding:
    cell = sheet.rows[row].get(_DAY)
    if cell is None:
        return _at(sheet, row, _DAY, Code.REQUIRED_CELL_BLANK, "", {"marker": "date"})
    read = day(cell, sheet.serial_offset)
    return _at(sheet, row, _DAY, read, str(cell)) if isinstance(read, Code) else read


def _amount(sheet: Sheet, row: int) -> int | Finding:
    cell = sheet.rows[row].get(_AMOUNT)
    if cell is None:
        return _at(sheet, row, _AMOUNT, Code.REQUIRED_CELL_BLANK, "", {"marker": "target"})
    read = whole(cell)
    if not isinstance(read, Code) and not 0 <= read <= MAX_TARGET:
        read = Code.NUMBER_INVALID
    return _at(sheet, row, _AMOUNT, read, str(cell)) if isinstance(read, Code) else read


def _at(
    sheet: Sheet,
    row: int,
    column: int,
    code: Code,
    value: str,
    parameters: Mapping[str, str] | None = None,
) -> Finding:
    cell = sheet.address(row, column)
    return Finding(code, sheet.name, cell, quoted(value), row, parameters or {})
