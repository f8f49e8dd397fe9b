"""Reader of CSV: a ZIP of `<name>.daily.csv` and `<name>.shows.csv`, markers in the header line.

UTF-8 (a byte order mark is allowed) or CP949, comma or tab. A line of the file is a row.
"""

import csv
import io
from collections.abc import Sequence

from boxoffice.workbook.cells import Cell, Sheet, text_cell
from boxoffice.workbook.container import open_container
from boxoffice.workbook.findings import Code
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.pairs import DAILY, SHOWS
from boxoffice.workbook.refusal import UnreadableError

_SUFFIXES = (DAILY, SHOWS)


class CsvPair:
    """The two tables of a performance as two sheets, named as the workbook would name them."""

    def __init__(self, content: bytes, sheet_names: Sequence[str], limits: Limits) -> None:
        self.sheet_names = tuple(sheet_names)
        self._limits = limits
        self._container = open_container(content, limits)
        self._members = [self._member(suffix) for suffix in _SUFFIXES]

    def sheet(self, index: int) -> Sheet:
        """Read the days (0) or the shows (1); `UnreadableError` when it is no text or too large."""
        name = self._members[index]
        text = decoded(name, self._container.archive.read(name))
        header = text.partition("\n")[0]
        delimiter = "\t" if "\t" in header else ","
        rows: dict[int, dict[int, Cell]] = {}
        try:
            lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            for values in lines:
                cells = {
                    i: c for i, v in enumerate(values, start=1) if (c := text_cell(v)) is not None
                }
                rows[lines.line_num] = cells
                if len(rows) > self._limits.rows or len(values) > self._limits.columns:
                    raise UnreadableError(Code.WORKBOOK_TOO_LARGE, f"{name}, line {lines.line_num}")
        except csv.Error as error:
            raise UnreadableError(Code.FILE_DAMAGED, f"{name}: {error}") from error
        return Sheet(self.sheet_names[index], rows, marker_row=1, is_lines=True)

    def _member(self, suffix: str) -> str:
        found = sorted(n for n in self._container.names if n.lower().endswith(suffix))
        if len(found) != 1:
            reason = f"{len(found)} files end in {suffix}"
            raise UnreadableError(Code.CSV_INCOMPLETE, reason)
        return found[0]


def decoded(name: str, data: bytes) -> str:
    """UTF-8 is tried first: text in CP949 is practically never valid UTF-8 by accident."""
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError(Code.FILE_DAMAGED, f"{name}: neither UTF-8 nor CP949")
