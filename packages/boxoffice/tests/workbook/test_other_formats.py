"""CSV pairs and .xls: the same rows, and the same refusals with their own places."""

from datetime import date, datetime

import pytest

from boxoffice.testing import edge_cases
from boxoffice.workbook import Accepted, Code, Rejected

DAILY, SHOWS = "250708_P1_가.daily.csv", "250708_P1_가.shows.csv"


@pytest.fixture
def csv_pair(good_sheets) -> dict[str, str]:
    """The sample workbook as two CSV texts: markers are the header, dates are text."""
    tables: dict[str, str] = {}
    for name, rows in zip((DAILY, SHOWS), good_sheets.values(), strict=True):
        lines = [words for number, words in sorted(rows.items()) if number >= 2]
        tables[name] = "\n".join(_as_csv(line) for line in lines) + "\n"
    return tables


TEXTS = {
    "45843": "2025-07-05",
    "45844": "2025.07.06",
    "45845": "2025/07/07",
    "45847": "20250709",
    "45850": "2025-07-12",
    "0.8125": "19:30",
    "0.625": "15:00",
    "0.79166666": "19:00",
    "-": "",
}


def _as_csv(words: str) -> str:
    return ",".join(TEXTS.get(word, word) for word in words.split("|"))


def test_csv_reads_as_the_workbook_does(csv_pair, good_sheets, write_book, zipped, read):
    workbook = read(write_book(good_sheets))
    pair = read(zipped(csv_pair), extension="zip")
    assert isinstance(workbook, Accepted)
    assert isinstance(pair, Accepted)
    assert [d.amount for d in pair.sales.daily] == [d.amount for d in workbook.sales.daily]
    assert [s.show_at for s in pair.sales.shows] == [s.show_at for s in workbook.sales.shows]
    assert [s.cast for s in pair.sales.shows] == [s.cast for s in workbook.sales.shows]
    assert [d.source_row for d in pair.sales.daily] == [2, 3, 4]


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ","), ("cp949", ","), ("utf-8", "\t")]
)
def test_csv_encodings(csv_pair, zipped, read, encoding, delimiter):
    members = {n: t.replace(",", delimiter).encode(encoding) for n, t in csv_pair.items()}
    reading = read(zipped(members), extension="zip")
    assert isinstance(reading, Accepted)
    assert reading.sales.shows[0].cast == ("김", "이")


def test_csv_places_are_lines(csv_pair, zipped, read):
    csv_pair[DAILY] = csv_pair[DAILY].replace(",150000", ",x")
    reading = read(zipped(csv_pair), extension="zip")
    assert isinstance(reading, Rejected)
    assert [(e.code, e.sheet, e.cell) for e in reading.errors] == [
        (Code.NUMBER_INVALID, "Daily", "line 4")
    ]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({DAILY: "dash_date\n"}, Code.CSV_INCOMPLETE),
        ({"a.csv": "dash_date\n", SHOWS: ""}, Code.CSV_INCOMPLETE),
        ({DAILY: b"\xff\xff\x81", SHOWS: ""}, Code.FILE_DAMAGED),
        ({DAILY: "x" * 200_000, SHOWS: ""}, Code.FILE_DAMAGED),
        ({DAILY: "dash_date," + "x," * 300, SHOWS: ""}, Code.WORKBOOK_TOO_LARGE),
        ({DAILY: "", SHOWS: ""}, Code.MARKERS_MISSING),
    ],
)
def test_csv_refused(members, code, zipped, read):
    reading = read(zipped(members), extension="zip")
    assert isinstance(reading, Rejected)
    assert reading.errors[0].code is code


def test_a_csv_alone_is_incomplete(csv_pair, read):
    reading = read(csv_pair[DAILY].encode(), extension="csv")
    assert isinstance(reading, Rejected)
    assert reading.errors[0].code is Code.CSV_INCOMPLETE


def test_xls_rows_have_their_places(read):
    case = next(case for case in edge_cases() if case.name == "biff_xls")
    reading = read(case.file.content, extension="xls", record_date=date(2025, 6, 17))
    assert isinstance(reading, Accepted)
    assert reading.sales.daily[0].source_row == 4
    assert reading.sales.shows[0].show_at == datetime.fromisoformat("2025-06-10 19:30")


def test_an_xls_named_xlsx_is_still_read(read):
    """People rename files; the first bytes say what they are."""
    case = next(case for case in edge_cases() if case.name == "biff_xls")
    reading = read(case.file.content, extension="xlsx", record_date=date(2025, 6, 17))
    assert isinstance(reading, Accepted)
