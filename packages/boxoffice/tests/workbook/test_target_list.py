"""Targets from files: days and won, or every reason why not, with its place."""

import io
from datetime import date

import openpyxl
import pytest

from boxoffice.workbook import Rejected
from boxoffice.workbook.target_list import MAX_TARGET_FILE_BYTES, TargetList, read_target_list

TWO_DAYS = {date(2025, 3, 1): 1_500_000, date(2025, 3, 2): 0}


@pytest.mark.parametrize(
    "content",
    [
        b"date,target\n2025-03-01,1500000\n2025-03-02,0\n",
        '\ufeff날짜,목표\n2025.03.01,"1,500,000"\n20250302,0\n'.encode(),
        "날짜\t목표\n2025-03-01\t1,500,000원\n2025/03/02\t0\n".encode("cp949"),
        b"2025-03-01;1500000\r\n\r\n2025-03-02;0",
    ],
    ids=["comma", "byte order mark and thousands", "cp949 and tab", "no heading, semicolon"],
)
def test_text_files(content: bytes) -> None:
    assert read_target_list(content) == TargetList(TWO_DAYS)


def test_workbooks() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["날짜", "목표"], [date(2025, 3, 1), 1_500_000], ["2025-03-02", 0], [None, None]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    assert read_target_list(file.getvalue()) == TargetList(TWO_DAYS)


def test_all_that_is_wrong_is_told_at_once_with_its_line() -> None:
    content = (
        "date,target\n2025-02-30,1\n2025-03-01,1.5\n2025-03-02,-1\n2025-03-03,\n,5\n"
        "2025-03-04,7\n2025-03-04,8\n2025-03-05,many\n"
    )
    read = read_target_list(content.encode())
    assert isinstance(read, Rejected)
    assert [(error.cell, error.code.value) for error in read.errors] == [
        ("line 2", "date_invalid"),
        ("line 3", "number_fractional"),
        ("line 4", "number_invalid"),
        ("line 5", "required_cell_blank"),
        ("line 6", "required_cell_blank"),
        ("line 8", "sales_date_duplicate"),
        ("line 9", "number_invalid"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"date,target\n", "no_data_rows"),
        (b"\xff\xfe\x00\x81", "file_damaged"),
        (b"PK\x03\x04 no workbook", "file_damaged"),
        (b"x" * (MAX_TARGET_FILE_BYTES + 1), "workbook_too_large"),
        (b"2025-01-01,1\n" * 5001, "workbook_too_large"),
    ],
)
def test_what_cannot_be_read_at_all(content: bytes, code: str) -> None:
    read = read_target_list(content)
    assert isinstance(read, Rejected)
    assert [error.code.value for error in read.errors] == [code]
