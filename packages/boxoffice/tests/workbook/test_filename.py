"""What a file name says: a decision table."""

import unicodedata
from datetime import date

import pytest

from boxoffice.workbook import Code, FileName, Finding, read_file_name

AS_OF = date(2025, 7, 8)
JUNE_30 = date(2025, 6, 30)


@pytest.mark.parametrize(
    ("sent", "day", "code", "extension"),
    [
        ("250630_P1_가.xlsx", JUNE_30, "P1", "xlsx"),
        ("20250630_P1_가.XLSX", JUNE_30, "P1", "xlsx"),
        ("2025-06-30_P1_가.xlsm", JUNE_30, "P1", "xlsm"),
        ("25.06.30_P1_가.xls", JUNE_30, "P1", "xls"),
        ("200630_P1_가.xlsx", date(2020, 6, 30), "P1", "xlsx"),
        ("250630_PLY-1_가_최종_v2 (1).xlsx", JUNE_30, "PLY-1", "xlsx"),
        ("250709_P1_tomorrow.csv", date(2025, 7, 9), "P1", "csv"),
        ("C:\\reports\\250630_P1_가.zip", JUNE_30, "P1", "zip"),
    ],
)
def test_understood(sent, day, code, extension):
    name = read_file_name(sent, AS_OF)
    assert isinstance(name, FileName)
    assert (name.record_date, name.code, name.extension) == (day, code, extension)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("250630_123.xlsx", Code.FILE_NAME_INVALID),
        ("P1_가.xlsx", Code.FILE_NAME_INVALID),
        ("250630 _P1_가.xlsx", Code.FILE_NAME_INVALID),
        ("250630_P 1_가.xlsx", Code.FILE_NAME_INVALID),
        ("250630_공연_가.xlsx", Code.FILE_NAME_INVALID),
        ("250630_" + "P" * 33 + "_가.xlsx", Code.FILE_NAME_INVALID),
        ("250630_P1_가.pdf", Code.FILE_NAME_INVALID),
        ("20250617_P1_../../x.xlsx", Code.FILE_NAME_INVALID),
        ("２５０６３０_P1_가.xlsx", Code.FILE_NAME_INVALID),
        ("250630_P1_a\x00b.xlsx", Code.FILE_NAME_INVALID),
        ("", Code.FILE_NAME_INVALID),
        ("20250230_P1_가.xlsx", Code.RECORD_DATE_INVALID),
        ("251330_P1_가.xlsx", Code.RECORD_DATE_INVALID),
        ("00000101_P1_가.xlsx", Code.RECORD_DATE_INVALID),
        ("250710_P1_가.xlsx", Code.RECORD_DATE_IN_FUTURE),
    ],
)
def test_refused(sent, code):
    finding = read_file_name(sent, AS_OF)
    assert isinstance(finding, Finding)
    assert finding.code is code
    assert finding.first_line == "파일 업로드에 실패했습니다.\n파일명 등 양식을 확인하세요."


def test_name_is_kept_composed():
    name = read_file_name(unicodedata.normalize("NFD", "250630_P1_가나.xlsx"), AS_OF)
    assert isinstance(name, FileName)
    assert name.name == "250630_P1_가나.xlsx"
