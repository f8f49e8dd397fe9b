"""Every damaged file of the golden set, as far as reading goes (the rest: tests/ingest)."""

import pytest

from boxoffice.ingest.report import import_report
from boxoffice.testing import EDGE_AS_OF, EdgeCase, edge_cases
from boxoffice.workbook import (
    CONCERT_BOOK,
    PLAY_BOOK,
    Accepted,
    Expectation,
    FileName,
    Finding,
    Limits,
    Rejected,
    read_book,
    read_file_name,
)
from boxoffice.workbook.rows import PlaySales
from boxoffice.workbook.xls import open_xls

ABOUT_THE_REQUEST = {"over_10_mib", "form_no_file", "form_unknown_show", "name_wrong_liveid"}
"""Cases refused before the file is opened."""

READ = [case for case in edge_cases() if case.name not in ABOUT_THE_REQUEST]


def read_case(case: EdgeCase) -> Accepted | Rejected:
    assert case.file.content is not None
    name = read_file_name(case.file.name, EDGE_AS_OF)
    if isinstance(name, Finding):
        return Rejected((name,))
    assert isinstance(name, FileName)
    layout = CONCERT_BOOK if case.show["category"] == "콘서트" else PLAY_BOOK
    expected = Expectation(layout, name.record_date, case.show["showTotalSeatNumber"])
    return read_book(case.file.content, name.extension, expected, Limits(), open_xls)


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_reaction(case: EdgeCase):
    reading = read_case(case)
    if not case.accepted:
        assert isinstance(reading, Rejected)
        assert case.codes <= {error.code.value for error in reading.errors}
        assert reading.errors[0].http_status == case.http
        return
    assert isinstance(reading, Accepted)
    warnings = {warning.code.value for warning in reading.warnings}
    notes = {note.code.value for note in reading.notes}
    assert case.codes <= warnings | notes
    assert warnings <= case.codes
    sums = import_report(reading)["sheets"]
    assert sums["daily"] == case.expect["daily"]
    assert sums["shows"] == case.expect["shows"]


def found(name: str) -> Accepted | Rejected:
    return read_case(next(case for case in READ if case.name == name))


@pytest.mark.parametrize(
    ("name", "sheet", "words"),
    [
        ("sheet_daily_missing", "Daily", "회차별판매"),
        ("sheet_turn_missing", "회차별판매", "Daily"),
        ("markers_none", "회차별판매", "row 2"),
        ("marker_one_missing", "회차별판매", "dash_share_free"),
        ("marker_row_1", "Daily", "row 2"),
        ("marker_twice", "Daily", "dash_seat_deposit_sales"),
        ("text_in_number", "Daily", "cannot read number Daily!"),
        ("date_twice", "Daily", "stands already in"),
        ("date_text", "Daily", "2025-06-01"),
        ("date_with_time", "Daily", "2025-06-14"),
        ("formula_no_cached_value", "Daily", "open and save"),
        ("con_play_workbook", "일일 판매", "a play or musical"),
    ],
)
def test_refusals_name_the_place(name: str, sheet: str, words: str):
    reading = found(name)
    assert isinstance(reading, Rejected)
    assert any(error.sheet == sheet and words in error.reason_en for error in reading.errors)


def test_cast_of_a_blank_cell_and_of_a_name_with_a_comma():
    blank, comma = found("cast_empty"), found("cast_comma")
    for reading in (blank, comma):
        assert isinstance(reading, Accepted)
        assert isinstance(reading.sales, PlaySales)
        usual = max(len(show.cast) for show in reading.sales.shows)
        if reading is blank:
            assert min(len(show.cast) for show in reading.sales.shows) == usual - 1
        else:
            assert {len(show.cast) for show in reading.sales.shows} == {usual}
            assert any("," in member for show in reading.sales.shows for member in show.cast)
