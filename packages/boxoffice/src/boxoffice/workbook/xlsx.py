"""Reader of .xlsx and .xlsm: exact cell addresses, error cells, bounded work.

Why our own: docs/decisions/0010. A workbook is a zip of XML parts (ECMA-376). Read are the list
of sheets, the shared strings, the number formats (for per cent) and the sheets asked for; nothing
is computed, and the size a sheet declares for itself is not looked at.
"""

import posixpath
import re

from boxoffice.workbook.cells import Sheet
from boxoffice.workbook.container import Container
from boxoffice.workbook.findings import Code
from boxoffice.workbook.limits import Limits
from boxoffice.workbook.refusal import UnreadableError
from boxoffice.workbook.xlsx_rows import TRUE_WORDS, RowsListener
from boxoffice.workbook.xml import Attributes, Listener, local_name, parse

EPOCH_1904_DAYS = 1462
"""Serial of 1904-01-01 in the usual system that counts from 1899-12-30."""
_PERCENT_FORMATS = frozenset({9, 10})
_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


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
        rows = RowsListener(part, self._strings, self._percent_styles, self._offset, self._limits)
        self._parse(part, rows)
        return Sheet(name, rows.rows, tuple(rows.merges), self._offset)

    def _parse(self, part: str, listener: Listener, *, needed: bool = True) -> None:
        stream = self._container.open(part)
        if stream is not None:
            parse(part, stream, listener, self._limits)
        elif needed:
            raise UnreadableError(Code.FILE_DAMAGED, f"{part or 'sheet'} is missing")


def _main_part(container: Container, limits: Limits) -> str:
    """Path of the workbook part; without one the zip is something else."""
    relations = _Relations()
    stream = container.open("_rels/.rels")
    if stream is not None:
        parse("_rels/.rels", stream, relations, limits)
    path = relations.path("", "officeDocument")
    if path not in container.names:
        raise UnreadableError(Code.NOT_A_WORKBOOK, "zip without workbook")
    return path


def _relations(container: Container, main: str, limits: Limits) -> "_Relations":
    """What the workbook part refers to."""
    folder, name = posixpath.split(main)
    part = posixpath.join(folder, "_rels", f"{name}.rels")
    stream = container.open(part)
    if stream is None:
        raise UnreadableError(Code.FILE_DAMAGED, f"{part} is missing")
    relations = _Relations()
    parse(part, stream, relations, limits)
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
            ids = [value for name, value in attributes.items() if local_name(name) == "id"]
            self.sheets.append((attributes.get("name", ""), "".join(ids[:1])))
        elif tag == "workbookPr":
            self.counts_from_1904 = attributes.get("date1904", "") in TRUE_WORDS


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
