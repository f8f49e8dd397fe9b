"""Performances of every category: 4.10, 4.19, 4.33 and 6.5 of the specification."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from tests.plain_figures.season import (
    DAY,
    WEEK,
    Performance,
    Row,
    Season,
    in_weeks,
    marketing,
    monday,
    ratio,
)

_OF_A_PLAN = (
    *("week_kind", "week_number", "week_start", "week_end"),
    *("sales_marketing", "promotion", "other_notes"),
)


def upload_calendar(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for day in (as_of - timedelta(back) for back in range(89, -1, -1)):
        for performance in season.active():
            active = [s for s in performance.snapshots if s.status == "active"]
            sent = any(snapshot.record_date == day for snapshot in active)
            name = f"{day:%Y%m%d}_{performance.code}_x.xlsx" if sent else None
            rows.append(
                {
                    "date": day,
                    **performance.name,
                    "original_name": name,
                    "record_date": day if sent else None,
                    "missing": not sent and _is_due(performance, day, as_of),
                }
            )
    return rows


def _is_due(performance: Performance, day: date, as_of: date) -> bool:
    if performance.sale_start is None:
        return False
    return performance.sale_start <= day <= min(as_of - DAY, performance.show_end)


def marketing_three_weeks(season: Season, as_of: date) -> list[Row]:
    this = monday(as_of)
    kinds = {this - WEEK: "last", this: "this", this + WEEK: "next"}
    rows: list[Row] = []
    for performance in season.active():
        plans = [plan for plan in performance.plans if monday(plan.start) in kinds]
        rows += [
            {
                **performance.name,
                "week_kind": kinds[monday(plan.start)],
                "week_number": plan.number,
                "week_start": plan.start,
                "week_end": plan.end,
                **plan.texts,
            }
            for plan in sorted(plans, key=lambda p: p.start)
        ]
        if not plans:
            rows.append({**performance.name, **dict.fromkeys(_OF_A_PLAN)})
    return rows


def marketing_effect(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for performance in season.active():
        weeks = {
            week: sum(day.amount for day in days)
            for week, days in in_weeks(performance.days(as_of)).items()
        }
        for week, amount in weeks.items():
            before = weeks.get(week - WEEK, 0)
            rows.append(
                {
                    **performance.name,
                    "week_start": week,
                    "amount": amount,
                    "change_amount": amount - before,
                    "change_ratio": ratio(amount - before, before),
                    **marketing(performance, week),
                }
            )
    return rows


def target_totals(season: Season, as_of: date) -> list[Row]:
    return [
        {**performance.name, "target_amount": sum(performance.targets.values())}
        for performance in season.active()
    ]


FIGURES: Mapping[str, Callable[[Season, date], list[Row]]] = {
    each.__name__: each
    for each in (upload_calendar, marketing_three_weeks, marketing_effect, target_totals)
}
