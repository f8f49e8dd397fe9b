"""Spreading a sum over days: nothing is lost, and the shape is the one asked for."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxoffice.planning.spread import NothingToSpreadOver, by_weekday, days, even, like, spread

MONDAY = date(2025, 3, 3)
SUNDAY = date(2025, 3, 9)

weights = st.dictionaries(
    st.dates(date(2025, 1, 1), date(2025, 12, 31)),
    st.integers(0, 1000).map(Fraction),
    min_size=1,
    max_size=60,
).filter(lambda w: any(w.values()))


@settings(deadline=None)
@given(total=st.integers(0, 10**15), weights=weights)
def test_parts_add_up_and_stay_within_one_won_of_their_share(
    total: int, weights: dict[date, Fraction]
) -> None:
    parts = spread(total, weights)
    assert sum(parts.values()) == total
    assert parts.keys() == weights.keys()
    whole = sum(weights.values())
    for day, part in parts.items():
        share = total * weights[day] / whole
        assert int(share) <= part <= int(share) + 1
        assert weights[day] or not part


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (700, [100] * 7),
        (703, [101, 101, 101, 100, 100, 100, 100]),
        (3, [1, 1, 1, 0, 0, 0, 0]),
        (0, [0] * 7),
    ],
)
def test_what_is_left_of_a_week_goes_to_its_first_days(total: int, expected: list[int]) -> None:
    assert list(spread(total, even(MONDAY, SUNDAY)).values()) == expected


def test_weekdays_have_their_weights_and_those_without_get_nothing() -> None:
    parts = spread(1000, by_weekday(MONDAY, SUNDAY, [0, 1, 1, 1, 2, 3, 2]))
    assert list(parts.values()) == [0, 100, 100, 100, 200, 300, 200]


def test_a_shape_of_the_same_length_is_taken_as_it_is() -> None:
    parts = spread(600, like(MONDAY, MONDAY + timedelta(2), [10, 20, 30]))
    assert list(parts.values()) == [100, 200, 300]


def test_a_shape_is_pressed_and_stretched() -> None:
    assert list(spread(100, like(MONDAY, MONDAY + timedelta(1), [1, 2, 3, 4])).values()) == [30, 70]
    stretched = spread(100, like(MONDAY, MONDAY + timedelta(3), [30, 70]))
    assert list(stretched.values()) == [15, 15, 35, 35]


def test_days_of_refunds_weigh_nothing() -> None:
    assert list(spread(90, like(MONDAY, MONDAY + timedelta(2), [1, -5, 2])).values()) == [30, 0, 60]


@settings(deadline=None)
@given(curve=st.lists(st.integers(0, 10**9), min_size=1, max_size=40), count=st.integers(1, 60))
def test_a_stretched_shape_weighs_as_much_as_the_shape(curve: list[int], count: int) -> None:
    stretched = like(MONDAY, MONDAY + timedelta(count - 1), curve)
    assert sum(stretched.values()) == sum(curve)
    assert list(stretched) == list(days(MONDAY, MONDAY + timedelta(count - 1)))


def test_a_sum_without_a_day_that_weighs_is_refused() -> None:
    with pytest.raises(NothingToSpreadOver):
        spread(100, by_weekday(MONDAY, MONDAY, [0, 1, 1, 1, 1, 1, 1]))
