"""What the former server's reader got wrong, each by its number in boxoffice-defects.md."""

from datetime import date
from decimal import Decimal

import pytest

from boxoffice.workbook import CONCERT_BOOK, Accepted, Code, Rejected
from boxoffice.workbook.seats import SeatClass

SHOWS = "회차별판매"


def test_u5_missing_data_refuse_the_file_and_drop_no_row(play_sheets, write_book, read):
    reading = read(write_book(play_sheets))
    assert isinstance(reading, Rejected)
    assert [(e.code, e.cell) for e in reading.errors] == [(Code.REQUIRED_CELL_BLANK, "F6")]


def test_u5_a_file_without_rows_is_no_success(good_sheets, write_book, read):
    rows = good_sheets["Daily"]
    reading = read(write_book({**good_sheets, "Daily": {1: rows[1], 2: rows[2]}}))
    assert isinstance(reading, Rejected)
    assert [e.code for e in reading.errors] == [Code.NO_DATA_ROWS]


def test_u6_columns_are_found_where_column_a_is_empty(good_sheets, write_book, read):
    shifted = read(write_book(good_sheets, first_column="B"))
    assert isinstance(shifted, Accepted)
    assert shifted.sales == read(write_book(good_sheets)).sales


@pytest.mark.parametrize(
    "zeros",
    [
        "45844|0.625|김|-|10|0|20|1000000|0|0|0|0.2|0.2|0",  # nobody invited, no free share
        "45844|0.625|김|-|0|0|0|0|0|0|0|0|0|0",  # nothing sold
    ],
)
def test_u7_a_show_with_a_zero_is_a_show(good_sheets, write_book, read, zeros):
    good_sheets[SHOWS][5] = zeros
    reading = read(write_book(good_sheets))
    assert isinstance(reading, Accepted)
    assert [show.show_at.day for show in reading.sales.shows] == [5, 6, 12]


def test_u8_a_blank_cast_cell_names_nobody_and_a_comma_splits_no_name(
    good_sheets, write_book, read
):
    good_sheets[SHOWS][4] = good_sheets[SHOWS][4].replace("|김|이|", "|김, 철수|이|")
    reading = read(write_book(good_sheets))
    assert isinstance(reading, Accepted)
    assert [show.cast for show in reading.sales.shows] == [
        ("김, 철수", "이"),
        ("김",),
        ("박", "이"),
    ]


def test_u9_invited_restricted_view_and_wheelchair_seats_are_read(good_sheets, write_book, read):
    good_sheets[SHOWS][2] = good_sheets[SHOWS][2].replace(
        "dash_seat_invite_r|", "dash_seat_invite_disable|"
    )
    reading = read(write_book(good_sheets))
    assert isinstance(reading, Accepted)
    assert reading.sales.shows[0].invited_classes == {
        SeatClass.WHEELCHAIR: 3,
        SeatClass.RESTRICTED_A: 2,
    }


def test_u10_shares_keep_four_decimals(good_sheets, write_book, read):
    good_sheets[SHOWS][4] = good_sheets[SHOWS][4].replace("0.585|0.575", "0.641666666666667|0.285")
    reading = read(write_book(good_sheets))
    assert isinstance(reading, Accepted)
    show = reading.sales.shows[0]
    assert (show.deposit_occupancy_pct, show.paid_occupancy_pct) == (
        Decimal("64.1667"),
        Decimal("28.5"),
    )


def test_u11_days_to_come_are_no_sales_days_of_a_concert(concert_sheets, write_book, read):
    reading = read(write_book(concert_sheets), layout=CONCERT_BOOK, record_date=date(2025, 7, 7))
    assert isinstance(reading, Accepted)
    assert [day.sales_date.day for day in reading.sales.daily] == [6, 7]


def test_u12_vip_seats_of_a_concert_are_read(concert_sheets, write_book, read):
    concert_sheets["Seat details"][2] = concert_sheets["Seat details"][2].replace(
        "dash_seat_invite_r|", "dash_seat_invite_vip|"
    )
    reading = read(write_book(concert_sheets), layout=CONCERT_BOOK, record_date=date(2025, 7, 7))
    assert isinstance(reading, Accepted)
    assert [show.paid_classes[SeatClass.VIP] for show in reading.sales.shows] == [7, 7]
    assert [show.invited_classes[SeatClass.VIP] for show in reading.sales.shows] == [2, 0]
