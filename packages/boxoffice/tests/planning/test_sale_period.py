"""What a sale that moves does to plans: every target and every text ends up somewhere."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from boxoffice.domain.weeks import monday
from boxoffice.planning.sale_period import SalePeriod, WeekTexts, move_targets, move_weeks

some_days = st.dates(date(2025, 1, 1), date(2025, 6, 30))
periods = st.builds(
    lambda first, length: SalePeriod(first, first + timedelta(length)),
    some_days,
    st.integers(0, 120),
)
texts = st.builds(WeekTexts, st.sampled_from([None, "", "SNS"]), st.sampled_from([None, "1+1"]))


@settings(deadline=None)
@given(period=periods, before=st.dictionaries(some_days, st.integers(0, 10**9)))
def test_every_target_is_kept_or_archived(period: SalePeriod, before: dict[date, int]) -> None:
    moved = move_targets(period, before)
    assert moved.cut_off == {d: won for d, won in before.items() if d not in period}
    kept = {d: won for d, won in before.items() if d in period}
    assert kept.items() <= moved.targets.items()
    assert all(won == 0 for d, won in moved.targets.items() if d not in kept)
    assert len(moved.targets) == (period.last - period.first).days + 1


@settings(deadline=None)
@given(period=periods, before=st.dictionaries(some_days.map(monday), texts))
def test_every_text_stays_in_its_calendar_week_or_is_kept_apart(
    period: SalePeriod, before: dict[date, WeekTexts]
) -> None:
    moved = move_weeks(period, before.items())
    there = {monday(week.start): text for week, text in moved.weeks.items()}
    for start, text in before.items():
        if text.says_something:
            assert (there | dict(moved.orphaned))[start] == text
    assert not any(start in there for start in moved.orphaned)


def test_a_sale_that_starts_a_week_later_moves_no_note_to_another_week() -> None:
    """By number, as it was, the notes of all weeks would move by one."""
    sale = SalePeriod(date(2025, 3, 5), date(2025, 3, 23))
    notes = {week.start: WeekTexts(f"week of {week.start}") for week in sale.weeks}
    later = SalePeriod(date(2025, 3, 12), date(2025, 3, 30))
    moved = move_weeks(later, notes.items())
    assert [
        (week.number, week.start, text.sales_marketing) for week, text in moved.weeks.items()
    ] == [
        (1, date(2025, 3, 12), "week of 2025-03-10"),
        (2, date(2025, 3, 17), "week of 2025-03-17"),
        (3, date(2025, 3, 24), None),
    ]
    assert moved.orphaned == {date(2025, 3, 3): WeekTexts("week of 2025-03-05")}


def test_empty_texts_are_not_worth_keeping() -> None:
    moved = move_weeks(
        SalePeriod(date(2025, 3, 10), date(2025, 3, 16)), [(date(2025, 3, 3), WeekTexts("", None))]
    )
    assert not moved.orphaned
