"""The whole reading: bytes of an uploaded file -> sales, or everything that is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from boxoffice.workbook.cells import Sheet, column_letters
from boxoffice.workbook.checks import Checked, check_capacity, check_class_sums, check_duplicates
from boxoffice.workbook.columns import find_columns, normalised, renamed
from boxoffice.workbook.container import open_container
from boxoffice.workbook.delimited import CsvPair
from boxoffice.workbook.findings import Code, Finding, Findings, in_order, quoted
from boxoffice.workbook.layout import BookLayout, SheetLayout, other_layout
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.records import Record, RecordReader
from boxoffice.workbook.refusal import UnreadableError
from boxoffice.workbook.rows import Sales
from boxoffice.workbook.sales import sales_of
from boxoffice.workbook.xlsx import XlsxBook

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Book(Protocol):
    """What is asked of a reader: the names of the sheets, and one of them at a time."""

    @property
    def sheet_names(self) -> Sequence[str]:
        """Names as stored."""
        ...

    def sheet(self, index: int) -> Sheet:
        """The sheet of that number, counted from 0."""
        ...


Places = Mapping[str, Mapping[str, str]]
"""Sheet -> marker -> column: with the row that a record keeps, the cell of every figure."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The file can be imported."""

    sales: Sales
    places: Places
    warnings: tuple[Finding, ...]
    notes: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """The file cannot be imported; `errors` (at least one) are in order of judgement."""

    errors: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known about the file before it is opened."""

    layout: BookLayout
    """Which kind of workbook it must be."""
    record_date: date
    seats_per_show: int | None
    """Seats of the house for one show, where known: makes two of the checks possible."""


class OpenXls(Protocol):
    """How an .xls is opened: with a library that may end the process it runs in (`xls`)."""

    def __call__(self, content: bytes, limits: Limits) -> Book:
        """The book; `UnreadableError` says why not."""
        ...


def read_book(
    content: bytes, extension: str, expected: Expectation, limits: Limits, open_xls: OpenXls
) -> Accepted | Rejected:
    """Read a file. `extension` is lower case without dot; the content decides between workbooks."""
    found = Findings()
    layout = expected.layout
    daily = shows = _NOTHING
    try:
        book = _open(content, extension, layout, limits, open_xls)
        daily = _read_sheet(book, layout, layout.daily, expected, found)
        shows = _read_sheet(book, layout, layout.shows, expected, found)
    except UnreadableError as error:
        found.errors.append(error.finding)
    if found.errors:
        return Rejected(in_order(found.errors))
    sales = sales_of(layout, daily.records, shows.records)
    places = {**daily.places, **shows.places}
    return Accepted(sales, places, in_order(found.warnings), in_order(found.notes))


def _open(
    content: bytes, extension: str, layout: BookLayout, limits: Limits, open_xls: OpenXls
) -> Book:
    if not content:
        raise UnreadableError(Code.FILE_EMPTY, "0 bytes")
    if extension == "csv":
        raise UnreadableError(Code.CSV_INCOMPLETE, "one CSV file")
    if content.startswith(_ZIP):
        if extension == "zip":
            return CsvPair(content, layout.sheet_names, limits)
        return XlsxBook(open_container(content, limits), limits)
    if content.startswith(_OLE):
        return open_xls(content, limits)
    raise UnreadableError(Code.NOT_A_WORKBOOK, f"it begins with bytes {content[:8].hex(' ')}")


@dataclass(frozen=True, slots=True)
class _SheetRead:
    records: Sequence[Record]
    places: Places


_NOTHING = _SheetRead((), {})


def _read_sheet(
    book: Book,
    layout: BookLayout,
    sheet_layout: SheetLayout,
    expected: Expectation,
    found: Findings,
) -> _SheetRead:
    errors_before = len(found.errors)
    sheet = _find_sheet(book, layout, sheet_layout, found)
    columns = find_columns(sheet, sheet_layout, found) if sheet else None
    if sheet is None or columns is None:
        return _NOTHING
    records = RecordReader(sheet, sheet_layout, columns, found).read(expected.record_date)
    checked = Checked(sheet, sheet_layout, columns, records)
    check_duplicates(checked, found)
    check_class_sums(checked, found)
    if not sheet_layout.ends_at_record_date:
        check_capacity(checked, expected.seats_per_show, found)
    if not records and len(found.errors) == errors_before:
        ends = sheet_layout.ends_at_record_date
        until = f"on or before {expected.record_date}" if ends else ""
        found.errors.append(Finding(Code.NO_DATA_ROWS, sheet_layout.name, value=until))
    letters = {marker: column_letters(column) for marker, column in columns.markers.items()}
    return _SheetRead(records, {sheet_layout.name: letters})


def _find_sheet(
    book: Book, layout: BookLayout, sheet_layout: SheetLayout, found: Findings
) -> Sheet | None:
    wanted = normalised(sheet_layout.name)
    names = book.sheet_names
    matches = [index for index, name in enumerate(names) if normalised(name) == wanted]
    if not matches:
        found.errors.append(_missing_sheet(names, layout, sheet_layout))
        return None
    if len(matches) > 1:
        cells = ", ".join(f'"{quoted(names[index])}"' for index in matches)
        words = {"cells": cells, "thing": "시트가"}
        name = sheet_layout.name
        found.errors.append(Finding(Code.MARKER_DUPLICATE, name, value=name, parameters=words))
        return None
    name = names[matches[0]]
    if name != sheet_layout.name:
        found.notes.append(renamed(sheet_layout.name, "", name, sheet_layout.name))
    return book.sheet(matches[0])


def _missing_sheet(names: Sequence[str], layout: BookLayout, sheet_layout: SheetLayout) -> Finding:
    other = other_layout(layout)
    present = {normalised(name) for name in names}
    words: dict[str, str] = {}
    if present & {normalised(name) for name in other.sheet_names}:
        korean, english = other.title
        words = {
            "hint_ko": f" {korean} 양식입니다.",
            "hint_en": f" (this is the layout of {english})",
        }
    value = quoted(", ".join(names))
    return Finding(Code.SHEET_MISSING, sheet_layout.name, value=value, parameters=words)
