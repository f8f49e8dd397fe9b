"""Figures and days in words, and the chart's geometry."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxoffice.http import wording
from boxoffice.http.chart import WIDE, draw
from boxoffice.http.overview import bar
from boxoffice.metrics.season import SeasonWeek

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("amount", "korean", "english"),
    [
        (0, "0원", "₩0"),
        (9_999, "9,999원", "₩10k"),
        (12_340_000, "1,234만 원", "₩12.3m"),
        (123_450_000, "1.23억 원", "₩123m"),
        (3_959_510_000, "39.6억 원", "₩3.96bn"),
        (400_000_000_000, "4,000억 원", "₩400bn"),
        (-250_000_000, "-2.5억 원", "₩-250m"),
    ],
)
def test_headline_amounts_have_three_digits(amount: int, korean: str, english: str) -> None:
    assert wording.short_won(amount, "ko") == korean
    assert wording.short_won(amount, "en") == english


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (None, "–"),
        (Decimal(0), "0.0%"),
        (Decimal("0.12345"), "12.3%"),
        (Decimal("1.0005"), "100.1%"),
    ],
)
def test_no_ratio_is_not_zero(ratio: Decimal | None, shown: str) -> None:
    assert wording.percent(ratio) == shown


def test_days_name_their_weekday() -> None:
    assert wording.day(date(2026, 3, 1), "ko") == "2026. 3. 1. (일)"
    assert wording.day(date(2026, 3, 1), "en") == "Sun 1 Mar 2026"


@pytest.mark.parametrize(
    ("ratio", "reached", "filled"),
    [("0", False, "0"), ("0.9999", False, "79.992"), ("1", True, "80"), ("9", True, "100")],
)
def test_bar_turns_at_the_target_and_never_overflows(
    ratio: str, reached: bool, filled: str
) -> None:
    drawn = bar(Decimal(ratio))
    assert drawn
    assert (drawn.reached, drawn.filled) == (reached, Decimal(filled))


def week(number: int, amount: int, target: int) -> SeasonWeek:
    return SeasonWeek(MONDAY + timedelta(weeks=number), amount, target)


def test_sales_line_ends_on_the_judged_day_and_the_target_goes_on() -> None:
    weeks = [week(0, 100, 200), week(1, 300, 400), week(2, 300, 1000)]
    drawing = draw(weeks, MONDAY + timedelta(days=9), WIDE, "en")
    assert drawing
    assert drawing.end
    assert drawing.end.x == drawing.today
    assert len(drawing.sales.split()) == 3  # from zero, two weeks begun
    assert len(drawing.target.split()) == 4
    assert drawing.target.split()[-1] == f"{WIDE.width - WIDE.right}.0,{WIDE.top}.0"


@pytest.mark.parametrize("days", [-1, 21])
def test_a_day_outside_the_weeks_is_not_marked(days: int) -> None:
    drawing = draw([week(0, 1, 1), week(2, 2, 2)], MONDAY + timedelta(days=days), WIDE, "ko")
    assert drawing
    assert drawing.today is None


def test_no_weeks_no_chart() -> None:
    assert draw([], MONDAY, WIDE, "ko") is None


@given(
    st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, 10**13)), min_size=1, max_size=60),
    st.integers(-10, 500),
)
def test_every_drawing_stays_in_its_frame(steps: list[tuple[int, int]], judged: int) -> None:
    weeks = [week(n, amount, target) for n, (amount, target) in enumerate(steps)]
    drawing = draw(weeks, MONDAY + timedelta(days=judged), WIDE, "ko")
    assert drawing
    places = [
        tuple(map(float, point.split(",")))
        for line in (drawing.sales, drawing.sales_area, drawing.target)
        for point in line.split()
    ]
    assert all(0 <= x <= WIDE.width and 0 <= y <= WIDE.height for x, y in places)
    assert 2 <= len(drawing.rows) <= 6
