"""Weeks and categories: what everything else stands on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxoffice.domain.categories import Category
from boxoffice.domain.weeks import Week, monday, week_of


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
