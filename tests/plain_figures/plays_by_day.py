"""Plays and musicals by sales day: 4.12, 4.16, 4.22 to 4.25, 4.30, 4.31 of the specification."""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import accumulate

from tests.plain_figures.season import (
    DAY,
    WEEK,
    Performance,
    Row,
    Season,
    in_weeks,
    marketing,
    mean,
    monday,
    over,
    ratio,
    rounded,
)


def play_latest_day_sales(season: Season, as_of: date) -> list[Row]:
    return [
        {
            **play.name,
            "latest_record_date": play.record_date(as_of),
            "latest_day_amount": play.days(as_of)[-1].amount,
            "latest_sales_date": play.days(as_of)[-1].date,
        }
        for play in season.plays()
        if play.days(as_of)
    ]


def play_last_week_vs_target(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        last = monday(as_of) - WEEK
        weeks = in_weeks(play.days(as_of))
        record_date = play.record_date(as_of)
        rows.append(
            {
                **play.name,
                "target_occupancy_pct": play.target_pct,
                "last_week_occupancy_pct": mean(
                    show.paid_pct + show.free_pct
                    for show in play.shows(as_of)
                    if monday(show.at.date()) == last
                ),
                "target_amount": sum(t for day, t in play.targets.items() if monday(day) == last),
                "last_week_amount": sum(d.amount for d in weeks.get(last, [])),
                "week_before_last_amount": sum(d.amount for d in weeks.get(last - WEEK, [])),
                "complete": record_date is not None and record_date >= last + WEEK - DAY,
            }
        )
    return rows


def _month(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def _month_name(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"


def _by_month(play: Performance, as_of: date) -> dict[int, int]:
    months: dict[int, int] = {}
    for day in play.days(as_of):
        months[_month(day.date)] = months.get(_month(day.date), 0) + day.amount
    return months


def _change(amount: int, before: int) -> Row:
    return {
        "change_amount": amount - before,
        "percentage_change": rounded(over(amount - before, before), 2),
        "change_ratio": ratio(amount - before, before),
    }


def play_monthly_total(season: Season, as_of: date) -> list[Row]:
    everything = [(play, _by_month(play, as_of)) for play in season.all_plays()]

    def total(month: int) -> int:
        return sum(months.get(month, 0) for _, months in everything)

    return [
        {
            "month": _month_name(month),
            "amount": total(month),
            **_change(total(month), total(month - 1)),
            "note": season.notes.get((month // 12, month % 12 + 1)),
            "active_amount": sum(m.get(month, 0) for play, m in everything if play.is_active),
        }
        for month in range(_month(as_of) - 12, _month(as_of) + 1)
    ]


def play_monthly_by_performance(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.all_plays():
        months = _by_month(play, as_of)
        for month, amount in months.items():
            if month >= _month(as_of) - 12:
                change = _change(amount, months.get(month - 1, 0))
                head: Row = {"month": _month_name(month), **play.name, "amount": amount}
                rows.append({**head, **change, "is_active": play.is_active})
    return sorted(rows, key=lambda row: (str(row["month"]), str(row["performance_code"])))


def play_target_attainment(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        record_date = play.record_date(as_of)
        total = sum(day.amount for day in play.days(as_of))
        target, to_date = sum(play.targets.values()), play.target_to_date(as_of)
        latest = sum(day.amount for day in play.days(as_of) if day.date == record_date)
        latest_target = 0 if record_date is None else play.targets.get(record_date, 0)
        rows.append(
            {
                **play.name,
                "category": play.category,
                "total_amount": total,
                "target_amount": target,
                "attainment_ratio": ratio(total, target),
                "latest_day_amount": latest,
                "latest_day_target_amount": latest_target,
                "latest_day_attainment_ratio": ratio(latest, latest_target),
                "latest_record_date": record_date,
                "target_to_date_amount": to_date,
                "target_to_date_ratio": ratio(total, to_date),
            }
        )
    return rows


def play_target_attainment_by_category(season: Season, as_of: date) -> list[Row]:
    plays = play_target_attainment(season, as_of)
    categories = sorted({str(row["category"]) for row in plays})
    parts = [(name, [row for row in plays if row["category"] == name]) for name in categories]
    return [_together(name, part) for name, part in [*parts, ("total", plays)]]


def _together(category: str, plays: list[Row]) -> Row:
    def total(name: str, rows: list[Row] = plays) -> int:
        return sum(value for row in rows if isinstance(value := row[name], int))

    covered = [row for row in plays if total("target_amount", [row]) > 0]
    return {
        "category": category,
        "total_amount": total("total_amount"),
        "target_amount": total("target_amount"),
        "attainment_ratio": ratio(total("total_amount"), total("target_amount")),
        "latest_day_amount": total("latest_day_amount"),
        "latest_day_target_amount": total("latest_day_target_amount"),
        "latest_day_attainment_ratio": ratio(
            total("latest_day_amount"), total("latest_day_target_amount")
        ),
        "covered_ratio": ratio(total("total_amount", covered), total("target_amount", covered)),
    }


def play_daily_running_totals(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        days = play.days(as_of)
        running = accumulate(day.amount for day in days)
        for day, so_far in zip(days, running, strict=True):
            planned = [target for at, target in play.targets.items() if at <= day.date]
            rows.append(
                {
                    **play.name,
                    "latest_record_date": play.record_date(as_of),
                    "sales_date": day.date,
                    "week_start": monday(day.date),
                    "amount": day.amount,
                    "running_amount": so_far,
                    "target_amount": play.targets.get(day.date),
                    "running_target_amount": sum(planned) if planned else None,
                }
            )
    return rows


def play_weekly_vs_target(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        for week, days in in_weeks(play.days(as_of)).items():
            amount = sum(day.amount for day in days)
            planned = [target for at, target in play.targets.items() if monday(at) == week]
            target = sum(planned) if planned else None
            rows.append(
                {
                    **play.name,
                    "week_start": week,
                    "amount": amount,
                    "target_amount": target,
                    "attainment_ratio": ratio(amount, target),
                    **marketing(play, week),
                }
            )
    return rows


FIGURES: Mapping[str, Callable[[Season, date], list[Row]]] = {
    each.__name__: each
    for each in (
        play_latest_day_sales,
        play_last_week_vs_target,
        play_monthly_total,
        play_monthly_by_performance,
        play_target_attainment,
        play_target_attainment_by_category,
        play_daily_running_totals,
        play_weekly_vs_target,
    )
}
