"""Which files belong together, and what two of them make."""

import io
import zipfile

import pytest

from boxoffice.workbook import Accepted
from boxoffice.workbook.pairs import as_one, grouped


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], []),
        (["a.xlsx"], [(0,)]),
        (["a.daily.csv", "a.shows.csv"], [(0, 1)]),
        (["a.shows.csv", "b.xlsx", "a.DAILY.csv"], [(0, 2), (1,)]),
        (["a.daily.csv", "b.shows.csv"], [(0,), (1,)]),
        (["a.daily.csv", "a.daily.csv"], [(0,), (1,)]),
        (["a.daily.csv", "a.shows.csv", "a.shows.csv"], [(0, 1), (2,)]),
        (["a.csv", "a.daily.csv"], [(0,), (1,)]),
    ],
)
def test_pairs_are_found_by_their_names(names, expected):
    assert grouped(names) == expected


def test_one_file_is_what_it_is():
    assert as_one([("a.xlsx", b"bytes")]) == ("a.xlsx", b"bytes")


def test_a_pair_makes_the_same_zip_in_any_order():
    pair = [("250617_P_가.daily.csv", b"days"), ("250617_P_가.shows.csv", b"shows")]
    name, content = as_one(pair)
    assert name == "250617_P_가.zip"
    assert as_one(pair[::-1]) == (name, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {n: archive.read(n) for n in archive.namelist()} == dict(pair)


def test_a_pair_is_read_like_the_zip(read):
    daily = "dash_date,dash_seat_deposit_tot,dash_seat_deposit_sales\n2025-07-01,3,300\n"
    shows = (
        "dash_date,dash_time,dash_cast,dash_seat_paid_tot,dash_seat_paid_sales,"
        "dash_seat_invite_tot,dash_share_deposit,dash_share_paid,dash_share_free\n"
        "2025-07-08,19:30,김,4,400,0,40%,40%,0%\n"
    )
    pair = [("p.daily.csv", daily.encode("cp949")), ("p.shows.csv", shows.encode("cp949"))]
    reading = read(as_one(pair)[1], extension="zip")
    assert isinstance(reading, Accepted)
    assert reading.sales.shows[0].cast == ("김",)
