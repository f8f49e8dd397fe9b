"""A season's description: weeks of its sale, and errors that name their place."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from boxoffice.domain.categories import Category
from boxoffice.planning import Performance, Season
from boxoffice.planning.sale_weeks import SaleWeek, sale_weeks

SHOW: dict[str, Any] = {
    "liveId": "P1",
    "category": "뮤지컬",
    "liveName": "제목",
    "showStartDate": "2025-06-01",
    "showEndDate": "2025-06-30",
}


@pytest.mark.parametrize(
    ("start", "end", "weeks"),
    [
        ("2025-06-16", "2025-06-22", [("16", "22")]),
        ("2025-06-18", "2025-06-18", [("18", "18")]),
        ("2025-06-15", "2025-06-16", [("15", "15"), ("16", "16")]),
        ("2025-06-12", "2025-06-24", [("12", "15"), ("16", "22"), ("23", "24")]),
        ("2025-06-18", "2025-06-17", []),
    ],
)
def test_weeks_of_a_sale(start: str, end: str, weeks: list[tuple[str, str]]) -> None:
    expected = [
        SaleWeek(number, date(2025, 6, int(first)), date(2025, 6, int(last)))
        for number, (first, last) in enumerate(weeks, start=1)
    ]
    assert list(sale_weeks(date.fromisoformat(start), date.fromisoformat(end))) == expected


@given(st.dates(date(2000, 1, 1), date(2099, 1, 1)), st.integers(0, 400))
def test_weeks_cover_each_day_once(start: date, days: int) -> None:
    end = date.fromordinal(start.toordinal() + days)
    weeks = list(sale_weeks(start, end))
    covered = [
        day for week in weeks for day in range(week.start.toordinal(), week.end.toordinal() + 1)
    ]
    assert covered == list(range(start.toordinal(), end.toordinal() + 1))
    assert all(week.start.weekday() == 0 for week in weeks[1:])
    assert all(week.end.weekday() == 6 for week in weeks[:-1])


def test_marketing_beyond_the_sale_is_dropped() -> None:
    texts = [{"salesMarketing": str(number), "promotion": ""} for number in range(5)]
    sale = {"saleStartDate": "2025-06-12", "saleEndDate": "2025-06-16", "marketing": texts}
    weeks = list(Performance.model_validate({**SHOW, **sale}).marketing_weeks())
    assert [(week.number, text.sales_marketing) for week, text in weeks] == [(1, "0"), (2, "1")]
    assert weeks[0][1].promotion == "", "an empty text stays empty"


@pytest.mark.parametrize("missing", ["saleStartDate", "saleEndDate"])
def test_no_marketing_without_a_sale_period(missing: str) -> None:
    sale: dict[str, Any] = {"saleStartDate": "2025-06-12", "saleEndDate": "2025-06-16"}
    show = Performance.model_validate({**SHOW, **sale, missing: None, "marketing": [{}]})
    assert list(show.marketing_weeks()) == []


def test_values_are_exact() -> None:
    text = (
        '{"shows": [{"liveId": "P1", "category": "연극", "liveName": "제목", "targetShare": 62.1,'
        ' "showStartDate": "2025-06-01", "showEndDate": "2025-06-30",'
        ' "targets": {"2025-06-18": 3000000000}}], "users": [{"password": "x"}]}'
    )
    [show] = Season.model_validate_json(text).performances
    assert show.category is Category.PLAY
    assert show.target_occupancy_pct == Decimal("62.1")
    assert show.targets == {date(2025, 6, 18): 3_000_000_000}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("category", "오페라", 'cannot read category: "오페라" is none of'),
        ("liveId", "P_1", "should match pattern"),
        ("showEndDate", "2025-05-31", "is before showStartDate"),
        ("targetShare", 62.55, "no more than 1 decimal place"),
        ("showTotalSeatNumber", -1, "greater than or equal to 0"),
        ("targets", {"2025-06-18": 1.5}, "with a fractional part"),
    ],
)
def test_errors(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Performance.model_validate({**SHOW, field: value})
