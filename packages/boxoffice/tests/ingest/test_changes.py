"""The comparison with the snapshot before, and what of it is suspicious: rules by table."""

from datetime import date, datetime

import pytest

from boxoffice.ingest.changes import FALL_WON, Before, compare, contradiction, suspicious
from boxoffice.ingest.rows import sheet_tables
from boxoffice.workbook import Code

DAILY, SHOWS = sheet_tables(is_concert=False)
FIRST = date(2025, 6, 1)


def day(number: int, amount: int = 1000, seats: int = 10):
    blank = dict.fromkeys(DAILY.columns)
    return {**blank, "sales_date": date(2025, 6, number), "amount": amount, "seats": seats}


def show(number: int, amount: int = 5000, paid: int = 50, invited: int = 5):
    blank = dict.fromkeys(SHOWS.columns)
    at = datetime.fromisoformat(f"2025-07-{number:02} 19:30")
    sums = {"paid_amount": amount, "paid_seats": paid, "invited_seats": invited}
    return {**blank, "show_at": at, "cast_members": ["김"], **sums}


def changes(before_days, days, before_shows=(), shows=()):
    rows = {
        "daily": {row["sales_date"]: row for row in before_days},
        "shows": {row["show_at"]: row for row in before_shows},
    }
    return compare(Before(7, date(2025, 6, 2), rows), [(DAILY, days), (SHOWS, shows)])


def codes(found):
    return [finding.code for finding in found]


def test_rows_are_told_by_their_key():
    found = changes([day(1), day(2), day(3)], [day(2, amount=900), day(3), day(4)]).daily
    assert found.added == (date(2025, 6, 4),)
    assert found.vanished == (date(2025, 6, 1),)
    ((key, fields),) = found.changed.items()
    assert key == date(2025, 6, 2)
    assert [(f.column, f.before, f.after) for f in fields] == [("amount", 1000, 900)]
    assert found.as_json()["rows"] == [
        {"change": "vanished", "key": "2025-06-01", "fields": {}},
        {
            "change": "changed",
            "key": "2025-06-02",
            "fields": {"amount": {"before": 1000, "after": 900}},
        },
        {"change": "added", "key": "2025-06-04", "fields": {}},
    ]


def test_the_row_of_the_sheet_is_no_change():
    moved = {**day(1), "source_row": 9}
    assert not changes([{**day(1), "source_row": 4}], [moved]).daily.changed


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((1000, 10), (1001, 11), []),
        ((1000, 10), (1000, 10), []),
        ((1000, 1000), (995, 995), []),
        ((1000, 1000), (994, 1000), [Code.SALES_FELL]),
        ((1000, 1000), (1000, 994), [Code.SALES_FELL]),
        ((1000, 1000), (994, 994), [Code.SALES_FELL, Code.SALES_FELL]),
        ((10**9, 10), (10**9 - FALL_WON, 10), []),
        ((10**9, 10), (10**9 - FALL_WON - 1, 10), [Code.SALES_FELL]),
        ((0, 0), (0, 0), []),
        ((0, 0), (-1, 0), [Code.SALES_FELL]),
    ],
)
def test_sums_that_fall(before, after, expected):
    found = changes([day(1, *before)], [day(1, *after)])
    assert codes(suspicious(found)) == expected


def test_invitations_may_be_given_back():
    found = changes([day(1)], [day(1)], [show(1, invited=50)], [show(1, invited=0)])
    assert suspicious(found) == ()


def test_days_and_shows_do_not_vanish():
    found = changes([day(1), day(2)], [day(2, 2000, 20)], [show(1)], [show(2)])
    anomalies = suspicious(found)
    assert codes(anomalies) == [Code.ROWS_VANISHED, Code.ROWS_VANISHED]
    assert [(a.sheet, a.value) for a in anomalies] == [
        ("Daily", "2025-06-01"),
        ("회차별판매", "2025-07-01"),
    ]
    assert all(a.reason_en and a.reason_ko for a in anomalies)


@pytest.mark.parametrize(
    ("deposited", "paid", "expected"),
    [(10, 50, []), (50, 50, []), (51, 50, [Code.TOTALS_DIFFER])],
)
def test_a_play_has_no_more_deposits_than_tickets(deposited, paid, expected):
    rows = [(DAILY, [day(1, seats=deposited)]), (SHOWS, [show(1, paid=paid)])]
    assert codes(contradiction(rows)) == expected


@pytest.mark.parametrize(("by_day", "expected"), [(49, 1), (50, 0), (51, 1)])
def test_a_concert_counts_the_same_tickets_twice(by_day, expected):
    daily, nights = sheet_tables(is_concert=True)
    rows = [(daily, [{"paid_seats": by_day}]), (nights, [{"paid_seats": 50}])]
    assert len(contradiction(rows)) == expected
