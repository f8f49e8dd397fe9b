"""Money, weeks and categories: the arithmetic everything else stands on."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxoffice.domain.categories import Category
from boxoffice.domain.money import half_up, whole_won
from boxoffice.domain.weeks import Week, monday, week_of


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Decimal("58.5"), 0, "59"),
        (Decimal("-58.5"), 0, "-59"),
        (Decimal("2.5"), 0, "3"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(-5, 2), 0, "-3"),
        (Fraction(231 * 100, 360), 4, "64.1667"),
        (Decimal("1.00005"), 4, "1.0001"),
        (7, 2, "7.00"),
    ],
)
def test_half_is_rounded_away_from_zero(value, places, expected):
    assert half_up(value, places) == Decimal(expected)


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6), st.integers(0, 6))
def test_a_fraction_rounds_as_its_exact_decimal_would(numerator, denominator, places):
    exact = Fraction(numerator, denominator)
    rounded = half_up(exact, places)
    assert abs(Fraction(rounded) - exact) * 2 * 10**places <= 1
    assert half_up(-exact, places) == -rounded


def test_whole_won():
    assert whole_won(Fraction(2_500_001, 7)) == 357_143


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_week_runs_from_monday_to_sunday(day):
    week = week_of(day)
    assert week.start.isoweekday() == 1
    assert week.end == week.start + timedelta(days=6)
    assert week.start <= day <= week.end
    assert week.shifted(-1).end + timedelta(days=1) == week.start


def test_weeks_cross_the_year():
    assert monday(date(2025, 1, 1)) == date(2024, 12, 30)
    assert week_of(date(2025, 1, 5)) == Week(date(2024, 12, 30))


@pytest.mark.parametrize(
    ("label", "category", "is_concert"),
    [
        ("연극", Category.PLAY, False),
        ("뮤지컬", Category.MUSICAL, False),
        ("콘서트", Category.CONCERT, True),
    ],
)
def test_categories_and_their_labels(label, category, is_concert):
    assert Category.from_label(label) is category
    assert category.label == label
    assert category.is_concert is is_concert


def test_an_unknown_category_is_quoted():
    with pytest.raises(ValueError, match='"오페라" is none of 연극, 뮤지컬, 콘서트'):
        Category.from_label("오페라")
