"""Every kind of cell a workbook may store, from its XML."""

import io
from decimal import Decimal

import pytest

from boxoffice.workbook import Limits
from boxoffice.workbook.cells import (
    ErrorValue,
    Number,
    Text,
    Truth,
    Unresolved,
    column_letters,
)
from boxoffice.workbook.xlsx_rows import RowsListener
from boxoffice.workbook.xml import parse

STRINGS = ["첫째", "  ", "#REF!"]
PERCENT = frozenset({"3"})


def read_cells(xml: str, *, serial_offset: int = 0) -> RowsListener:
    listener = RowsListener("sheet", STRINGS, PERCENT, serial_offset, Limits())
    parse("sheet", io.BytesIO(f"<worksheet>{xml}</worksheet>".encode()), listener, Limits())
    return listener


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("<c><v>45838.8125</v></c>", Number(Decimal("45838.8125"))),
        ('<c s="3"><v>0.5</v></c>', Number(Decimal("0.5"), is_percent=True)),
        ("<c><f>1+1</f><v>2</v></c>", Number(Decimal(2))),
        ("<c><f>1+1</f></c>", Unresolved()),
        ("<c><f>1+1</f><v/></c>", Unresolved()),
        ('<c t="str"><f>""</f><v></v></c>', None),
        ('<c t="str"><f>A1</f><v>글</v></c>', Text("글")),
        ('<c t="str"><f>A1</f></c>', Unresolved()),
        ('<c t="s"><v>0</v></c>', Text("첫째")),
        ('<c t="s"><v>1</v></c>', None),
        ('<c t="s"><v>2</v></c>', ErrorValue("#REF!")),
        ('<c t="s"/>', None),
        ('<c t="inlineStr"><is><r><t>가</t></r><r><t>나</t></r></is></c>', Text("가나")),
        ('<c t="inlineStr"><is><t>漢</t><rPh><t>한</t></rPh></is></c>', Text("漢")),
        ('<c t="b"><v>1</v></c>', Truth(value=True)),
        ('<c t="b"><v>0</v></c>', Truth(value=False)),
        ('<c t="e"><v>#N/A</v></c>', ErrorValue("#N/A")),
        ('<c t="d"><v>2025-06-30T19:30:00</v></c>', Number(Decimal("45838.8125"))),
        ('<c t="d"><v>2025-06-30</v></c>', Number(Decimal(45838))),
        ('<c t="d"/>', None),
        ('<c s="3"/>', None),
    ],
)
def test_cell(cell, expected):
    assert read_cells(f"<row>{cell}</row>").rows.get(1, {}).get(1) == expected


def test_a_date_of_iso_8601_is_the_serial_of_its_own_system():
    read = read_cells('<row><c t="d"><v>2025-06-30</v></c></row>', serial_offset=1462)
    assert read.rows[1][1] == Number(Decimal(45838 - 1462))


def test_addresses_may_be_left_out_or_have_gaps():
    read = read_cells(
        '<row><c><v>1</v></c><c r="AB1"><v>2</v></c><c><v>3</v></c></row>'
        '<row r="7"><c r="AB7"><v>4</v></c></row><row><c><v>5</v></c></row>'
    )
    assert {row: sorted(cells) for row, cells in read.rows.items()} == {
        1: [1, 28, 29],
        7: [28],
        8: [1],
    }


@pytest.mark.parametrize(
    ("column", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (16_384, "XFD")]
)
def test_column_letters(column, letters):
    assert column_letters(column) == letters


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (Number(Decimal("12345.50")), "12345.5"),
        (Number(Decimal(45838)), "45838"),
        (Number(Decimal("1E+300")), "1E+300"),
        (Truth(value=True), "TRUE"),
        (ErrorValue("#REF!"), "#REF!"),
    ],
)
def test_a_finding_shows_a_cell_as_people_see_it(cell, shown):
    assert str(cell) == shown
