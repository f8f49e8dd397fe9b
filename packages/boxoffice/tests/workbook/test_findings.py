"""Every code has its words, and the words are complete."""

import re

import pytest

from boxoffice.workbook import Code, Finding, in_order
from boxoffice.workbook.findings import MAX_QUOTED, quoted

PARAMETERS = ("as_of", "cells", "count", "expected", "first", "marker", "record_date", "thing")


def finding(code: Code) -> Finding:
    words = {name: f"<{name}>" for name in PARAMETERS}
    return Finding(code, "Daily", "D17", "quoted value", 17, words)


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_place_or_a_value_in_both_languages(code):
    found = finding(code)
    for sentence in (found.reason_ko, found.reason_en, found.first_line):
        assert sentence
        assert not re.search(r"[{}]", sentence)
    assert (
        "Daily" in found.reason_en
        or "quoted value" in found.reason_en
        or code
        in {
            Code.FILE_MISSING,
            Code.FILE_EMPTY,
        }
    )


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (Finding(Code.SHEET_MISSING, "회차별판매"), "회차별판매 시트를 찾을 수 없습니다."),
        (
            Finding(Code.MARKERS_MISSING, "Daily"),
            'Daily 시트의 2행 중 "dash_"으로 시작하는 셀을 찾을 수 없습니다.',
        ),
        (Finding(Code.MARKER_MISSING, value="dash_date"), "dash_date 열을 찾을 수 없습니다."),
        (
            Finding(Code.TIME_INVALID, "회차별판매", "B4", "x", 4),
            "유효하지 않은 시간 데이터: '회차별판매' 시트의 row4",
        ),
        (
            Finding(Code.NUMBER_INVALID, "Daily", "D17", "x", 17),
            "유효하지 않은 숫자 데이터: 'Daily' 시트의 D17",
        ),
        (Finding(Code.NO_DATA_ROWS, "Seat details"), "Seat details 시트에 데이터가 없습니다."),
        (Finding(Code.FILE_TOO_LARGE), "파일이 너무 큽니다. (최대 10 MiB)"),
    ],
)
def test_first_lines_are_the_sentences_people_know(found, line):
    assert found.first_line == line


def test_order_of_judgement_keeps_the_order_of_discovery_within_a_code():
    late = Finding(Code.NO_DATA_ROWS)
    first, second = Finding(Code.ERROR_CELL, cell="B9"), Finding(Code.ERROR_CELL, cell="A1")
    assert in_order([late, first, second]) == (first, second, late)


def test_quotes_are_short_and_printable():
    assert quoted("a\x00b\nc") == "a�b�c"
    assert len(quoted("가" * 40_000)) == MAX_QUOTED + 1
