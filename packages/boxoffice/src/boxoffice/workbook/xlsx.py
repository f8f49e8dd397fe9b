"""Reader of .xlsx and .xlsm: exact cell addresses, error cells, bounded work.

Why our own: docs/decisions/0010. A workbook is a zip of XML parts (ECMA-376). Read are the list
of sheets, the shared strings, the number formats (for per cent) and the sheets asked for; nothing
is computed, and the size a sheet declares for itself is not looked at.
"""

import posixpath
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from boxoffice.workbook.cells import (
    Cell,
    ErrorValue,
    Merge,
    Number,
    Sheet,
    Truth,
    Unresolved,
    text_cell,
)
from boxoffice.workbook.container import Container
from boxoffice.workbook.findings import Code
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.refusal import UnreadableError
from boxoffice.workbook.xml import Attributes, parse

EPOCH_1904_DAYS = 1462
"""Serial of 1904-01-01 in the usual system that counts from 1899-12-30."""
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial has no zone
SECONDS_PER_DAY = 86_400
_LONGEST_NUMBER, _LARGEST_EXPONENT = 64, 308  # a double has 17 digits and ends at 1e308
_LAST_ROW, _LAST_COLUMN, _MAX_MERGES = 1_048_576, 16_384, 100_000
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_PERCENT_FORMATS = frozenset({9, 10})
_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_TRUE = frozenset({"1", "true"})


class XlsxBook:
    """An open workbook: names of its sheets in order, each read when it is asked for."""

    def __init__(self, container: Container, limits: Limits) -> None:
        self._container = container
        self._limits = limits
        main = _main_part(container, limits)
        contents = _Contents()
        self._parse(main, contents)
        relations = _relations(container, main, limits)
        self._parts = [(name, relations.path(main, key)) for name, key in contents.sheets]
        self._offset = EPOCH_1904_DAYS if contents.counts_from_1904 else 0
        strings, styles = _Strings(), _Styles()
        self._parse(relations.path(main, "sharedStrings"), strings, needed=False)
        self._parse(relations.path(main, "styles"), styles, needed=False)
        self._strings = strings.texts
        self._percent_styles = styles.percent_styles()

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """Names as stored, hidden sheets included."""
        return tuple(name for name, _ in self._parts)

    def sheet(self, index: int) -> Sheet:
        """Read one sheet, counted from 0; `UnreadableError` when it is damaged or too large."""
        name, part = self._parts[index]
        rows = _Rows(part, self._strings, self._percent_styles, self._offset, self._limits)
        self._parse(part, rows)
        return Sheet(name, rows.rows, tuple(rows.merges), self._offset)

    def _parse(
        self, part: str, listener: "_Contents | _Strings | _Styles | _Rows", *, needed: bool = True
    ) -> None:
        data = self._container.read(part)
        if data is not None:
            parse(part, data, listener, self._limits)
        elif needed:
            raise UnreadableError(Code.FILE_DAMAGED, f"{part or 'sheet'} is missing")


def _main_part(container: Container, limits: Limits) -> str:
    """Path of the workbook part; without one the zip is something else."""
    relations = _Relations()
    data = container.read("_rels/.rels")
    if data is not None:
        parse("_rels/.rels", data, relations, limits)
    path = relations.path("", "officeDocument")
    if path not in container.names:
        raise UnreadableError(Code.NOT_A_WORKBOOK, "zip without workbook")
    return path


def _relations(container: Container, main: str, limits: Limits) -> "_Relations":
    """What the workbook part refers to."""
    folder, name = posixpath.split(main)
    part = posixpath.join(folder, "_rels", f"{name}.rels")
    data = container.read(part)
    if data is None:
        raise UnreadableError(Code.FILE_DAMAGED, f"{part} is missing")
    relations = _Relations()
    parse(part, data, relations, limits)
    return relations


class _Silent:
    """A listener for parts whose text does not matter."""

    def end(self, tag: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass


class _Relations(_Silent):
    """Targets of one part by the id of the relation, and by the last word of its type."""

    def __init__(self) -> None:
        self._targets: dict[str, str] = {}

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "Relationship":
            target = attributes.get("Target", "")
            self._targets[attributes.get("Id", "")] = target
            self._targets[attributes.get("Type", "").rpartition("/")[2]] = target

    def path(self, source: str, key: str) -> str:
        """Path in the container of what `source` refers to by `key`; empty when it does not."""
        target = self._targets.get(key)
        if target is None:
            return ""
        return posixpath.normpath(posixpath.join("/", posixpath.dirname(source), target)).lstrip(
            "/"
        )


class _Contents(_Silent):
    """The workbook part: sheets in order, and which day 0 is."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.counts_from_1904 = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "sheet":
            self.sheets.append((attributes.get("name", ""), attributes.get("id", "")))
        elif tag == "workbookPr":
            self.counts_from_1904 = attributes.get("date1904", "") in _TRUE


class _Styles(_Silent):
    """Which cell styles show a number in per cent."""

    def __init__(self) -> None:
        self._formats: dict[str, str] = {}
        self._used: list[str] = []
        self._in_cells = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            self._used.append(attributes.get("numFmtId", "0"))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._in_cells = False

    def percent_styles(self) -> frozenset[str]:
        """Numbers of the styles, as the attribute `s` of a cell writes them."""
        return frozenset(str(i) for i, used in enumerate(self._used) if self._is_percent(used))

    def _is_percent(self, identifier: str) -> bool:
        code = self._formats.get(identifier)
        if code is None:
            return (
                identifier.isascii()
                and identifier.isdigit()
                and int(identifier) in _PERCENT_FORMATS
            )
        return "%" in _LITERALS.sub("", code)


class _Strings:
    """Shared strings; the phonetic reading of East Asian text (`rPh`) is no part of it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._phonetic = False
        self._taking = False

    def start(self, tag: str, attributes: Attributes) -> None:  # noqa: ARG002 - Listener
        if tag == "si":
            self._pieces = []
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "t":
            self._taking = not self._phonetic

    def end(self, tag: str) -> None:
        if tag == "si":
            self.texts.append("".join(self._pieces))
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "t":
            self._taking = False

    def text(self, data: str) -> None:
        if self._taking:
            self._pieces.append(data)


class _Rows:
    """One sheet: keeps what its cells hold, counts it, and stops at the limits."""

    def __init__(
        self,
        part: str,
        strings: list[str],
        percent_styles: frozenset[str],
        serial_offset: int,
        limits: Limits,
    ) -> None:
        self.rows: dict[int, dict[int, Cell]] = {}
        self.merges: list[Merge] = []
        self._part, self._strings, self._percents = part, strings, percent_styles
        self._serial_offset, self._limits = serial_offset, limits
        self._columns: set[int] = set()
        self._stored_rows = self._stored_cells = 0
        self._row = self._column = 0
        self._kind = self._style = ""
        self._value: list[str] = []
        self._taking = self._phonetic = self._has_formula = self._has_value = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "c":
            self._start_cell(attributes)
        elif tag in {"v", "t"}:
            self._taking = not self._phonetic
            self._has_value = True
        elif tag == "f":
            self._has_formula = True
        elif tag == "row":
            self._start_row(attributes)
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        if tag in {"v", "t"}:
            self._taking = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "c":
            self._end_cell()

    def text(self, data: str) -> None:
        if self._taking:
            self._value.append(data)

    def _start_row(self, attributes: Attributes) -> None:
        written = attributes.get("r")
        self._row = self._row + 1 if written is None else _positive(written)
        self._column = 0
        self._stored_rows += 1
        if not 1 <= self._row <= _LAST_ROW:
            raise self._damaged(f"row {written}")
        if self._stored_rows > self._limits.rows:
            raise self._too_large(f"more than {self._limits.rows} rows")

    def _start_cell(self, attributes: Attributes) -> None:
        address = attributes.get("r")
        self._column = self._column + 1 if address is None else self._column_of(address)
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._value = []
        self._has_formula = self._has_value = False

    def _column_of(self, address: str) -> int:
        row, column = _position(address)
        if row != self._row or not 1 <= column <= _LAST_COLUMN:
            raise self._damaged(f"cell {address} in row {self._row}")
        return column

    def _end_cell(self) -> None:
        cell = self._cell("".join(self._value))
        if cell is None:
            return
        self._columns.add(self._column)
        self._stored_cells += 1
        if len(self._columns) > self._limits.columns:
            raise self._too_large(f"more than {self._limits.columns} columns")
        if self._stored_cells > self._limits.cells:
            raise self._too_large(f"more than {self._limits.cells} cells")
        row = self.rows.setdefault(self._row, {})
        if self._column in row:
            raise self._damaged(f"row {self._row} stores column {self._column} twice")
        row[self._column] = cell

    def _cell(self, value: str) -> Cell | None:
        if self._has_formula and not self._has_value:
            return Unresolved()
        try:
            return _DECODERS[self._kind](self, value)
        except (KeyError, IndexError, ValueError, InvalidOperation) as error:
            place = f"row {self._row}, column {self._column}"
            raise self._damaged(f'{place}: "{value[:40]}" as "{self._kind[:10]}"') from error

    def number(self, value: str) -> Cell | None:
        """A number; `<v/>` of a formula is a result that was never stored."""
        if not value.strip():
            return Unresolved() if self._has_formula else None
        number = Decimal(value.strip()[:_LONGEST_NUMBER])
        if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT:
            raise ValueError(value)
        return Number(number, is_percent=self._style in self._percents)

    def shared(self, value: str) -> Cell | None:
        """A text by its number in the table of shared strings."""
        if not value.strip():
            return None
        index = _positive(value)
        if index < 0:
            raise IndexError(value)
        return text_cell(self._strings[index])

    def written(self, value: str) -> Cell | None:
        """A text that stands in the cell itself, or is the result of a formula."""
        return text_cell(value)

    def truth(self, value: str) -> Cell | None:
        """TRUE or FALSE."""
        return Truth(value.strip() in _TRUE)

    def error(self, value: str) -> Cell | None:
        """An error."""
        return ErrorValue(value.strip())

    def day(self, value: str) -> Cell | None:
        """A date of ISO 8601 (`t="d"`), as the serial it would be."""
        if not value.strip():
            return None
        moment = datetime.fromisoformat(value.strip()).replace(tzinfo=None) - _EPOCH
        days = moment.days - self._serial_offset
        return Number(Decimal(days) + Decimal(moment.seconds) / SECONDS_PER_DAY)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        if len(self.merges) == _MAX_MERGES:
            raise self._too_large(f"more than {_MAX_MERGES} merged areas")
        (top, left), (bottom, right) = _position(first), _position(last or first)
        if not (1 <= top <= bottom and 1 <= left <= right):
            raise self._damaged(f"merged area {reference[:40]}")
        self.merges.append(Merge(top, left, bottom, right))

    def _damaged(self, what: str) -> UnreadableError:
        return UnreadableError(Code.FILE_DAMAGED, f"{self._part}: {what}")

    def _too_large(self, what: str) -> UnreadableError:
        return UnreadableError(Code.WORKBOOK_TOO_LARGE, f"{self._part}: {what}")


_DECODERS: dict[str, Callable[[_Rows, str], Cell | None]] = {
    "n": _Rows.number,
    "s": _Rows.shared,
    "str": _Rows.written,
    "inlineStr": _Rows.written,
    "b": _Rows.truth,
    "e": _Rows.error,
    "d": _Rows.day,
}
"""By the attribute `t` of a cell (ECMA-376, ST_CellType)."""


def _positive(digits: str) -> int:
    """A whole number as a file writes it, -1 for anything else; bounded, as int() is not."""
    text = digits.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else -1


def _position(address: str) -> tuple[int, int]:
    """(row, column) of `D17`, counted from 1; (0, 0) for what is no address."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return 0, 0
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column
