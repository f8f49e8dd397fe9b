"""Workbooks written part by part, so that a test can store what no well-behaved writer would."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from xml.sax.saxutils import escape

import pytest

from boxoffice.ingest.reading import read_apart
from boxoffice.workbook import PLAY_BOOK, Accepted, Expectation, Limits, Rejected, read_book
from boxoffice.workbook.delivery import Order
from boxoffice.workbook.layout import CONCERT_BOOK, BookLayout
from boxoffice.workbook.xls import open_xls

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PERCENT_STYLE = "1"
OLE = b"\xd0\xcf\x11\xe0"

Value = int | float | str | None
Rows = Mapping[int, str]
WriteBook = Callable[..., bytes]
Read = Callable[..., Accepted | Rejected]


def _cell(address: str, word: str) -> str:
    """`5`, `0.5%`, `#REF!`, `=` (formula without result), `'text`, or any other text."""
    if word == "=":
        return f'<c r="{address}"><f>SUM(A1:A2)</f></c>'
    if word.startswith("#"):
        return f'<c r="{address}" t="e"><v>{escape(word)}</v></c>'
    if word.endswith("%"):
        return f'<c r="{address}" s="{PERCENT_STYLE}"><v>{word[:-1]}</v></c>'
    try:
        float(word)
    except ValueError:
        text = escape(word.removeprefix("'"))
        return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f'<c r="{address}"><v>{word}</v></c>'


def _sheet(rows: Rows, merges: tuple[str, ...], first_column: str) -> str:
    lines = []
    for number, words in sorted(rows.items()):
        cells = [
            _cell(f"{chr(ord(first_column) + index)}{number}", word)
            for index, word in enumerate(words.split("|"))
            if word != "-"
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in merges)
    return (
        f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/>'
        f"<sheetData>{''.join(lines)}</sheetData><mergeCells>{merged}</mergeCells></worksheet>"
    )


def _zipped(parts: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def zipped() -> Callable[[Mapping[str, str]], bytes]:
    """Members by name -> a zip."""
    return _zipped


@pytest.fixture(scope="session")
def write_book() -> WriteBook:
    """`write_book({sheet: {row: "cell|cell|-"}})`: `-` is an absent cell, see `_cell`."""

    def write(
        sheets: Mapping[str, Rows],
        *,
        merges: Mapping[str, tuple[str, ...]] | None = None,
        first_column: str = "A",
        counts_from_1904: bool = False,
        **parts: str,
    ) -> bytes:
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>'
            for i, name in enumerate(sheets, start=1)
        )
        targets = "".join(
            f'<Relationship Id="rId{i}" Type="{DOCUMENT}/worksheet" Target="sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        contents = {
            "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="x" '
            f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><workbookPr '
            f'date1904="{int(counts_from_1904)}"/><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{targets}'
            f'<Relationship Id="s" Type="{DOCUMENT}/styles" Target="/xl/styles.xml"/>'
            "</Relationships>",
            "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/>'
            '<xf numFmtId="10"/></cellXfs></styleSheet>',
        }
        for index, (name, rows) in enumerate(sheets.items(), start=1):
            areas = (merges or {}).get(name, ())
            contents[f"xl/sheet{index}.xml"] = _sheet(rows, areas, first_column)
        return _zipped({**contents, **parts})

    return write


@pytest.fixture(scope="session")
def read() -> Read:
    """`read(content)`: a play's workbook as of 2025-07-08, unless said otherwise.

    An .xls is read in the process of its own: its library may end the one it runs in.
    """

    def read_content(
        content: bytes,
        *,
        layout: BookLayout = PLAY_BOOK,
        record_date: date = date(2025, 7, 8),
        seats_per_show: int | None = None,
        extension: str = "xlsx",
        limits: Limits | None = None,
    ) -> Accepted | Rejected:
        if content.startswith(OLE):
            is_concert = layout is CONCERT_BOOK
            return read_apart(content, Order(extension, is_concert, record_date, seats_per_show))
        expected = Expectation(layout, record_date, seats_per_show)
        return read_book(content, extension, expected, limits or Limits(), open_xls)

    return read_content


@pytest.fixture
def play_sheets() -> dict[str, dict[int, str]]:
    """The sample workbook of a play (specification, G.6), with its one blank required cell."""
    daily = (
        "dash_date|dash_seat_deposit_vip|dash_seat_deposit_r|dash_seat_deposit_bada"
        "|dash_seat_deposit_tot|dash_seat_deposit_sales"
    )
    shows = (
        "dash_date|dash_time|dash_cast1|dash_cast2|dash_seat_paid_r|dash_seat_paid_disable"
        "|dash_seat_paid_tot|dash_seat_paid_sales|dash_seat_invite_r|dash_seat_invite_bada"
        "|dash_seat_invite_tot|dash_share_deposit|dash_share_paid|dash_share_free"
    )
    return {
        "Daily": {
            1: "t",
            2: daily,
            4: "45843|1|2|-|3|300000",
            5: "45844|0|0|0|0|0",
            6: "45845|1|1|1|3|-",
            7: "45847|1|1|1|3|100",
        },
        "회차별판매": {
            1: "t",
            2: shows,
            4: "45843|0.8125|김|이|40|1|60|3000000|3|2|5|0.585|0.575|0.05",
            5: "45844|0.625|김|-|10|0|20|1000000|0|0|0|0.2|0.2|0",
            6: "45850|0.79166666|박|이|5|0|6|200000|1|0|1|0.06|0.06|0.01",
        },
    }


@pytest.fixture
def good_sheets(play_sheets: dict[str, dict[int, str]]) -> dict[str, dict[int, str]]:
    """The same with the blank cell filled in: nothing is wrong with it."""
    play_sheets["Daily"][6] = "45845|1|1|1|3|150000"
    return play_sheets


@pytest.fixture
def concert_sheets() -> dict[str, dict[int, str]]:
    """The sample workbook of a concert (specification, G.6)."""
    shows = (
        "dash_date|dash_time|dash_seat_paid_vip|dash_seat_paid_r|dash_seat_paid_b"
        "|dash_seat_paid_tot|dash_seat_invite_r|dash_seat_invite_tot"
    )
    return {
        "일일 판매": {
            1: "t",
            2: "dash_date|dash_seat_paid_tot|dash_seat_paid_sales|dash_seat_invite_tot",
            4: "45844|5|500000|0",
            5: "45845|3|300000|1",
            6: "45850|-|-|-",
            7: "45851|0|0|0",
        },
        "Seat details": {
            1: "t",
            2: shows,
            4: "45870|0.75|7|40|5|52|2|3",
            5: "45871|0.75|7|40|5|52|0|0",
        },
    }
