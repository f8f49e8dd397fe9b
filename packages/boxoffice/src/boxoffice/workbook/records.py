"""Rows of a sheet -> records: which rows hold data, and what their cells say.

A row is data when its date cell is a date. What is unclear is never dropped: it is an error with
its place, or a note when the row is a total, has no date, or lies after the record date.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from boxoffice.workbook import values
from boxoffice.workbook.cells import (
    Cell,
    ErrorValue,
    Merge,
    Number,
    Sheet,
    Text,
    Unresolved,
    merge_at,
)
from boxoffice.workbook.columns import Columns
from boxoffice.workbook.findings import Code, Finding, Findings, quoted
from boxoffice.workbook.layout import TIME_MARKER, Kind, SheetLayout
from boxoffice.workbook.seats import SeatClass

_TOTAL_LABELS = frozenset(
    {"합계", "총합계", "총계", "소계", "계", "누계", "total", "subtotal", "sum"}
)
_MERGED = {
    "hint_ko": " 병합된 셀입니다. 병합을 푸세요.",
    "hint_en": " (the cell is merged; unmerge it)",
}
_NAMED_CELLS = 20
"""Cells that a finding about many rows names; the rest are counted."""


@dataclass(slots=True)
class Record:
    """What the marked cells of one data row say; what was an error is absent."""

    row: int
    day: date
    times: dict[str, time] = field(default_factory=dict[str, time])
    wholes: dict[str, int] = field(default_factory=dict[str, int])
    shares: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    classes: dict[str, dict[SeatClass, int]] = field(
        default_factory=dict[str, dict[SeatClass, int]]
    )
    cast: tuple[str, ...] = ()


class RecordReader:
    """Reads one sheet whose columns are known."""

    def __init__(
        self, sheet: Sheet, layout: SheetLayout, columns: Columns, found: Findings
    ) -> None:
        self._sheet, self._layout, self._columns, self._found = sheet, layout, columns, found
        self._others = columns.others
        wanted = self._others if columns.date is None else self._others | {columns.date}
        self._merges = {column: sheet.merges_over(column) for column in wanted}

    def read(self, record_date: date) -> list[Record]:
        """All records; in a sheet that ends there, only those up to the record date."""
        late = _LateRows(self._sheet, self._layout, record_date)
        records: list[Record] = []
        for row, day, cells in self._data_rows():
            if self._layout.ends_at_record_date and day > record_date:
                late.add(row, cells)
            else:
                records.append(self._record(row, day, cells))
        late.report(self._found)
        return records

    def _data_rows(self) -> Iterator[tuple[int, date, Mapping[int, Cell]]]:
        """Row number, day and marked cells (without the date) of every data row."""
        column = self._columns.date
        if column is None:
            return
        for row in sorted(self._sheet.rows):
            if row <= self._sheet.marker_row:
                continue
            stored = self._sheet.rows[row]
            cells = {c: cell for c, cell in stored.items() if c in self._others}
            day = self._day(row, column, stored.get(column), cells)
            if day is not None:
                yield row, day, cells

    def _day(
        self, row: int, column: int, cell: Cell | None, cells: Mapping[int, Cell]
    ) -> date | None:
        """The day of a data row; None for another row, which is noted or reported here."""
        if cell is None:
            merge = merge_at(self._merges[column], row)
            if merge is not None and cells:
                return self._merged_day(row, column, merge, cells)
            if cells:
                self._note(Code.BLANK_DATE_SKIPPED, row, column, "")
            return None
        if _is_total_cell(cell):
            self._note(Code.SUBTOTAL_ROW_SKIPPED, row, column, str(cell))
            return None
        if values.is_zero(cell) and all(values.is_zero(other) for other in cells.values()):
            if cells:
                self._note(Code.BLANK_DATE_SKIPPED, row, column, "0")
            return None
        day = values.day(cell, self._sheet.serial_offset)
        if isinstance(day, date):
            return day
        if isinstance(cell, Number) or any(_counts(other) for other in cells.values()):
            self._error(day, row, column, str(cell))
        return None

    def _merged_day(
        self, row: int, column: int, merge: Merge, cells: Mapping[int, Cell]
    ) -> date | None:
        """A date merged down over several rows counts for each; merged sideways it is hidden."""
        first = self._sheet.rows.get(merge.first_row, {}).get(merge.first_column)
        starts_here = merge.first_column == column and merge.first_row > self._sheet.marker_row
        if first is not None and (starts_here or _is_total_cell(first)):
            return self._day(row, column, first, cells)
        if first is None:
            self._note(Code.BLANK_DATE_SKIPPED, row, column, "")
        elif any(_counts(other) for other in cells.values()):
            self._error(Code.DATE_INVALID, row, column, str(first), _MERGED)
        return None

    def _record(self, row: int, day: date, cells: Mapping[int, Cell]) -> Record:
        record = Record(row, day, cast=self._cast(row, cells))
        for marker, column in self._columns.required.items():
            self._required(record, marker, column, cells.get(column))
        for family, classes in self._columns.families.items():
            record.classes[family] = self._classes(row, classes, cells)
        return record

    def _required(self, record: Record, marker: str, column: int, cell: Cell | None) -> None:
        kind = self._layout.required[marker]
        if kind is Kind.DATE:
            return
        if cell is None:
            code = Code.TIME_INVALID if marker == TIME_MARKER else Code.REQUIRED_CELL_BLANK
            self._blank(code, record.row, column, marker)
        elif kind is Kind.TIME:
            at = values.time_of_day(cell)
            if isinstance(at, Code):
                self._error(at, record.row, column, str(cell))
            else:
                record.times[marker] = at
        elif kind is Kind.SHARE:
            self._share(record, marker, column, cell)
        else:
            number = self._whole(record.row, column, cell)
            if number is not None:
                record.wholes[marker] = number

    def _share(self, record: Record, marker: str, column: int, cell: Cell) -> None:
        share = values.share(cell)
        if isinstance(share, Code):
            self._error(share, record.row, column, str(cell))
            return
        record.shares[marker] = share.percent
        shown = f"{share.percent.normalize():f}"
        if share.taken_as_percent:
            self._warn(Code.SHARE_AS_PERCENT, record.row, column, str(cell))
        if share.percent > 100:
            self._warn(Code.SHARE_OVER_100, record.row, column, shown)

    def _classes(
        self, row: int, columns: Mapping[SeatClass, int], cells: Mapping[int, Cell]
    ) -> dict[SeatClass, int]:
        counts: dict[SeatClass, int] = {}
        for seat_class, column in columns.items():
            cell = cells.get(column)
            number = self._whole(row, column, cell) if cell is not None else None
            if number is not None:
                counts[seat_class] = number
            elif cell is None and self._is_hidden(row, column):
                self._blank(Code.REQUIRED_CELL_BLANK, row, column, seat_class)
            elif cell is None and self._layout.blank_class_is_zero:
                counts[seat_class] = 0
        return counts

    def _cast(self, row: int, cells: Mapping[int, Cell]) -> tuple[str, ...]:
        """Names in column order; blanks add nothing, a comma inside a name is part of it."""
        members: list[str] = []
        for column in self._columns.cast:
            cell = cells.get(column)
            if isinstance(cell, ErrorValue | Unresolved):
                self._error(values.unusable(cell), row, column, str(cell))
            elif cell is not None:
                members.append(_name(str(cell)))
            elif self._is_hidden(row, column):
                self._blank(Code.REQUIRED_CELL_BLANK, row, column, "dash_cast")
        return tuple(member for member in members if member)

    def _whole(self, row: int, column: int, cell: Cell) -> int | None:
        number = values.whole(cell)
        if isinstance(number, Code):
            self._error(number, row, column, str(cell))
            return None
        if number < 0:
            self._warn(Code.NEGATIVE_VALUE, row, column, str(number))
        return number

    def _is_hidden(self, row: int, column: int) -> bool:
        """The cell is part of a merged area and not its first one, which alone has the value."""
        merge = merge_at(self._merges[column], row)
        return merge is not None and (row, column) != (merge.first_row, merge.first_column)

    def _blank(self, code: Code, row: int, column: int, marker: str) -> None:
        hints = _MERGED if self._is_hidden(row, column) else {}
        self._error(code, row, column, "", {"marker": marker, **hints})

    def _error(
        self, code: Code, row: int, column: int, value: str, words: Mapping[str, str] | None = None
    ) -> None:
        self._found.errors.append(self._finding(code, row, column, value, words or {}))

    def _warn(self, code: Code, row: int, column: int, value: str) -> None:
        self._found.warnings.append(self._finding(code, row, column, value, {}))

    def _note(self, code: Code, row: int, column: int, value: str) -> None:
        self._found.notes.append(self._finding(code, row, column, value, {}))

    def _finding(
        self, code: Code, row: int, column: int, value: str, words: Mapping[str, str]
    ) -> Finding:
        cell = self._sheet.address(row, column)
        return Finding(code, self._layout.name, cell, quoted(value), row, words)


class _LateRows:
    """Rows after the record date, told in one finding a sheet (two where some carry numbers)."""

    def __init__(self, sheet: Sheet, layout: SheetLayout, record_date: date) -> None:
        self._sheet, self._layout, self._record_date = sheet, layout, record_date
        self._empty: list[str] = []
        self._carrying: list[str] = []
        self._carrying_rows = 0

    def add(self, row: int, cells: Mapping[int, Cell]) -> None:
        """Remember a row and those of its cells that hold a number other than 0."""
        carrying = [
            self._sheet.address(row, column)
            for column, cell in sorted(cells.items())
            if values.is_number(cell) and not values.is_zero(cell)
        ]
        if carrying:
            self._carrying.extend(carrying)
            self._carrying_rows += 1
        else:
            self._empty.append(f"line {row}" if self._sheet.is_lines else f"row {row}")

    def report(self, found: Findings) -> None:
        """Write the findings."""
        if self._carrying:
            found.warnings.append(self._finding(self._carrying, self._carrying_rows))
        if self._empty:
            found.notes.append(self._finding(self._empty, len(self._empty)))

    def _finding(self, places: list[str], rows: int) -> Finding:
        named = ", ".join(places[:_NAMED_CELLS]) + (" …" if len(places) > _NAMED_CELLS else "")
        words = {"count": str(rows), "record_date": self._record_date.isoformat()}
        code = Code.ROWS_AFTER_RECORD_DATE
        return Finding(code, self._layout.name, places[0], named, parameters=words)


def _is_total_cell(cell: Cell) -> bool:
    if not isinstance(cell, Text):
        return False
    label = "".join(unicodedata.normalize("NFKC", cell.value).split())
    return label.lower() in _TOTAL_LABELS


def _counts(cell: Cell) -> bool:
    """The cell makes its row matter: a number, or what should have been one."""
    return isinstance(cell, ErrorValue | Unresolved) or values.is_number(cell)


def _name(text: str) -> str:
    """A person's name: NFC, single blanks, no control characters."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(unicodedata.normalize("NFC", printable).split())
