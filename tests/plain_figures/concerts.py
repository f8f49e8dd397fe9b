"""Concerts: sections 4.2 to 4.9 of the specification."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction

from tests.plain_figures.season import (
    CONCERT_CLASSES,
    Day,
    Performance,
    Row,
    Season,
    Show,
    in_weeks,
    marketing,
    monday,
    over,
    ratio,
    won,
)


def concert_daily(season: Season, as_of: date) -> list[Row]:
    return [
        {
            **concert.name,
            "sales_date": day.date,
            "sales_month": f"{day.date:%Y-%m}",
            "week_start": monday(day.date),
            "seats": day.seats,
            "amount": day.amount,
        }
        for concert in season.concerts()
        for day in concert.days(as_of)
    ]


def concert_monthly(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for concert in season.concerts():
        days = concert.days(as_of)
        for month in sorted({f"{day.date:%Y-%m}" for day in days}):
            of_month = [day for day in days if f"{day.date:%Y-%m}" == month]
            rows.append({**concert.name, "sales_month": month, **_sums(of_month)})
    return rows


def concert_overview(season: Season, as_of: date) -> list[Row]:
    days = [day for concert in season.concerts() for day in concert.days(as_of)]
    week = sum(d.amount for d in days if as_of - timedelta(7) <= d.date < as_of)
    ages = [c.record_date(as_of) for c in season.concerts() if c.days(as_of)]
    known = [age for age in ages if age is not None]
    row: Row = {
        "yesterday_amount": sum(d.amount for d in days if d.date == as_of - timedelta(1)),
        "total_amount": sum(d.amount for d in days),
        "last_7_days_amount": week,
        "daily_average_amount": won(Fraction(week, 7)),
        "data_as_of_min": min(known, default=None),
        "data_as_of_max": max(known, default=None),
    }
    return [row]


def concert_weekly(season: Season, as_of: date) -> list[Row]:
    return [
        {**concert.name, "week_start": week, **_sums(days), **marketing(concert, week)}
        for concert in season.concerts()
        for week, days in in_weeks(concert.days(as_of)).items()
    ]


def concert_break_even(season: Season, as_of: date) -> list[Row]:
    return [row for concert in season.concerts() for row in _break_even(concert, as_of)]


def _break_even(concert: Performance, as_of: date) -> Iterable[Row]:
    shows = concert.shows(as_of)
    count = max(1, len(shows))
    pace = _pace(concert, as_of)
    estimates = Fraction(0)
    missing = False
    for order, name in enumerate(CONCERT_CLASSES, 1):
        total = concert.class_seats.get(name, 0) * count
        sold, invited = _of_class(shows, name)
        estimate = min(Fraction(max(0, total - sold - invited)), sold * pace)
        estimates += estimate
        without = total == 0 and (sold != 0 or invited != 0)
        missing = missing or without
        line = _line(concert, order, total, sold, invited)
        yield _forecast(concert, as_of, line, estimate, count, without)
    total = sum(concert.class_seats.get(name, 0) for name in CONCERT_CLASSES) * count
    sold, invited = sum(show.paid for show in shows), sum(show.invited for show in shows)
    outside = max(0, sold - sum(_of_class(shows, name)[0] for name in CONCERT_CLASSES))
    estimate = min(Fraction(max(0, total - sold - invited)), estimates + outside * pace)
    line = _line(concert, 6, total, sold, invited)
    yield _forecast(concert, as_of, line, estimate, count, missing or total == 0)


def _pace(concert: Performance, as_of: date) -> Fraction:
    """Days left for each day gone."""
    record_date = concert.record_date(as_of)
    if record_date is None or concert.sale_start is None or concert.sale_end is None:
        return Fraction(0)
    gone = max(1, (record_date - concert.sale_start).days)
    return Fraction(max(0, (concert.sale_end - record_date).days), gone)


def _of_class(shows: list[Show], name: str) -> tuple[int, int]:
    return (
        sum(show.classes.get(f"paid_seats_{name}", 0) for show in shows),
        sum(show.classes.get(f"invited_seats_{name}", 0) for show in shows),
    )


def _line(concert: Performance, order: int, total: int, sold: int, invited: int) -> Row:
    """What is known of a class without looking ahead."""
    needed = Fraction(concert.target_pct or 0) * total / 100
    return {
        "seat_class": (*(name.upper() for name in CONCERT_CLASSES), "Total")[order - 1],
        "seat_order": order,
        "total_seats": total,
        "paid_seats": sold,
        "invited_seats": invited,
        "remaining_seats": total - sold - invited,
        "break_even_seats": needed,
        "break_even_attainment": ratio(sold, needed),
    }


def _forecast(
    concert: Performance, as_of: date, line: Row, estimate: Fraction, count: int, missing: bool
) -> Row:
    total, remaining = line["total_seats"], line["remaining_seats"]
    assert isinstance(total, int)
    assert isinstance(remaining, int)
    left = max(Fraction(0), remaining - estimate)
    return {
        **concert.name,
        "latest_record_date": concert.record_date(as_of),
        "sale_start_date": concert.sale_start,
        "sale_end_date": concert.sale_end,
        **line,
        "forecast_additional_seats": estimate,
        "forecast_remaining_seats": left,
        "forecast_sold_ratio": over(total - left, total),
        "forecast_remaining_ratio": over(left, total),
        "show_count": count,
        "target_ratio": None if concert.target_pct is None else over(concert.target_pct, 100),
        "capacity_missing": missing,
    }


def concert_show_seats(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for concert in season.concerts():
        head: Row = {**concert.name, "latest_record_date": concert.record_date(as_of)}
        for show in concert.shows(as_of):
            missing = False
            for order, name in enumerate(CONCERT_CLASSES, 1):
                total = concert.class_seats.get(name, 0)
                sold, invited = _of_class([show], name)
                without = total == 0 and (sold != 0 or invited != 0)
                missing = missing or without
                line = _line(concert, order, total, sold, invited)
                rows.append({**head, "show_at": show.at, **line, "capacity_missing": without})
            total = sum(concert.class_seats.get(name, 0) for name in CONCERT_CLASSES)
            line = _line(concert, 6, total, show.paid, show.invited)
            missing = missing or total == 0
            rows.append({**head, "show_at": show.at, **line, "capacity_missing": missing})
    return rows


def concert_profit_forecast(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for concert in season.concerts():
        days = concert.days(as_of)
        amount = sum(day.amount for day in days)
        record_date = concert.record_date(as_of)
        left = 0
        if record_date is not None and concert.sale_end is not None:
            left = max(0, (concert.sale_end - record_date).days)
        sold_days = len({day.date for day in days})
        forecast = won(amount + (over(amount, sold_days) or 0) * left)
        assert forecast is not None
        profit = None if concert.break_even is None else forecast - concert.break_even
        rows.append(
            {
                **concert.name,
                "break_even_amount": concert.break_even,
                "forecast_amount": forecast,
                "forecast_profit": profit,
            }
        )
    return rows


def concert_target_attainment(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for concert in season.concerts():
        amount = sum(day.amount for day in concert.days(as_of))
        target, to_date = sum(concert.targets.values()), concert.target_to_date(as_of)
        rows.append(
            {
                **concert.name,
                "target_amount": target,
                "total_amount": amount,
                "attainment_ratio": ratio(amount, target),
                "target_to_date_amount": to_date,
                "target_to_date_ratio": ratio(amount, to_date),
            }
        )
    return rows


def concert_marketing_now(season: Season, as_of: date) -> list[Row]:
    return [
        {
            **concert.name,
            "week_start": plan.start,
            "week_end": plan.end,
            **plan.texts,
        }
        for concert in season.concerts()
        for plan in sorted(concert.plans, key=lambda p: p.start)
        if plan.start <= as_of <= plan.end
    ]


def _sums(days: list[Day]) -> Row:
    return {"seats": sum(day.seats for day in days), "amount": sum(day.amount for day in days)}


FIGURES: Mapping[str, Callable[[Season, date], list[Row]]] = {
    each.__name__: each
    for each in (
        concert_daily,
        concert_monthly,
        concert_overview,
        concert_weekly,
        concert_break_even,
        concert_show_seats,
        concert_profit_forecast,
        concert_target_attainment,
        concert_marketing_now,
    )
}
