"""One cell -> one value: decision tables (G.5 of the specification and its rules)."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxoffice.workbook import Code, values
from boxoffice.workbook.cells import ErrorValue, Number, Text, Truth, Unresolved


def number(text: str, *, is_percent: bool = False) -> Number:
    return Number(Decimal(text), is_percent)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (number("45838"), date(2025, 6, 30)),
        (number("45838.6"), date(2025, 6, 30)),
        (number("45838.8125"), date(2025, 6, 30)),
        (number("36526"), date(2000, 1, 1)),
        (number("73050.999"), date(2099, 12, 31)),
        (number("36525"), Code.DATE_INVALID),
        (number("73051"), Code.DATE_INVALID),
        (number("20250630"), Code.DATE_INVALID),
        (Text("2025-06-30"), date(2025, 6, 30)),
        (Text(" 2025.06.30 "), date(2025, 6, 30)),
        (Text("2025/06/30"), date(2025, 6, 30)),
        (Text("20250630"), date(2025, 6, 30)),
        (Text("２０２５-０６-３０"), date(2025, 6, 30)),
        (Text("2025-06.30"), Code.DATE_INVALID),
        (Text("2025-6-30"), Code.DATE_INVALID),
        (Text("2025-02-30"), Code.DATE_INVALID),
        (Text("1999-12-31"), Code.DATE_INVALID),
        (Text("6월 30일"), Code.DATE_INVALID),
        (Truth(value=True), Code.DATE_INVALID),
        (ErrorValue("#REF!"), Code.ERROR_CELL),
        (Unresolved(), Code.FORMULA_WITHOUT_VALUE),
    ],
)
def test_day(cell, expected):
    assert values.day(cell, 0) == expected


def test_day_of_the_1904_system():
    assert values.day(number("44376"), 1462) == date(2025, 6, 30)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (number("0.8125"), time(19, 30)),
        (number("0.79166666"), time(19, 0)),
        (number("0"), time(0, 0)),
        (number("45838.8125"), time(19, 30)),
        (number("0.99999"), time(0, 0)),
        (Text("19:30"), time(19, 30)),
        (Text("9:05"), time(9, 5)),
        (Text("19:29:30"), time(19, 30)),
        (Text("24:00"), Code.TIME_INVALID),
        (Text("19:60"), Code.TIME_INVALID),
        (Text("19시"), Code.TIME_INVALID),
        (number("-0.5"), Code.TIME_INVALID),
        (Truth(value=False), Code.TIME_INVALID),
        (ErrorValue("#N/A"), Code.ERROR_CELL),
        (Unresolved(), Code.FORMULA_WITHOUT_VALUE),
    ],
)
def test_time_of_day(cell, expected):
    assert values.time_of_day(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (number("12345"), 12345),
        (number("-60000"), -60000),
        (number("3000000000"), 3_000_000_000),
        (number("9223372036854775807"), 2**63 - 1),
        (number("9223372036854775808"), Code.NUMBER_INVALID),
        (number("1E+300"), Code.NUMBER_INVALID),
        (number("1233999.9999999998"), 1_234_000),
        (number("12345.5"), Code.NUMBER_FRACTIONAL),
        (number("0.00001"), Code.NUMBER_FRACTIONAL),
        (Text("1,234,000"), 1_234_000),
        (Text(" 12 "), 12),
        (Text("60,000원"), 60_000),
        (Text("１，２３４"), 1234),
        (Text("-1,000"), -1000),
        (Text("1 234"), 1234),
        (Text("12,34"), Code.NUMBER_INVALID),
        (Text("1,234.5"), Code.NUMBER_FRACTIONAL),
        (Text("없음"), Code.NUMBER_INVALID),
        (Text("1e3"), Code.NUMBER_INVALID),
        (Text("9" * 70), Code.NUMBER_INVALID),
        (Truth(value=True), Code.NUMBER_INVALID),
        (ErrorValue("#DIV/0!"), Code.ERROR_CELL),
        (Unresolved(), Code.FORMULA_WITHOUT_VALUE),
    ],
)
def test_whole(cell, expected):
    assert values.whole(cell) == expected


@pytest.mark.parametrize(
    ("cell", "percent", "taken_as_percent"),
    [
        (number("0.585"), "58.5", False),
        (number("0.575"), "57.5", False),
        (number("0.6416666666666667"), "64.1667", False),
        (number("0.00005"), "0.005", False),
        (number("1.07"), "107", False),
        (number("1.5"), "150", False),
        (number("85"), "85", True),
        (number("1.6"), "1.6", True),
        (number("1.07", is_percent=True), "107", False),
        (Text("85%"), "85", False),
        (Text("0.85"), "85", False),
        (Text("85"), "85", True),
    ],
)
def test_share(cell, percent, taken_as_percent):
    assert values.share(cell) == values.Share(Decimal(percent), taken_as_percent)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (number("1.51", is_percent=True), Code.SHARE_INVALID),
        (number("150.1"), Code.SHARE_INVALID),
        (number("-0.1"), Code.SHARE_INVALID),
        (Text("반"), Code.SHARE_INVALID),
        (Truth(value=True), Code.SHARE_INVALID),
        (ErrorValue("#DIV/0!"), Code.ERROR_CELL),
        (Unresolved(), Code.FORMULA_WITHOUT_VALUE),
    ],
)
def test_share_refused(cell, expected):
    assert values.share(cell) == expected


@given(st.integers(0, 24 * 60 - 1), st.integers(0, 30_000))
def test_every_minute_survives_its_serial(minute, day):
    """A serial is a double: its fraction is never exact, the minute must come back all the same."""
    cell = Number(Decimal(repr(40_000 + day + minute / 1440)))
    assert values.time_of_day(cell) == time(minute // 60, minute % 60)
    assert values.day(cell, 0) == values.day(Number(Decimal(40_000 + day)), 0)


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_every_amount_reads_the_same_as_number_and_as_text(amount):
    assert values.whole(Number(Decimal(amount))) == amount
    assert values.whole(Text(f"{amount:,}원")) == amount
