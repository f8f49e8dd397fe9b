"""The sample workbooks of the specification (G.6), value by value, and what refuses them."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from boxoffice.workbook import CONCERT_BOOK, Accepted, Code, Rejected
from boxoffice.workbook.rows import ConcertDay, ConcertShow, PlayDay, PlayShow
from boxoffice.workbook.seats import SeatClass

wall_clock = datetime.fromisoformat
"""Shows have a time in Seoul and no zone."""


def codes(reading):
    assert isinstance(reading, Rejected)
    return [error.code for error in reading.errors]


def test_play_with_a_blank_required_cell_is_refused_with_its_place(play_sheets, write_book, read):
    reading = read(write_book(play_sheets))
    assert isinstance(reading, Rejected)
    (error,) = reading.errors
    assert (error.code, error.sheet, error.cell) == (Code.REQUIRED_CELL_BLANK, "Daily", "F6")
    assert error.first_line == "필요 데이터가 비어 있습니다."


def test_play_daily_rows_end_at_the_record_date(good_sheets, write_book, read):
    reading = read(write_book(good_sheets))
    assert isinstance(reading, Accepted)
    vip, r, bad_a = SeatClass.VIP, SeatClass.R, SeatClass.RESTRICTED_A
    assert reading.sales.daily == (
        PlayDay(4, date(2025, 7, 5), 300_000, 3, {vip: 1, r: 2}),
        PlayDay(5, date(2025, 7, 6), 0, 0, {vip: 0, r: 0, bad_a: 0}),
        PlayDay(6, date(2025, 7, 7), 150_000, 3, {vip: 1, r: 1, bad_a: 1}),
    )
    late = [w for w in reading.warnings if w.code is Code.ROWS_AFTER_RECORD_DATE]
    assert [(w.sheet, w.value, w.parameters["count"]) for w in late] == [
        ("Daily", "B7, C7, D7, E7, F7", "1")
    ]


def test_play_shows_keep_zeros_and_future_shows(good_sheets, write_book, read):
    reading = read(write_book(good_sheets))
    assert isinstance(reading, Accepted)
    r, bad_a, wheelchair = SeatClass.R, SeatClass.RESTRICTED_A, SeatClass.WHEELCHAIR
    assert reading.sales.shows == (
        PlayShow(
            source_row=4,
            show_at=wall_clock("2025-07-05 19:30"),
            cast=("김", "이"),
            paid_amount=3_000_000,
            paid_seats=60,
            paid_classes={r: 40, wheelchair: 1},
            invited_seats=5,
            invited_classes={r: 3, bad_a: 2},
            deposit_occupancy_pct=Decimal("58.5"),
            paid_occupancy_pct=Decimal("57.5"),
            free_occupancy_pct=Decimal(5),
        ),
        PlayShow(
            source_row=5,
            show_at=wall_clock("2025-07-06 15:00"),
            cast=("김",),
            paid_amount=1_000_000,
            paid_seats=20,
            paid_classes={r: 10, wheelchair: 0},
            invited_seats=0,
            invited_classes={r: 0, bad_a: 0},
            deposit_occupancy_pct=Decimal(20),
            paid_occupancy_pct=Decimal(20),
            free_occupancy_pct=Decimal(0),
        ),
        PlayShow(
            source_row=6,
            show_at=wall_clock("2025-07-12 19:00"),
            cast=("박", "이"),
            paid_amount=200_000,
            paid_seats=6,
            paid_classes={r: 5, wheelchair: 0},
            invited_seats=1,
            invited_classes={r: 1, bad_a: 0},
            deposit_occupancy_pct=Decimal(6),
            paid_occupancy_pct=Decimal(6),
            free_occupancy_pct=Decimal(1),
        ),
    )


def test_concert(concert_sheets, write_book, read):
    reading = read(write_book(concert_sheets), layout=CONCERT_BOOK, record_date=date(2025, 7, 7))
    assert isinstance(reading, Accepted)
    vip, r, b = SeatClass.VIP, SeatClass.R, SeatClass.B
    assert reading.sales.daily == (
        ConcertDay(4, date(2025, 7, 6), 500_000, 5, 0),
        ConcertDay(5, date(2025, 7, 7), 300_000, 3, 1),
    )
    assert reading.sales.shows == (
        ConcertShow(4, wall_clock("2025-08-01 18:00"), 52, {vip: 7, r: 40, b: 5}, 3, {r: 2}),
        ConcertShow(5, wall_clock("2025-08-02 18:00"), 52, {vip: 7, r: 40, b: 5}, 0, {r: 0}),
    )
    assert [w.code for w in reading.warnings] == [Code.CLASS_SUM_MISMATCH]
    (late,) = reading.notes
    assert (late.code, late.parameters["count"]) == (Code.ROWS_AFTER_RECORD_DATE, "2")


def test_all_errors_come_at_once_in_order_of_judgement(good_sheets, write_book, read):
    good_sheets["Daily"][4] = "45843|1|#REF!|-|3|300000.5"
    good_sheets["Daily"][5] = "-45844|0|0|0|x|0"
    good_sheets["회차별판매"][4] = "45843|noon|김|이|40|1|60|=|3|2|5|1.51%|0.575|0.05"
    reading = read(write_book(good_sheets))
    assert isinstance(reading, Rejected)
    assert [(e.code, e.sheet, e.cell, e.value) for e in reading.errors] == [
        (Code.ERROR_CELL, "Daily", "C4", "#REF!"),
        (Code.DATE_INVALID, "Daily", "A5", "-45844"),
        (Code.TIME_INVALID, "회차별판매", "B4", "noon"),
        (Code.FORMULA_WITHOUT_VALUE, "회차별판매", "H4", "formula without a stored result"),
        (Code.NUMBER_FRACTIONAL, "Daily", "F4", "300000.5"),
        (Code.SHARE_INVALID, "회차별판매", "L4", "1.51"),
    ]


@pytest.mark.parametrize(
    ("merges", "row_5", "expected"),
    [
        pytest.param(("A4:A5",), "-|0.625", wall_clock("2025-07-05 15:00"), id="down"),
        pytest.param(("A4:B4",), "45844|0.625", wall_clock("2025-07-06 15:00"), id="elsewhere"),
    ],
)
def test_date_merged_over_rows_counts_for_each(
    good_sheets, write_book, read, merges, row_5, expected
):
    rest = "|김|-|10|0|20|1000000|0|0|0|0.2|0.2|0"
    good_sheets["회차별판매"][5] = row_5 + rest
    reading = read(write_book(good_sheets, merges={"회차별판매": merges}))
    assert isinstance(reading, Accepted)
    assert reading.sales.shows[1].show_at == expected


def test_other_merged_cells_are_reported_not_lost(good_sheets, write_book, read):
    merged = {"회차별판매": ("D4:D5", "E4:E5")}
    good_sheets["회차별판매"][5] = "45844|0.625|김|-|-|0|20|1000000|0|0|0|0.2|0.2|0"
    reading = read(write_book(good_sheets, merges=merged))
    assert isinstance(reading, Rejected)
    assert [(e.code, e.cell) for e in reading.errors] == [
        (Code.REQUIRED_CELL_BLANK, "D5"),
        (Code.REQUIRED_CELL_BLANK, "E5"),
    ]
    assert "merged" in reading.errors[0].reason_en


@pytest.mark.parametrize(
    ("row_8", "codes_found", "notes"),
    [
        pytest.param("합 계|1|1|1|3|100", [], {Code.SUBTOTAL_ROW_SKIPPED}, id="total"),
        pytest.param("-|1|1|1|3|100", [], {Code.BLANK_DATE_SKIPPED}, id="blank date"),
        pytest.param("0|0|0|-|0|0", [], {Code.BLANK_DATE_SKIPPED}, id="template row"),
        pytest.param("0|0|0|-|0|5", [Code.DATE_INVALID], set(), id="date 0 with numbers"),
        pytest.param("비고|메모", [], set(), id="remark without numbers"),
        pytest.param("비고|1", [Code.DATE_INVALID], set(), id="remark with numbers"),
        pytest.param("#N/A|1", [Code.ERROR_CELL], set(), id="error with numbers"),
        pytest.param("#N/A|-|#N/A", [Code.ERROR_CELL], set(), id="row of errors"),
        pytest.param("=|1", [Code.FORMULA_WITHOUT_VALUE], set(), id="no result with numbers"),
        pytest.param("99999|1", [Code.DATE_INVALID], set(), id="serial after 2099"),
        pytest.param("2025-07-06|1|1|1|3|1", [Code.SALES_DATE_DUPLICATE], set(), id="text date"),
        pytest.param("45846", [Code.REQUIRED_CELL_BLANK] * 2, set(), id="day without figures"),
        pytest.param("45848|#REF!|-|-|x", [], set(), id="errors after the record date"),
    ],
)
def test_which_rows_are_data(good_sheets, write_book, read, row_8, codes_found, notes):
    good_sheets["Daily"][8] = row_8
    reading = read(write_book(good_sheets))
    if codes_found:
        assert codes(reading) == codes_found
    else:
        assert isinstance(reading, Accepted)
        assert len(reading.sales.daily) == 3
        assert notes <= {note.code for note in reading.notes}


def test_column_a_may_be_empty(good_sheets, write_book, read):
    moved = read(write_book(good_sheets, first_column="B"))
    assert isinstance(moved, Accepted)
    assert moved.sales == read(write_book(good_sheets)).sales


def test_dates_of_a_workbook_that_counts_from_1904(good_sheets, write_book, read):
    for rows in good_sheets.values():
        for number, words in rows.items():
            if words.startswith("45"):
                serial, _, rest = words.partition("|")
                rows[number] = f"{int(serial) - 1462}|{rest}"
    reading = read(write_book(good_sheets, counts_from_1904=True))
    assert isinstance(reading, Accepted)
    assert reading.sales.daily[0].sales_date == date(2025, 7, 5)
    assert reading.sales.shows[0].show_at.time() == time(19, 30)


@pytest.mark.parametrize(
    ("sheet", "marker", "replacement", "expected"),
    [
        ("Daily", "dash_date", "dash_dat", [Code.MARKER_MISSING]),
        ("Daily", "dash_seat_deposit_vip", "dash_seat_deposit_r", [Code.MARKER_DUPLICATE]),
        ("Daily", "dash_", "dsh_", [Code.MARKERS_MISSING]),
        ("회차별판매", "dash_cast", "cast", [Code.MARKER_MISSING]),
        ("회차별판매", "dash_cast2", "dash_cast1", [Code.MARKER_DUPLICATE]),
    ],
)
def test_markers_refuse(good_sheets, write_book, read, sheet, marker, replacement, expected):
    good_sheets[sheet][2] = good_sheets[sheet][2].replace(marker, replacement)
    assert codes(read(write_book(good_sheets))) == expected


def test_two_sheets_of_one_name_are_refused(good_sheets, write_book, read):
    good_sheets[" daily"] = good_sheets["Daily"]
    reading = read(write_book(good_sheets))
    assert codes(reading) == [Code.MARKER_DUPLICATE]
    assert reading.errors[0].first_line == "Daily 시트가 두 개 이상입니다."


def test_a_concert_given_a_play_hears_so(good_sheets, write_book, read):
    reading = read(write_book(good_sheets), layout=CONCERT_BOOK)
    assert codes(reading) == [Code.SHEET_MISSING] * 2
    assert [error.sheet for error in reading.errors] == ["일일 판매", "Seat details"]
    assert "a play or musical" in reading.errors[0].reason_en


def test_warnings_about_capacity_and_shares(good_sheets, write_book, read):
    reading = read(write_book(good_sheets), seats_per_show=60)
    assert isinstance(reading, Accepted)
    found = {(w.code, w.cell) for w in reading.warnings if w.sheet == "회차별판매"}
    assert (Code.OVER_CAPACITY, "G4") in found  # 60 paid + 5 invited
    assert (Code.SHARE_MISMATCH, "M4") in found  # 57.5 % said, 100 % seated
    assert (Code.SHARE_MISMATCH, "N5") not in found  # 0 % said, nobody invited


def test_unknown_class_is_named_and_its_family_not_added_up(good_sheets, write_book, read):
    good_sheets["Daily"][2] = good_sheets["Daily"][2].replace("deposit_bada", "deposit_standing")
    reading = read(write_book(good_sheets))
    assert isinstance(reading, Accepted)
    daily = [(w.code, w.value) for w in reading.warnings if w.sheet == "Daily"]
    assert daily == [
        (Code.ROWS_AFTER_RECORD_DATE, "B7, C7, E7, F7"),
        (Code.UNKNOWN_SEAT_CLASS, "standing"),
    ]


def test_refunds_are_data_with_a_warning(good_sheets, write_book, read):
    good_sheets["Daily"][5] = "45844|0|-1|0|-1|-60000"
    reading = read(write_book(good_sheets))
    assert isinstance(reading, Accepted)
    assert reading.sales.daily[1].amount == -60_000
    refunds = [(w.cell, w.value) for w in reading.warnings if w.code is Code.NEGATIVE_VALUE]
    assert refunds == [("E5", "-1"), ("F5", "-60000"), ("C5", "-1")]


def test_what_stands_above_the_markers_is_no_data(good_sheets, write_book, read):
    expected = read(write_book(good_sheets)).sales
    good_sheets["Daily"][1] = "45840|1|1|1|3|100"
    assert read(write_book(good_sheets)).sales == expected
