"""Plays and musicals by show: 4.1, 4.11 to 4.21, 4.26 to 4.29, 4.32, 4.34, 4.35."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.plain_figures.season import (
    DAY,
    WEEK,
    Performance,
    Row,
    Season,
    Show,
    mean,
    monday,
    over,
    ratio,
    rounded,
    shows_in_weeks,
    won,
)

PLAY_CLASSES = (
    *("seats_vip", "seats_r", "seats_s", "seats_a"),
    *("restricted_a", "restricted_r", "restricted_s", "wheelchair"),
)


def _show(show: Show) -> Row:
    """The columns of a whole show."""
    return {
        "show_at": show.at,
        "cast_label": ",".join(show.cast),
        "paid_amount": show.amount,
        "paid_seats": show.paid,
        "invited_seats": show.invited,
        **{f"paid_{name}": show.classes.get(f"paid_{name}") for name in PLAY_CLASSES},
        **{f"invited_{name}": show.classes.get(f"invited_{name}") for name in PLAY_CLASSES},
        "deposit_occupancy_pct": show.deposit_pct,
        "paid_occupancy_pct": show.paid_pct,
        "free_occupancy_pct": show.free_pct,
    }


def _windowed(
    play: Performance, as_of: date, first: date, last: date
) -> Iterable[tuple[Show, Row]]:
    head: Row = {
        **play.name,
        "latest_record_date": play.record_date(as_of),
        "window_start": first,
        "window_end": last,
    }
    for show in play.shows(as_of):
        if first <= show.at.date() <= last:
            yield show, head


def shows_around_record_date(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        at = play.record_date(as_of)
        if at is not None:
            window = _windowed(play, as_of, at - timedelta(6), at + timedelta(7))
            rows += [{**head, "seats_per_show": play.seats, **_show(s)} for s, head in window]
    return rows


def play_shows_near_today(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        latest = [d.amount for d in play.days(as_of) if d.date == play.record_date(as_of)]
        extra: Row = {
            "seats_per_show": play.seats,
            "latest_day_amount": sum(latest) if latest else None,
        }
        window = _windowed(play, as_of, as_of - timedelta(2), as_of + timedelta(7))
        rows += [{**head, **extra, **_show(show)} for show, head in window]
    return rows


def play_all_shows(season: Season, as_of: date) -> list[Row]:
    return [
        {
            **play.name,
            "latest_record_date": play.record_date(as_of),
            "break_even_amount": play.break_even,
            **_show(show),
        }
        for play in season.plays()
        for show in play.shows(as_of)
    ]


def play_two_week_shows(season: Season, as_of: date) -> list[Row]:
    first = monday(as_of)
    rows: list[Row] = []
    for play in season.plays():
        for show, head in _windowed(play, as_of, first, first + timedelta(13)):
            hidden = {f"{who}_{name}" for who in ("paid", "invited") for name in PLAY_CLASSES[4:]}
            row = {name: value for name, value in _show(show).items() if name not in hidden}
            extra: Row = {"venue": play.venue, "attendance": show.paid + show.invited}
            rows.append({**head, **extra, **row})
    return rows


def play_occupancy_change(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        until = min(as_of, play.record_date(as_of) or date.min)
        dates = sorted({s.at.date() for s in play.shows(as_of) if s.at.date() <= until})
        if dates:
            latest, before = dates[-1], dates[-2] if len(dates) > 1 else None
            now = _occupancy_on(play, as_of, latest)
            former = _occupancy_on(play, as_of, before)
            rows.append(
                {
                    **play.name,
                    "latest_occupancy_pct": now,
                    "latest_show_date": latest,
                    "previous_occupancy_pct": former,
                    "previous_show_date": before,
                    "change_points": None if now is None or former is None else now - former,
                }
            )
    return rows


def _occupancy_on(play: Performance, as_of: date, day: date | None) -> Fraction | None:
    return mean(s.paid_pct + s.free_pct for s in play.shows(as_of) if s.at.date() == day)


def play_upcoming_shows(season: Season, as_of: date) -> list[Row]:
    return [
        {
            **play.name,
            "show_at": show.at,
            "occupancy_pct": show.paid_pct + show.free_pct,
            "seats_per_show": play.seats,
            "paid_seats": show.paid,
            "invited_seats": show.invited,
            "remaining_seats": play.seats - show.paid - show.invited if play.seats else None,
        }
        for play in season.plays()
        for show in play.shows(as_of)
        if as_of < show.at.date() <= as_of + WEEK
    ]


def play_profit_forecast(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        shows, record_date = play.shows(as_of), play.record_date(as_of)
        if not shows or record_date is None:
            continue
        past = [show.amount for show in shows if show.at.date() <= record_date]
        future = [show.amount for show in shows if show.at.date() > record_date]
        booked = sum(past) + sum(future)
        pace = over(sum(past), len(past))
        average = None if pace is None else sum(past) + (won(pace * len(future)) or 0)
        by_average = average is not None and average >= booked
        forecast = average if by_average and average is not None else booked
        rows.append(
            {
                **play.name,
                "break_even_amount": play.break_even,
                "forecast_amount": forecast,
                "forecast_profit": None if play.break_even is None else forecast - play.break_even,
                "latest_record_date": record_date,
                "past_amount": sum(past),
                "past_shows": len(past),
                "past_amount_per_show": won(mean(past)),
                "future_amount": sum(future),
                "future_shows": len(future),
                "future_amount_per_show": won(mean(future)),
                "method": "average" if by_average else "booked_only",
            }
        )
    return rows


def play_last_week_cast_ranking(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        shows = shows_in_weeks(play.shows(as_of)).get(monday(as_of) - WEEK, [])
        casts = {label: [s for s in shows if s.cast == label] for label in {s.cast for s in shows}}
        best = sorted(
            ((-sum(s.amount for s in of), ",".join(cast), len(of)) for cast, of in casts.items())
        )
        for rank, (amount, label, count) in enumerate(best[:3], 1):
            row: Row = {"cast_label": label, "paid_amount": -amount, "show_count": count}
            rows.append({**play.name, **row, "rank": rank})
    return rows


def play_weekly_paid_occupancy(season: Season, as_of: date) -> list[Row]:
    return [
        {
            **play.name,
            "week_start": week,
            "week_end": week + WEEK - DAY,
            "paid_occupancy_pct": rounded(mean(show.paid_pct for show in shows), 4),
            "show_count": len(shows),
        }
        for play in season.plays()
        for week, shows in shows_in_weeks(play.shows(as_of)).items()
    ]


def play_occupancy(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        shows = play.shows(as_of)
        deposit = rounded(mean(show.deposit_pct for show in shows), 1)
        paid = rounded(mean(show.paid_pct for show in shows), 1)
        rows.append(
            {
                **play.name,
                "target_occupancy_pct": play.target_pct,
                "deposit_occupancy_pct": deposit,
                "paid_occupancy_pct": paid,
                "undeposited_occupancy_pct": None
                if deposit is None or paid is None
                else paid - deposit,
            }
        )
    return rows


def _deposit(season: Season, as_of: date, *, future: bool) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        at = play.record_date(as_of)
        shows = [s for s in play.shows(as_of) if at is not None and (s.at.date() > at) == future]
        if shows:
            average = mean(show.deposit_pct for show in shows)
            row: Row = {"target_occupancy_pct": play.target_pct, "deposit_occupancy_pct": average}
            rows.append({**play.name, **row})
    return rows


def play_deposit_occupancy_future(season: Season, as_of: date) -> list[Row]:
    return _deposit(season, as_of, future=True)


def play_deposit_occupancy_past(season: Season, as_of: date) -> list[Row]:
    return _deposit(season, as_of, future=False)


def play_revenue_by_cast(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.all_plays():
        for label in sorted({",".join(show.cast) for show in play.shows(as_of)}):
            shows = [s for s in play.shows(as_of) if ",".join(s.cast) == label]
            rows.append({**play.name, "cast_label": label, **_revenue(play, as_of, shows)})
    return rows


def play_revenue_by_actor(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.all_plays():
        for actor in sorted({name for show in play.shows(as_of) for name in show.cast}):
            shows = [show for show in play.shows(as_of) if actor in show.cast]
            rows.append({**play.name, "actor": actor, **_revenue(play, as_of, shows)})
    return rows


def _revenue(play: Performance, as_of: date, shows: list[Show]) -> Row:
    at = play.record_date(as_of)
    completed = [show.amount for show in shows if at is not None and show.at.date() <= at]
    return {
        "paid_amount": sum(show.amount for show in shows),
        "show_count": len(shows),
        "is_active": play.is_active,
        "completed_show_count": len(completed),
        "average_amount_per_completed_show": won(mean(completed)),
    }


def _price(show: Show) -> Decimal | None:
    return rounded(over(show.amount, show.paid), 1)


def play_show_ticket_price(season: Season, as_of: date) -> list[Row]:
    return [
        {
            **play.name,
            "latest_record_date": play.record_date(as_of),
            "show_at": show.at,
            "show_date": show.at.date(),
            "paid_seats": show.paid,
            "paid_occupancy_pct": show.paid_pct,
            "paid_amount": show.amount,
            "average_price": _price(show),
        }
        for play in season.plays()
        for show in play.shows(as_of)
    ]


def play_weekly_tickets(season: Season, as_of: date) -> list[Row]:
    rows: list[Row] = []
    for play in season.plays():
        for week, shows in shows_in_weeks(play.shows(as_of)).items():
            amount, seats = sum(s.amount for s in shows), sum(s.paid for s in shows)
            rows.append(
                {
                    **play.name,
                    "seats_per_show": play.seats,
                    "week_start": week,
                    "latest_record_date": play.record_date(as_of),
                    "show_count": len(shows),
                    "max_seats": None if play.seats is None else play.seats * len(shows),
                    "paid_occupancy_pct": mean(show.paid_pct for show in shows),
                    "paid_seats": seats,
                    "paid_amount": amount,
                    "average_price": rounded(over(amount, seats), 1),
                    "mean_show_price": mean(_price(show) or 0 for show in shows),
                }
            )
    return rows


def play_weekly_tickets_total(season: Season, as_of: date) -> list[Row]:
    weeks: dict[date, list[tuple[Performance, Show]]] = {}
    for play in season.plays():
        for week, shows in shows_in_weeks(play.shows(as_of)).items():
            weeks.setdefault(week, []).extend((play, show) for show in shows)
    rows: list[Row] = []
    for week, played in sorted(weeks.items()):
        ages = [at for play, _ in played if (at := play.record_date(as_of)) is not None]
        most = sum(play.seats or 0 for play, _ in played)
        paid = sum(show.paid for _, show in played)
        rows.append(
            {
                "week_start": week,
                "latest_record_date": max(ages),
                "max_seats": most,
                "paid_seats": paid,
                "record_date_min": min(ages),
                "record_date_max": max(ages),
                "sell_through": ratio(paid, most),
            }
        )
    return rows


FIGURES: Mapping[str, Callable[[Season, date], list[Row]]] = {
    each.__name__: each
    for each in (
        shows_around_record_date,
        play_shows_near_today,
        play_all_shows,
        play_two_week_shows,
        play_occupancy_change,
        play_upcoming_shows,
        play_profit_forecast,
        play_last_week_cast_ranking,
        play_weekly_paid_occupancy,
        play_occupancy,
        play_deposit_occupancy_future,
        play_deposit_occupancy_past,
        play_revenue_by_cast,
        play_revenue_by_actor,
        play_show_ticket_price,
        play_weekly_tickets,
        play_weekly_tickets_total,
    )
}
